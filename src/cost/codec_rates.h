// The costs of sending a tensor of a model encoded: bytes and accuracy, measured on a data set, and the time on a
// target. Measured by tune, kept by store, used by plan. Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cost/costs.h"

namespace tandem::cost {

// How an exit's answers change when a tensor before it is encoded and decoded.
struct CodecLoss {
  std::string exit;             // the model's output
  double loss_points = 0;       // percentage points of accuracy lost; below 0: gained
  double loss_high_points = 0;  // upper end of its one-sided 95 % interval
  double disagreement = 0;      // percent of samples with another answer
  bool operator==(const CodecLoss&) const = default;
};

// One setting of one codec on one tensor. Keyed by model, tensor, data and codec.
struct CodecRate {
  std::string model;        // digest: as in Identity
  std::string tensor;       // name
  std::string data;         // name of the data set
  std::string codec;        // codec::id_of
  std::string description;  // codec::Codec::description(), at most 8 MB
  std::int64_t measured_at_s = 0;
  std::size_t elements = 0;            // of the tensor
  std::size_t samples = 0;             // of the test part
  double bytes = 0;                    // mean of a frame, on the test part
  double calibration_loss_points = 0;  // of the worst exit on the calibration part; settings are chosen by it
  std::vector<CodecLoss> losses;       // on the test part, by exit behind the tensor, in the model's order
  bool operator==(const CodecRate&) const = default;

  double bits_per_element() const { return elements == 0 ? 0 : 8 * bytes / static_cast<double>(elements); }
  double worst_loss_points() const;    // of all exits; at least 0
  double highest_loss_points() const;  // the upper end of the worst interval; at least 0
  std::string family() const { return codec.substr(0, codec.find(' ')); }  // "jalad" of "jalad bits=3"
};

// The time on a target, emulated slowdown included. Keyed by identity, tensor and codec.
struct CodecTime {
  Identity identity;
  std::string tensor;
  std::string codec;
  double encode_ms = 0;  // medians
  double decode_ms = 0;
  std::int64_t measured_at_s = 0;
  bool operator==(const CodecTime&) const = default;
};

// How fine samples can tell a loss: where none of them changed, up to this many percentage points may be lost (95 %,
// exact binomial interval).
double finest_loss_points(std::size_t samples);

// The newest rate of each tensor and codec, on any data set; ordered by tensor and codec.
std::vector<CodecRate> newest_of_each(std::vector<CodecRate> rates);

// The rate with the fewest bytes for a tensor, among codecs of a family that lost at most `points` on the calibration
// part; null: there is none. Points into `rates`.
const CodecRate* smallest_within(const std::vector<CodecRate>& rates, const std::string& tensor,
                                 const std::string& family, double points);

}  // namespace tandem::cost
