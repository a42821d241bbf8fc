// For train's own sources: what a linear classifier, made in one go, can read from a tensor of a network: what an exit
// there may be worth, before anything is trained. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/tensor.h"

namespace tandem::train {

struct Examples {
  base::Tensor features;             // [samples, …], float32
  std::vector<std::int64_t> labels;  // [0, classes)
};

// What an exit says of each of some samples.
struct ExitAnswers {
  std::vector<float> confidence;  // the largest probability
  std::vector<bool> is_right;
};

inline constexpr std::size_t kLeastProbeExamples = 5;
inline constexpr std::int64_t kMostProbeFeatures = 1024;  // of a sample; of more, so many are used

// Learns on `learn`, answers about `ask`: ridge regression of standardised features on one number for each class, 1 or
// −1 (Hoerl and Kennard 1970; one class against all others). Every fifth example is held out; on these the penalty is
// chosen, and the temperature of the softmax that makes the numbers probabilities. `learn` has at least
// kLeastProbeExamples, and both have features of the same shape.
ExitAnswers probe(const Examples& learn, const Examples& ask, std::int64_t classes);

// What logits say, [samples, classes].
ExitAnswers answers_of(const Examples& logits);

// [samples, classes], float32: the largest of each row.
std::vector<std::int64_t> guesses_of(const base::Tensor& logits);

// Of all values; 0 of none.
double mean_square(const base::Tensor& features);

}  // namespace tandem::train
