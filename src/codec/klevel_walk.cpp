#include "codec/klevel_walk.h"

namespace tandem::codec {
namespace {

constexpr std::size_t kMasked = static_cast<std::size_t>(-1);

}  // namespace

// Whether the walk over `slot` has ended when that over `other` begins.
bool KLevelWalk::comes_before(std::size_t slot, std::size_t other) const {
  const std::size_t begin_of_other = other < interleaved_ ? other / kMostLanes * kMostLanes : other;
  return slot < begin_of_other;
}

// `plane` is one of the chunk, and not masked.
PlaneWalk KLevelWalk::walk_of(const ContextTables& contexts, const Layout& layout, Chunk chunk, std::size_t plane) {
  const std::size_t slot = slots_[plane];
  const std::size_t channel = (chunk.first_plane + plane) % layout.channels;
  PlaneWalk walk{slot, kNoReference, nullptr, 0};
  const std::size_t reference = contexts.references[channel];
  if (reference != kNoReference && channel - reference <= plane) {
    const std::size_t referred = slots_[plane - (channel - reference)];
    if (referred != kMasked && comes_before(referred, slot)) walk.reference = referred;
  }
  if (contexts.elements != 0) {
    walk.classes = contexts.classes.data() + channel * layout.plane_elements();
    walk.class_stride = layout.width;
  } else {
    std::uint8_t* const row = class_rows_.data() + slot * layout.width;
    std::fill_n(row, layout.width, contexts.classes[channel]);
    walk.classes = row;
  }
  return walk;
}

void KLevelWalk::begin(const ContextTables& contexts, const Layout& layout, Chunk chunk,
                       const std::vector<std::uint8_t>& is_masked) {
  const std::size_t planes = chunk.last_plane - chunk.first_plane;
  const std::size_t plane_elements = layout.plane_elements();
  slots_.assign(planes, kMasked);
  walks_.clear();
  places_.clear();
  for (std::size_t plane = 0; plane < planes; ++plane) {
    if (is_masked[plane] != 0) continue;
    slots_[plane] = places_.size();
    places_.push_back(plane * plane_elements);
  }
  const bool is_interleaved = lanes_of(planes * plane_elements) > 1;
  interleaved_ = is_interleaved ? places_.size() / kMostLanes * kMostLanes : 0;
  if (contexts.elements == 0) class_rows_.resize(places_.size() * layout.width);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    if (slots_[plane] != kMasked) walks_.push_back(walk_of(contexts, layout, chunk, plane));
  }
  neighbourhood_.reset(walks_.size(), layout.height, layout.width);
}

}  // namespace tandem::codec
