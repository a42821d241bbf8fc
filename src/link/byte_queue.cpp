#include "link/byte_queue.h"

#include <cassert>

namespace tandem::link {

std::span<std::byte> ByteQueue::free_space() {
  if (filled_ == kBlockBytes) {
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kBlockBytes));
    filled_ = 0;
  }
  return {blocks_.back().get() + filled_, kBlockBytes - filled_};
}

void ByteQueue::commit(std::size_t bytes) {
  assert(bytes <= kBlockBytes - filled_);
  filled_ += bytes;
  if (size() == 0) clear();
}

std::span<const std::byte> ByteQueue::front() const {
  if (blocks_.empty()) return {};
  const std::size_t end = blocks_.size() == 1 ? filled_ : kBlockBytes;
  return {blocks_.front().get() + first_, end - first_};
}

void ByteQueue::consume(std::size_t bytes) {
  assert(bytes <= front().size());
  first_ += bytes;
  if (size() == 0) return clear();
  if (first_ < kBlockBytes) return;
  blocks_.pop_front();
  first_ = 0;
}

void ByteQueue::clear() {
  blocks_.clear();
  first_ = 0;
  filled_ = kBlockBytes;
}

std::size_t ByteQueue::size() const {
  return blocks_.empty() ? 0 : (blocks_.size() - 1) * kBlockBytes + filled_ - first_;
}

}  // namespace tandem::link
