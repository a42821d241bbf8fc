#include "codec/klevel_walk.h"

namespace tandem::codec {
namespace {

constexpr std::size_t kMasked = static_cast<std::size_t>(-1);

}  // namespace

// Whether all of `slot` has been walked over when `other` begins.
bool KLevelWalk::comes_before(std::size_t slot, std::size_t other) const {
  const std::size_t begin_of_other = other < interleaved_ ? other / kMostLanes * kMostLanes : other;
  return slot < begin_of_other;
}

void KLevelWalk::begin(const KLevelTables& tables, const Layout& layout, Chunk chunk,
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
  const bool has_class_rows = tables.elements == 0;
  if (has_class_rows) class_rows_.resize(places_.size() * layout.width);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    const std::size_t slot = slots_[plane];
    if (slot == kMasked) continue;
    const std::size_t channel = (chunk.first_plane + plane) % layout.channels;
    PlaneWalk walk{slot, kNoReference, nullptr, has_class_rows ? 0 : layout.width};
    const std::size_t reference = tables.references[channel];
    if (reference != kNoReference && channel - reference <= plane) {
      const std::size_t referred = slots_[plane - (channel - reference)];
      if (referred != kMasked && comes_before(referred, slot)) walk.reference = referred;
    }
    if (has_class_rows) {
      std::uint8_t* const row = class_rows_.data() + slot * layout.width;
      std::fill_n(row, layout.width, tables.classes[channel]);
      walk.classes = row;
    } else {
      walk.classes = tables.classes.data() + channel * plane_elements;
    }
    walks_.push_back(walk);
  }
  neighbourhood_.reset(walks_.size(), layout.height, layout.width);
}

}  // namespace tandem::codec
