// The listening side of the wire: decodes, checks limits and hands over to a Handler. As many threads as requests are
// being handled at once, and one that waits for more.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "rpc/credentials.h"
#include "rpc/limits.h"
#include "rpc/messages.h"

namespace tandem::rpc {

// Decodes a tensor from its pieces, in their order. Used by one thread at a time.
class TensorReceiver {
 public:
  virtual ~TensorReceiver() = default;
  // How long it took, emulated slowdown included. Throws Error on what is not the next piece.
  virtual base::Milliseconds take(std::span<const std::byte> piece) = 0;
  virtual base::Tensor finish() = 0;  // after the last piece. Throws Error when something is missing
};

// What an agent does with what it is asked. Called from many threads at once. Failures are values; an exception that
// escapes is turned into the status of its kind.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual TargetDescription describe() = 0;
  // Of these weight digests, the ones that are not held yet.
  virtual std::vector<std::string> missing(const std::vector<std::string>& digests) = 0;
  // Takes a weight, or other bytes that are known by their digest, once that has been verified.
  virtual base::Status store_weight(const std::string& digest, base::Tensor bytes) = 0;
  // Makes a part ready to run. All its weights have been stored. Doing it again is cheap.
  virtual base::Status load(const PartOffer& part) = 0;
  // For a tensor of a request that is on its way; done with when that is, at its deadline at the latest. Throws
  // Error(NotFound) when the codec is not held.
  virtual std::unique_ptr<TensorReceiver> receive(const EncodedTensor& tensor, const base::Deadline& deadline) = 0;
  // All tensors have been decoded.
  virtual base::Result<RunReply> run(RunRequest request) = 0;
  virtual base::Result<MeasureReply> measure(const MeasureRequest& request) = 0;
  // Measures the link from here to a target of this agent's fleet.
  virtual base::Result<LinkReport> probe(const ProbeRequest& request) = 0;
};

class Server {
 public:
  // Listens at `address` ("127.0.0.1:7101"; port 0 picks a free one). Throws Error(Refused) for an address beyond
  // loopback with insecure credentials unless they allow it, Error(Unavailable) when it cannot bind.
  Server(const std::string& address, Handler& handler, const Credentials& credentials, const Limits& limits = {});
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  // Ends idle streams at once and others after a second, and waits for the Handler to return. Safe from any thread that
  // is not in the Handler.
  void stop();
  void wait();  // until stopped

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::rpc
