#include "codec/layout.h"

#include <algorithm>

namespace tandem::codec {
namespace {

std::size_t product(const base::Shape& shape, std::size_t first, std::size_t last) {
  std::size_t product = 1;
  for (std::size_t i = first; i < last; ++i) product *= static_cast<std::size_t>(shape[i]);
  return product;
}

}  // namespace

Layout layout_of(const base::Shape& shape) {
  if (base::element_count(shape) == 0) return {};
  if (shape.empty()) return {1, 1, 1, 1};
  const std::size_t rank = shape.size();
  const std::size_t spatial = rank < 3 ? 0 : 2;  // the first spatial dimension
  Layout layout{1, 1, product(shape, spatial, rank - 1), static_cast<std::size_t>(shape.back())};
  if (spatial != 0) {
    layout.channels = static_cast<std::size_t>(shape[1]);
    layout.planes = product(shape, 0, spatial);
  }
  return layout;
}

std::vector<Chunk> chunks_of(const Layout& layout, bool takes_whole) {
  const std::size_t elements = layout.planes * layout.plane_elements();
  const std::size_t wanted = takes_whole ? 1 : (elements + kChunkElements - 1) / kChunkElements;
  const std::size_t count = std::max<std::size_t>(1, std::min(wanted, layout.planes));
  std::vector<Chunk> chunks;
  chunks.reserve(count);
  // By quotient and remainder, since planes × i might overflow.
  const std::size_t size = layout.planes / count;
  const std::size_t larger = layout.planes % count;
  for (std::size_t i = 0, first = 0; i < count; ++i) {
    const std::size_t last = first + size + (i < larger ? 1 : 0);
    chunks.push_back({first, last});
    first = last;
  }
  return chunks;
}

}  // namespace tandem::codec
