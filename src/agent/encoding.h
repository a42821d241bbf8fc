// A tensor as it is encoded for one receiver, or once for several. Thread-safe. Private to agent/.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "agent/pace.h"
#include "base/clock.h"
#include "base/memory_budget.h"
#include "codec/codec.h"
#include "codec/frame.h"

namespace tandem::agent {

class Encoding {
 public:
  // With several receivers the pieces are kept until the last copy of this ends, and charged to `memory`, if it is
  // there. Throws Error(Unsupported) for a tensor that the codec does not take.
  Encoding(std::shared_ptr<const codec::Codec> codec, const base::Tensor& tensor, std::size_t receivers,
           const base::SharedBudget& memory);

  std::size_t piece_count() const { return piece_count_; }
  // Appends this piece. Each receiver takes all of them in order. Returns the time that the encoding took now, which is
  // none where another receiver has had the piece.
  base::Milliseconds append(std::size_t index, std::vector<std::byte>& out, const Pace& pace,
                            const base::Deadline& deadline);

 private:
  base::Milliseconds encode(std::vector<std::byte>& out, const Pace& pace, const base::Deadline& deadline);

  const bool is_shared_;
  base::MemoryCharge charge_;
  std::mutex mutex_;  // guards the members below
  codec::Encoder encoder_;
  const std::size_t piece_count_;
  std::vector<std::vector<std::byte>> kept_;  // where it is shared
};

}  // namespace tandem::agent
