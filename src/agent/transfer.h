// Tensors between two hops: encoded piece by piece while earlier pieces are on their way, decoded as they arrive.
// Private to agent/.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/encoding.h"
#include "agent/pace.h"
#include "base/clock.h"
#include "base/memory_budget.h"
#include "codec/codec.h"
#include "rpc/handler.h"
#include "rpc/messages.h"

namespace tandem::agent {

// Puts tensors into a request, raw or encoded, and makes the pieces that follow it. Used by one thread at a time.
class TensorSender : public rpc::PieceSource {
 public:
  // What it encodes at once is charged to `memory`, if it is there.
  TensorSender(Pace pace, base::Deadline deadline, base::SharedBudget memory = {})
      : pace_(pace), deadline_(deadline), memory_(std::move(memory)) {}

  void add(base::NamedTensor tensor, rpc::RunRequest& request);  // raw
  // Encoded; in the request itself where it is one piece. `digest` is that of the codec's description. Throws
  // Error(Unsupported) for a tensor that the codec does not take.
  void add(const base::NamedTensor& tensor, const std::shared_ptr<const codec::Codec>& codec, const std::string& digest,
           rpc::RunRequest& request);
  // The same for a tensor that may be encoded for others, too.
  void add(const base::NamedTensor& tensor, const std::shared_ptr<Encoding>& encoding, const std::string& digest,
           rpc::RunRequest& request);
  void next(std::vector<std::byte>& piece) override;

  base::Milliseconds encoding() const { return encoding_; }
  std::int64_t sent_bytes() const { return sent_bytes_; }

 private:
  // A tensor that has several pieces, and the number of those that were made.
  struct Series {
    std::shared_ptr<Encoding> encoding;
    std::size_t made = 0;
  };

  void append(Encoding& encoding, std::size_t index, std::vector<std::byte>& piece);

  Pace pace_;
  base::Deadline deadline_;
  base::SharedBudget memory_;
  std::deque<Series> series_;
  base::Milliseconds encoding_{0};
  std::int64_t sent_bytes_ = 0;
};

// The tensor is charged to `memory`, if it is there, from now on.
std::unique_ptr<rpc::TensorReceiver> receiver(const std::shared_ptr<const codec::Codec>& codec,
                                              const base::TensorType& type, Pace pace, const base::Deadline& deadline,
                                              const base::SharedBudget& memory = {});

// What time_codec takes beside the tensor: a frame, which may be larger, and the tensor as decoded.
inline constexpr std::size_t kCodecTimingCopies = 3;

// Times a codec on a tensor: `runs` times, after `warmup_runs` that do not count.
rpc::MeasureReply time_codec(const std::shared_ptr<const codec::Codec>& codec, const base::Tensor& tensor,
                             int warmup_runs, int runs, const Pace& pace);

}  // namespace tandem::agent
