// Exit statistics: for each exit of a model and each sample of a held-out part of a data set, the confidence and
// whether the answer was right; and the measures behind them. Any policy is evaluated by replay (replay.h). Plain data;
// tune measures it and store keeps it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem::exits {

// Measures of confidence, from the probabilities p of n classes; each in [0, 1], and 1 is certain.
enum class Confidence {
  MaximumSoftmax,  // max p
  Margin,          // the largest p − the second largest
  Entropy,         // 1 + Σ p ln p ÷ ln n: one minus the normalised entropy (DDNN: Teerapittayanon et al. 2017, III-D)
};
inline constexpr std::array kConfidences = {Confidence::MaximumSoftmax, Confidence::Margin, Confidence::Entropy};
const char* name_of(Confidence confidence);            // "softmax", "margin", "entropy"
Confidence parse_confidence(const std::string& text);  // Throws Error(InvalidInput) that lists the names.

// An exit's answer as probabilities: unchanged if it is a distribution (none below 0, sum 1 ± 0.001), else the softmax
// of its logits. All are NaN where a value is NaN or +infinity: the exit says nothing.
std::vector<float> probabilities_of(std::span<const float> answer);

// The class of the largest value of an answer or of its probabilities, the first of equals; kNoClass where a value is
// NaN or +infinity, or where there is none.
inline constexpr std::int64_t kNoClass = -1;
std::int64_t likeliest_class(std::span<const float> answer);

// p^(1/temperature), normalised: the softmax of logits ÷ temperature (Guo et al., "On Calibration of
// Modern Neural Networks", 2017, section 4.2). As long as `probabilities`, which need not add up to 1. Throws
// Error(InvalidInput) when one of them is negative or not finite, or when none is positive: logits, say.
std::vector<float> tempered(std::span<const float> probabilities, double temperature);  // temperature > 0

// Of tempered probabilities; [0, 1]. One class: 1; NaN among them: 0, unsure. Else throws as tempered() does.
double confidence_of(std::span<const float> probabilities, Confidence confidence, double temperature = 1);

// The temperature in [0.05, 20] that makes `labels` likeliest (least mean negative log-likelihood), by golden-section
// search to 1e-4; 1 where no other is better. Row i of `probabilities` (each `classes` long) belongs to label i; one
// with NaN does not count. Throws Error(InvalidInput) when the sizes disagree, on a label that is no class, and as
// tempered() does.
double best_temperature(std::span<const float> probabilities, std::size_t classes,
                        std::span<const std::int64_t> labels);

struct ExitRecord {
  std::string name;                                                // the model's output
  double temperature = 1;                                          // of its tempered probabilities
  std::array<std::vector<float>, kConfidences.size()> confidence;  // by Confidence, by sample; [0, 1]
  std::vector<bool> is_right;                                      // by sample
  bool operator==(const ExitRecord&) const = default;
};

// Keyed by model, data and part.
struct ExitStatistics {
  std::string model;               // digest: as in Identity
  std::string data;                // the data set, as the user named it
  std::string part;                // "calibration" or "test"
  std::int64_t measured_at_s = 0;  // Unix time
  std::vector<ExitRecord> exits;   // by depth (model::exits_of)
  std::size_t sample_count() const { return exits.empty() ? 0 : exits[0].is_right.size(); }
  bool operator==(const ExitStatistics&) const = default;
};

// With the exits in the order of `names`; nothing where the statistics are not of exactly these exits.
std::optional<ExitStatistics> in_order(ExitStatistics statistics, const std::vector<std::string>& names);

}  // namespace tandem::exits
