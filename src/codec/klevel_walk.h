// The order in which the planes of a chunk are walked over, four at a time where there are enough elements, and the
// context of each element. One thread at a time. Private to codec/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "codec/contexts.h"
#include "codec/layout.h"

namespace tandem::codec {

class KLevelWalk {
 public:
  // `is_masked`: by plane of the chunk; masked planes are left out. `contexts` must outlive the runs.
  void begin(const ContextTables& contexts, const Layout& layout, Chunk chunk,
             const std::vector<std::uint8_t>& is_masked);

  static int lanes_of(std::size_t elements) { return elements >= kInterleavedElements ? kMostLanes : 1; }

  // step(lanes that run in step, lane, place in the chunk, context) → magnitude. The first is an integral_constant.
  template <class Step>
  void run(Step&& step) {
    std::size_t at = 0;
    for (; at < interleaved_; at += kMostLanes) run_in_step<kMostLanes>(at, step);
    for (; at < walks_.size(); ++at) run_in_step<1>(at, step);
  }

 private:
  static constexpr std::size_t kInterleavedElements = 1u << 14;

  template <int kLanes, class Step>
  void run_in_step(std::size_t at, Step&& step) {
    std::array<std::size_t, kLanes> places;
    std::copy_n(places_.begin() + static_cast<std::ptrdiff_t>(at), kLanes, places.begin());
    walk<kLanes>(neighbourhood_, walks_.data() + at, scratch_, [&](int lane, std::size_t element, std::size_t context) {
      return step(std::integral_constant<int, kLanes>(), lane, places[static_cast<std::size_t>(lane)] + element,
                  context);
    });
  }

  bool comes_before(std::size_t slot, std::size_t other) const;
  PlaneWalk walk_of(const ContextTables& contexts, const Layout& layout, Chunk chunk, std::size_t plane);

  Neighbourhood neighbourhood_;
  std::vector<PlaneWalk> walks_;
  std::vector<std::size_t> places_;  // of each walk's first element in the chunk
  std::vector<std::size_t> slots_;   // by plane of the chunk: its walk
  std::vector<std::uint8_t> class_rows_;
  std::vector<std::uint16_t> scratch_;
  std::size_t interleaved_ = 0;  // walks that run in step, in fours
};

}  // namespace tandem::codec
