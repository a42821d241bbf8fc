// The agent's side of each method: agents implement Handler; Server and access_here() call it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "rpc/messages.h"
#include "wire/call_handler.h"

namespace tandem::rpc {

using wire::CallTerms;

// Decodes a tensor from its pieces, which it takes in order. Used by one thread at a time.
class TensorReceiver {
 public:
  virtual ~TensorReceiver() = default;
  // Returns the time that it took. Throws Error on anything but the next piece.
  virtual base::Milliseconds take(std::span<const std::byte> piece) = 0;
  virtual base::Tensor finish() = 0;  // after the last piece. Throws Error when something is missing
};

// Called from many threads at once. Failures are values; an exception that escapes becomes the status of its kind.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual TargetDescription describe() = 0;
  // The digests among these whose weights are not held yet.
  virtual std::vector<std::string> missing(const std::vector<std::string>& digests) = 0;
  // Takes a weight, or other bytes known by their digest, once the digest has been verified.
  virtual base::Status store_weight(const std::string& digest, base::Tensor bytes) = 0;
  // Makes a part ready to run. All its weights have been stored. Doing it again is cheap.
  virtual base::Status load(const PartOffer& part, const CallTerms& terms = {}) = 0;
  // Decodes a tensor of a request that is still arriving; destroyed when the request has arrived, by its deadline at
  // the latest. Throws Error(NotFound) when the codec is not held.
  virtual std::unique_ptr<TensorReceiver> receive(const EncodedTensor& tensor, const base::Deadline& deadline) = 0;
  // All tensors have been decoded by now.
  virtual base::Result<RunReply> run(RunRequest request) = 0;
  // Keeps the tensors of a deposit, whose key is the only one that the only hop of the route awaits, until a request
  // that awaits it comes, or the call ends. The reply is the report of the hop. Unsupported unless overridden.
  virtual base::Result<RunReply> deposit(RunRequest) {
    return base::Error(base::ErrorKind::Unsupported, "deposits are not taken here");
  }
  virtual base::Result<MeasureReply> measure(const MeasureRequest& request, const CallTerms& terms = {}) = 0;
  // Measures the link from here to a target of this agent's fleet.
  virtual base::Result<LinkReport> probe(const ProbeRequest& request) = 0;
};

}  // namespace tandem::rpc
