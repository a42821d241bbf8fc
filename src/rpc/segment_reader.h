// Reads a message in several segments from front to back. A tensor in one owned, aligned segment is not copied.
// Private to rpc/. Used by one thread at a time.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "base/memory_budget.h"
#include "base/tensor.h"
#include "rpc/run_message_layout.h"
#include "wire/segments.h"

namespace tandem::rpc {

// Never asked for more bytes than are left: callers check sizes first. Holds at least one segment.
class SegmentReader {
 public:
  // Copies are charged to `memory`, if it is there.
  explicit SegmentReader(std::span<const wire::Segment> segments, base::SharedBudget memory = {})
      : segments_(segments), memory_(std::move(memory)) {}

  void copy(std::span<std::byte> to) {
    while (!to.empty()) {
      const auto piece = next(to.size());
      std::memcpy(to.data(), piece.bytes.data(), piece.bytes.size());
      to = to.subspan(piece.bytes.size());
    }
  }
  void skip(std::size_t count) {
    while (count != 0) count -= next(count).bytes.size();
  }
  base::Tensor tensor(base::TensorType type, std::size_t size) {
    if (const wire::Segment whole = peek(size); is_usable(whole, size)) {
      skip(size);
      return view(std::move(type), whole);
    }
    base::Tensor tensor = base::allocate_charged(std::move(type), memory_);
    copy(tensor.mutable_bytes());
    return tensor;
  }

 private:
  wire::Segment peek(std::size_t most) {
    while (offset_ == segments_.front().bytes.size() && segments_.size() > 1) {
      segments_ = segments_.subspan(1);
      offset_ = 0;
    }
    const auto rest = segments_.front().bytes.subspan(offset_);
    return {segments_.front().owner, rest.first(std::min(most, rest.size()))};
  }
  wire::Segment next(std::size_t most) {
    const wire::Segment piece = peek(most);
    assert(!piece.bytes.empty() && "sizes are checked before anything is read");
    offset_ += piece.bytes.size();
    return piece;
  }
  static bool is_usable(const wire::Segment& segment, std::size_t size) {
    return size != 0 && segment.owner != nullptr && segment.bytes.size() == size &&
           reinterpret_cast<std::uintptr_t>(segment.bytes.data()) % kAlignment == 0;
  }
  static base::Tensor view(base::TensorType type, const wire::Segment& segment) {
    // Received memory has no other user, so the tensor's holder may write to it.
    auto* const bytes = const_cast<std::byte*>(segment.bytes.data());
    return base::Tensor::view(std::move(type), std::const_pointer_cast<void>(segment.owner), bytes,
                              segment.bytes.size());
  }

  std::span<const wire::Segment> segments_;
  base::SharedBudget memory_;
  std::size_t offset_ = 0;
};

}  // namespace tandem::rpc
