// The most probable classes of a classifier's output, and their labels. Pure but for reading the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"

namespace tandem::input {

inline constexpr std::size_t kMostLabels = 1'000'000;
inline constexpr std::size_t kMostLabelBytes = 1000;

// One label a line; the line number, from 0, is the class. Throws Error(NotFound), Error(InvalidInput) when there are
// none, more than kMostLabels, or one longer than kMostLabelBytes.
std::vector<std::string> parse_labels(std::string_view text, const std::string& source);
std::vector<std::string> read_labels(const std::filesystem::path& path);

struct Guess {
  std::size_t index;
  double probability;
};

// Whether top_k takes the output, and it has more than one value.
bool is_finite_vector(const base::Tensor& output);
// Whether such values are all in [0, 1], with a sum within 0.01 of 1.
bool is_distribution(const base::Tensor& output);

// The k most probable classes, best first, ties by lower index; fewer when there are fewer classes. Takes float16,
// bfloat16, float32 or float64, with at most one dimension larger than 1. Values that form a distribution (all in [0,
// 1], sum within 0.01 of 1) are unchanged, others pass through a softmax. Throws Error(Unsupported) for other types and
// shapes, Error(InvalidInput) when a value is NaN or +infinity.
std::vector<Guess> top_k(const base::Tensor& output, std::size_t k);

}  // namespace tandem::input
