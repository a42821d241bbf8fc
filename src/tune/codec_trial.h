// One codec tried on one tensor of a cut: the bytes of its frames, and the answers that it changes at each exit. One
// thread at a time. Private to tune/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "codec/codec.h"
#include "tune/crossing.h"

namespace tandem::tune {

using CodecPointer = std::shared_ptr<const codec::Codec>;

inline constexpr double kPoints = 100;  // percentage points in a share of 1

// Samples whose answer at an exit changes.
struct ExitCounts {
  std::size_t lost = 0;    // right before, wrong now
  std::size_t gained = 0;  // wrong before, right now
  std::size_t differs = 0;
};

struct Trial {
  std::size_t samples = 0;
  double bytes = 0;  // of all frames
  std::vector<ExitCounts> exits;
  bool was_stopped = false;  // early: it lost too much

  // Percentage points of accuracy; below 0: gained.
  double loss_points(std::size_t exit) const;
  // The upper end of its one-sided 95 % interval: Agresti and Min, "Simple improved confidence intervals for comparing
  // matched proportions", Statistics in Medicine 24 (2005): Wald's interval with half an observation added to each
  // cell.
  double high_loss_points(std::size_t exit) const;
  double worst_loss_points() const;  // of the exits; at least 0
};

// A part of the data at a cut, with the guesses of the exits on unchanged tensors.
struct Evidence {
  Features features;
  std::vector<std::vector<std::int64_t>> guesses;  // by sample, by exit
};
Evidence evidence_of(BeforeCut& before, BehindCut& behind, const data::Part& part, const data::Adapter& adapter,
                     const std::function<void(std::size_t done)>& progress);

class Evaluator {
 public:
  // For tensor `tensor` of the cut. `behind` must outlive it.
  Evaluator(BehindCut& behind, std::size_t tensor) : behind_(behind), tensor_(tensor) {}

  // Stops once the worst exit has lost more than `most_points` by three standard deviations.
  Trial run(const CodecPointer& codec, const Evidence& evidence, double most_points = kPoints) const;

  // The trial of a codec that decodes to the same values as the one of `trial`.
  Trial same_but_for_bytes(const CodecPointer& codec, const Evidence& evidence, Trial trial) const;

 private:
  BehindCut& behind_;
  std::size_t tensor_;
};

}  // namespace tandem::tune
