#include "wire/segments.h"

namespace tandem::wire {

std::size_t size_of(std::span<const Segment> segments) {
  std::size_t total = 0;
  for (const Segment& segment : segments) total += segment.bytes.size();
  return total;
}

std::span<const std::byte> contiguous(const Segments& segments, std::vector<std::byte>& storage) {
  if (segments.size() == 1) return segments.front().bytes;
  storage.clear();
  storage.reserve(size_of(segments));
  for (const Segment& segment : segments) storage.insert(storage.end(), segment.bytes.begin(), segment.bytes.end());
  return storage;
}

}  // namespace tandem::wire
