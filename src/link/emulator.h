// A link with chosen bandwidth, delay, jitter, stalls and outages, on one machine and without privileges: a TCP proxy
// on loopback in front of a target. For tests, demos and research; `tandem link` is its command line. Thread-safe.
//
// What it does not model: packet loss, the round trip of TCP's own handshake and of its slow start, headers' bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "link/conditions.h"
#include "link/trace.h"

namespace tandem::link {

struct LinkEmulatorOptions {
  std::string listen = "127.0.0.1:0";  // port 0 picks a free one
  std::string target;                  // "127.0.0.1:7101"; it need not be there yet
  LinkConditions conditions;
  std::uint64_t jitter_seed = 1;
  std::size_t max_connections = 1024;  // further ones wait to be accepted
  bool allow_remote = false;           // listen beyond loopback, where anyone could reach the target through us
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

class LinkEmulator {
 public:
  // Listens and forwards from here on. Throws Error(InvalidInput) for a bad address or conditions, Error(Refused) for
  // an address beyond loopback without allow_remote, Error(Unavailable) when it cannot listen.
  explicit LinkEmulator(const LinkEmulatorOptions& options);
  ~LinkEmulator();  // stops
  LinkEmulator(const LinkEmulator&) = delete;
  LinkEmulator& operator=(const LinkEmulator&) = delete;

  int port() const;

  // In force when it returns, for bytes under way too. Does not end a trace. Error(InvalidInput) leaves all as it was.
  base::Status set(const LinkConditions& conditions);

  // The trace starts now, and decides the bandwidth both ways until stop_trace().
  void play(BandwidthTrace trace, AtEnd at_end = AtEnd::Loop);
  void stop_trace();

  LinkReport report() const;

  void stop();  // resets all connections and stops listening; the calls above do nothing afterwards

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::link
