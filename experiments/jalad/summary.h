// What codecs need at a bound of lost accuracy, by cut, and what that comes to over cuts. Pure.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "cost/codec_rates.h"

namespace tandem::jalad {

inline constexpr const char* kOurs = "klevel";
inline constexpr const char* kJalad = "jalad";
inline constexpr const char* kBytesPacked = "int8+zstd";
inline constexpr double kNoBound = std::numeric_limits<double>::infinity();

// A setting of a codec, and what it lost on the test part at the exit that suffers most.
struct Choice {
  std::string codec = "raw";
  double bits = 32;  // per element
  double calibration_loss_points = 0;
  double loss_points = 0;       // at least 0
  double loss_high_points = 0;  // upper end of the one-sided 95 % interval, of the worst exit
};

// Of one codec's settings that lose at most `points` on the calibration part, the one of the fewest bytes. Where there
// is none, the tensor is sent as it is: 32 bits.
Choice best_within(const std::vector<cost::CodecRate>& rates, const std::string& family, double points);

// A cut of a network at a bound. Ratios are of bytes.
struct CutSummary {
  std::string network;
  std::string tensor;
  std::size_t elements = 0;
  Choice ours;
  Choice jalad;
  Choice packed;  // int8+zstd, whatever it loses: it has no setting

  double ratio_to_jalad() const { return ours.bits / jalad.bits; }
  double ratio_to_packed() const { return ours.bits / packed.bits; }
};
// Of the rates of one tensor; they are not empty.
CutSummary summarize(const std::string& network, const std::vector<cost::CodecRate>& rates, double points);

// Over cuts, each counting alike. NaN where there are none.
struct Totals {
  std::size_t cuts = 0;
  double median_bits = 0;
  double upper_quartile_bits = 0;
  double least_bits = 0;
  double share_of_one_bit = 0;  // of cuts with at most 1.0 bit per element, [0, 1]
  double median_jalad_bits = 0;
  double median_packed_bits = 0;
  double median_ratio_to_jalad = 0;
  double median_ratio_to_packed = 0;
  double median_loss_points = 0;
  double most_loss_points = 0;
};
Totals totals_of(const std::vector<CutSummary>& cuts);

}  // namespace tandem::jalad
