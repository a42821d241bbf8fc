// The context of an element: how active its place was on calibration data, how far from zero its neighbours in the
// plane are, and how far the same place of a reference channel. Encoder, decoder and fit walk over the levels of a
// chunk in the same order and see the same contexts. One thread at a time. Private to codec/.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "codec/rans.h"

namespace tandem::codec {

// A context is class × 64 + reference magnitude × 16 + neighbours.
inline constexpr std::size_t kClasses = 16;
inline constexpr int kMostMagnitude = 3;  // of a neighbour; more count as this
inline constexpr int kMostAbove = 9;      // of 2 × above + above left + above right
inline constexpr std::size_t kNeighbours = 16;
inline constexpr std::size_t kReferences = kMostMagnitude + 1;
inline constexpr std::size_t kContexts = kClasses * kReferences * kNeighbours;

inline constexpr std::size_t kNoReference = static_cast<std::size_t>(-1);

// Fitted: the class and the reference channel of a tensor's elements.
struct ContextTables {
  std::size_t elements = 0;             // of a sample, when classes are by element; 0: by channel
  std::vector<std::uint8_t> classes;    // [0, kClasses), by element or by channel
  std::vector<std::size_t> references;  // by channel: an earlier channel whose zeros predict this one's; kNoReference
};

// How far each level is from the one that stands for zero, at most kMostMagnitude.
std::array<std::uint8_t, 256> magnitudes_of(int zero_level);

// Magnitudes of the planes of a chunk, each within a border of zeros. Reused from chunk to chunk.
class Neighbourhood {
 public:
  void reset(std::size_t planes, std::size_t height, std::size_t width);
  std::size_t height() const { return height_; }
  std::size_t width() const { return width_; }

  std::uint8_t* row(std::size_t plane, std::size_t y) {
    return cells_.data() + (plane * (height_ + 1) + y + 1) * stride_ + 1;
  }
  // Contexts of a row, without the neighbour at the left, whose magnitude counts twice. The rows above, and the whole
  // reference plane, have been filled in. `classes`: one for each element of the row.
  void contexts_of_row(std::size_t plane, std::size_t y, std::size_t reference, const std::uint8_t* classes,
                       std::uint16_t* contexts);

 private:
  std::size_t height_ = 0;
  std::size_t width_ = 0;
  std::size_t stride_ = 0;
  std::vector<std::uint8_t> cells_;
};

// One plane to be walked over.
struct PlaneWalk {
  std::size_t plane = 0;  // in the neighbourhood
  std::size_t reference = kNoReference;
  const std::uint8_t* classes = nullptr;
  std::size_t class_stride = 0;  // from row to row: the width, or 0 when all rows are of one row of classes
};

// Calls step(lane, element in the plane, context) → magnitude for each element of kLanes planes, in step.
template <int kLanes, class Step>
void walk(Neighbourhood& neighbourhood, const PlaneWalk* planes, std::vector<std::uint16_t>& scratch, Step&& step) {
  const std::size_t width = neighbourhood.width();
  scratch.resize(width * kLanes);
  for (std::size_t y = 0; y < neighbourhood.height(); ++y) {
    std::array<std::uint8_t*, kLanes> cells;
    std::array<std::uint32_t, kLanes> left{};
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const PlaneWalk& walked = planes[lane];
      cells[lane] = neighbourhood.row(walked.plane, y);
      neighbourhood.contexts_of_row(walked.plane, y, walked.reference, walked.classes + y * walked.class_stride,
                                    scratch.data() + lane * width);
    }
    const std::uint16_t* const contexts = scratch.data();
    for (std::size_t x = 0; x < width; ++x) {
#pragma GCC unroll 4
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::size_t context = contexts[lane * width + x] + 2 * left[lane];
        left[lane] = step(static_cast<int>(lane), y * width + x, context);
        cells[lane][x] = static_cast<std::uint8_t>(left[lane]);
      }
    }
  }
}

}  // namespace tandem::codec
