// What it costs to send a tensor of a model encoded: bytes and accuracy, measured on a data set, and the time on a
// target. Plain data; profile measures it, the store keeps it, and plan chooses by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cost/costs.h"

namespace tandem::cost {

// What an exit answers when a tensor before it has been encoded and decoded, against when it has not.
struct CodecLoss {
  std::string exit;             // the model's output
  double loss_points = 0;       // percentage points of accuracy lost; below 0: gained
  double loss_high_points = 0;  // upper end of the one-sided 95 % interval of that
  double disagreement = 0;      // percent of samples that it answers differently
  bool operator==(const CodecLoss&) const = default;
};

// One setting of one codec on one tensor. Keyed by model, tensor, data and codec.
struct CodecRate {
  std::string model;        // digest: as in Identity
  std::string tensor;       // name
  std::string data;         // which data set, as the user named it
  std::string codec;        // codec::id_of
  std::string description;  // codec::Codec::description(): what both ends need; at most 8 MB
  std::int64_t measured_at_s = 0;
  std::size_t elements = 0;            // of the tensor
  std::size_t samples = 0;             // of the part that is reported on
  double bytes = 0;                    // mean of a frame, on the test part
  double calibration_loss_points = 0;  // the worst exit's on the calibration part: what the setting was chosen by
  std::vector<CodecLoss> losses;       // on the test part, by exit that the tensor leads to, in the model's order
  bool operator==(const CodecRate&) const = default;

  double bits_per_element() const { return elements == 0 ? 0 : 8 * bytes / static_cast<double>(elements); }
  double worst_loss_points() const;    // of the exits; at least 0
  double highest_loss_points() const;  // the upper end of the worst interval; at least 0
  std::string family() const { return codec.substr(0, codec.find(' ')); }  // "jalad" of "jalad bits=3"
};

// How long it takes on a target, emulated slowdown included. Keyed by identity, tensor and codec.
struct CodecTime {
  Identity identity;
  std::string tensor;
  std::string codec;
  double encode_ms = 0;  // medians
  double decode_ms = 0;
  std::int64_t measured_at_s = 0;
  bool operator==(const CodecTime&) const = default;
};

// The newest of each tensor and codec, whatever data set it was measured on; ordered by tensor and codec.
std::vector<CodecRate> newest_of_each(std::vector<CodecRate> rates);

// The fewest bytes for a tensor by codecs of a family that lost at most so much on the calibration part, where settings
// are chosen; null: none did. Points into `rates`.
const CodecRate* smallest_within(const std::vector<CodecRate>& rates, const std::string& tensor,
                                 const std::string& family, double points);

}  // namespace tandem::cost
