// The layout of a tensor for codecs: planes, one for each channel of each sample. [batch, channels, spatial …] has
// batch × channels planes of the product of the spatial dimensions; a tensor of fewer than three dimensions is one
// plane. Chunks are runs of whole planes. A tensor without elements has no planes, and one empty chunk. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "base/tensor.h"

namespace tandem::codec {

struct Layout {
  std::size_t planes = 0;    // batch × channels
  std::size_t channels = 0;  // plane p is of channel p % channels
  std::size_t height = 0;    // of a plane: all dimensions but the last; 1 where there is only one
  std::size_t width = 0;
  std::size_t plane_elements() const { return height * width; }
};
Layout layout_of(const base::Shape& shape);

// Planes [first_plane, last_plane).
struct Chunk {
  std::size_t first_plane = 0;
  std::size_t last_plane = 0;
};

// About this many elements are a chunk, so that the first one is under way while others are being encoded.
inline constexpr std::size_t kChunkElements = 1u << 16;
std::vector<Chunk> chunks_of(const Layout& layout, bool takes_whole);

}  // namespace tandem::codec
