#include "agent/encoding.h"

#include <utility>

namespace tandem::agent {

using base::Milliseconds;

Encoding::Encoding(std::shared_ptr<const codec::Codec> codec, const base::Tensor& tensor, std::size_t receivers,
                   const base::SharedBudget& memory)
    : is_shared_(receivers > 1),
      charge_(memory, is_shared_ ? tensor.size() : 0, "an encoded tensor"),
      encoder_(std::move(codec), tensor),
      piece_count_(encoder_.piece_count()) {}

Milliseconds Encoding::append(std::size_t index, std::vector<std::byte>& out, const Pace& pace,
                              const base::Deadline& deadline) {
  const std::lock_guard lock(mutex_);
  if (!is_shared_) return encode(out, pace, deadline);
  Milliseconds taken{0};
  while (kept_.size() <= index) taken += encode(kept_.emplace_back(), pace, deadline);
  out.insert(out.end(), kept_[index].begin(), kept_[index].end());
  return taken;
}

Milliseconds Encoding::encode(std::vector<std::byte>& out, const Pace& pace, const base::Deadline& deadline) {
  return pace.stretch(deadline, [&] { encoder_.next(out); });
}

}  // namespace tandem::agent
