// A linear classifier fitted to a tensor of a network in closed form: an estimate of an exit's accuracy there, before
// any training. Private to train/. Pure.
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

// An exit's answers for some samples.
struct ExitAnswers {
  std::vector<float> confidence;  // the largest probability
  std::vector<bool> is_right;
};

inline constexpr std::size_t kLeastProbeExamples = 5;
inline constexpr std::int64_t kMostProbeFeatures = 1024;  // used of each sample

// Fits on `learn` and answers for `ask`: ridge regression of standardised features on one target for each class, 1 or
// −1 (Hoerl and Kennard 1970; one class against all others). On every fifth example, held out, it chooses the penalty,
// and the temperature of the softmax that turns outputs into probabilities. `learn` has at least kLeastProbeExamples;
// both have features of the same shape.
ExitAnswers probe(const Examples& learn, const Examples& ask, std::int64_t classes);

// The answers given by logits, [samples, classes].
ExitAnswers answers_of(const Examples& logits);

// [samples, classes], float32 → the class of the largest logit in each row.
std::vector<std::int64_t> guesses_of(const base::Tensor& logits);

// Over all values; 0 when there are none.
double mean_square(const base::Tensor& features);

}  // namespace tandem::train
