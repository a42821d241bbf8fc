// The queue of bytes in transit through the link emulator. Uses no memory while empty. Not thread-safe.
// Private to link/.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>

namespace tandem::link {

class ByteQueue {
 public:
  std::span<std::byte> free_space();         // space for the next bytes; never empty
  void commit(std::size_t bytes);            // appends the first `bytes` of free_space()
  std::span<const std::byte> front() const;  // the oldest contiguous bytes; empty when the queue is
  void consume(std::size_t bytes);           // at most front().size()
  void clear();
  std::size_t size() const;

 private:
  static constexpr std::size_t kBlockBytes = 32u << 10;
  std::deque<std::unique_ptr<std::byte[]>> blocks_;
  std::size_t first_ = 0;             // of the first block
  std::size_t filled_ = kBlockBytes;  // of the last block
};

}  // namespace tandem::link
