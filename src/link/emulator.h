// Emulates a network link on one machine, without privileges, with chosen bandwidth, delay, jitter, stalls and outages:
// a TCP proxy on loopback in front of a target. For tests, demos and research; `tandem link` is its command line.
// Thread-safe.
//
// Not modelled: packet loss, round trips of TCP's handshake and slow start, bytes of headers. packet_network.h has
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "link/conditions.h"
#include "link/running_link.h"
#include "link/trace.h"

namespace tandem::link {

struct LinkEmulatorOptions {
  std::string listen = "127.0.0.1:0";  // port 0 picks a free one
  std::string target;                  // "127.0.0.1:7101"; may start later
  LinkConditions conditions;
  std::uint64_t jitter_seed = 1;
  std::size_t max_connections = 1024;  // further connections wait to be accepted
  bool allow_remote = false;           // listen beyond loopback, which exposes the target to other machines
};

struct LinkReport {
  LinkConditions conditions;
  bool is_playing_trace = false;
  double traced_mbps = 0;        // of both directions while a trace is playing
  std::uint64_t up_bytes = 0;    // delivered to the target
  std::uint64_t down_bytes = 0;  // delivered to clients
  std::uint64_t connections_accepted = 0;
  std::size_t connections_open = 0;
};
base::Json to_json(const LinkReport& report);

class LinkEmulator : public RunningLink {
 public:
  // Starts to listen and forward. Throws Error(InvalidInput) for a bad address or conditions, Error(Refused) for an
  // address beyond loopback without allow_remote, Error(Unavailable) when it cannot listen.
  explicit LinkEmulator(const LinkEmulatorOptions& options);
  ~LinkEmulator() override;  // stops
  LinkEmulator(const LinkEmulator&) = delete;
  LinkEmulator& operator=(const LinkEmulator&) = delete;

  int port() const;

  Carrier carrier() const override { return Carrier::Bytes; }
  LinkConditions conditions() const override { return report().conditions; }
  base::Status set(const LinkConditions& conditions) override;
  void play(BandwidthTrace trace, AtEnd at_end = AtEnd::Loop) override;
  void stop_trace() override;
  base::Json state() const override;

  LinkReport report() const;

  void stop();  // resets all connections and stops listening; the calls above do nothing afterwards

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::link
