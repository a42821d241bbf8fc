// The calling side of Tandem's methods: one agent, as seen from here. Thread-safe; concurrent runs each use a stream of
// a pool. Every call ends by its deadline with a value or a typed Error: Unavailable (no such peer, or it was lost),
// DeadlineExceeded, Refused (credentials), or the kind that the agent reported. After a loss the next call reconnects.
// Every call but run() and deposit() also ends, as Unavailable, once nothing has come from the agent for
// Limits::silence: no answer, no acknowledged piece, no answer on the lane of health checks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "rpc/credentials.h"
#include "rpc/limits.h"
#include "rpc/messages.h"

namespace tandem::rpc {

class Peer {
 public:
  // Connects lazily. `name` is the target's name, which its certificate must carry. Throws Error(InvalidInput) on
  // credentials that do not fit together.
  Peer(const std::string& name, const std::string& address, const Credentials& credentials, const Limits& limits = {});
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const std::string& name() const;

  // The standard gRPC health service, on a connection of its own.
  base::Status check_health(base::Deadline deadline);
  base::Result<TargetDescription> describe(base::Deadline deadline);

  // Sends the weights of a part that the agent lacks, then has the part loaded. `weights` are in the order of
  // part.weights. `progress(sent_bytes)` is called as chunks go out.
  base::Status upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline deadline,
                      const std::function<void(std::size_t)>& progress = {});

  // Sends those tensors that the agent lacks, as bytes; returns the digests of all, by which requests name them.
  base::Result<std::vector<std::string>> upload_blobs(const std::vector<base::Tensor>& blobs, base::Deadline deadline);

  // Ends by request.deadline. The tensors are sent from their own memory: do not write to them before it returns, nor,
  // after an error, while the connection may still be sending them.
  base::Result<RunReply> run(const RunRequest& request);
  // As run(), for a deposit (rpc/handler.h): returns once a request has come for it.
  base::Result<RunReply> deposit(const RunRequest& request);
  base::Result<MeasureReply> measure(const MeasureRequest& request, base::Deadline deadline);
  base::Result<LinkReport> probe(const ProbeRequest& request, base::Deadline deadline);

  // One exchange on a warm stream, to measure links: `payload_bytes` there, `reply_bytes` back.
  base::Result<base::Milliseconds> echo(std::size_t payload_bytes, std::size_t reply_bytes, base::Deadline deadline);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// Measures the link to a peer: up to `round_trips` small exchanges, then large ones each way until their rate is
// steady; about two seconds in all, more where one transfer takes longer. Used by agents (Handler::probe) and by the
// process that asks.
base::Result<LinkReport> probe_link(Peer& peer, base::Deadline deadline, int round_trips = 15);
// A quick look: a few small exchanges, and one upload of `upload_bytes`.
base::Result<LinkReport> glance_at_link(Peer& peer, std::size_t upload_bytes, base::Deadline deadline);

}  // namespace tandem::rpc
