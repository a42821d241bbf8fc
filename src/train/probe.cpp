#include "train/probe.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_solve.h>

#include <algorithm>
#include <array>
#include <span>

#include "exits/statistics.h"
#include "train/torch_tensors.h"

namespace tandem::train {
namespace {

using Labels = std::vector<std::int64_t>;

constexpr std::array kPenalties = {0.001, 0.01, 0.1, 1.0};  // times the number of examples
constexpr std::int64_t kHeldOut = 5;                        // every fifth
constexpr std::int64_t kColumnStep = 1'000'003;             // a prime, so that periodic columns are sampled evenly
constexpr double kLeastDeviation = 1e-6;

// [samples, at most kMostProbeFeatures]
at::Tensor columns_of(const base::Tensor& features) {
  const at::Tensor all = to_torch(features).flatten(1);
  if (all.size(1) <= kMostProbeFeatures) return all;
  return all.index_select(1, (at::arange(kMostProbeFeatures) * kColumnStep).remainder(all.size(1)));
}

at::Tensor indices_of(const Labels& labels) {
  return to_torch(
      base::Tensor::of<std::int64_t>({base::ElementType::Int64, {static_cast<std::int64_t>(labels.size())}}, labels));
}

// 1 where the row's label is the column, −1 elsewhere.
at::Tensor targets_of(const at::Tensor& labels, std::int64_t classes) {
  return at::full({labels.size(0), classes}, -1.0, at::kFloat).scatter_(1, labels.unsqueeze(1), 1.0);
}

// A subset of the examples.
struct Rows {
  at::Tensor x;
  at::Tensor labels;
};

struct Split {
  Rows learn;
  Rows check;
};

// Held-out examples are spread, since files may be sorted by class.
Split split(const Examples& examples) {
  Labels learn;
  Labels check;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(examples.labels.size()); ++i)
    (i % kHeldOut == kHeldOut - 1 ? check : learn).push_back(i);
  const at::Tensor x = columns_of(examples.features);
  const at::Tensor labels = indices_of(examples.labels);
  const auto rows = [&](const Labels& indices) {
    return Rows{x.index_select(0, indices_of(indices)), labels.index_select(0, indices_of(indices))};
  };
  return {rows(learn), rows(check)};
}

// Solves the normal equations for a given penalty.
class Ridge {
 public:
  Ridge(const Rows& rows, std::int64_t classes)
      : mean_(rows.x.mean(0, true)),
        deviation_((rows.x - mean_).square().mean(0, true).sqrt().clamp_min(kLeastDeviation)),
        count_(static_cast<double>(rows.x.size(0))) {
    const at::Tensor x = standardised(rows.x);
    const at::Tensor y = targets_of(rows.labels, classes);
    target_mean_ = y.mean(0, true);
    gram_ = x.t().mm(x).to(at::kDouble);
    moments_ = x.t().mm(y - target_mean_).to(at::kDouble);
  }

  void solve(double penalty) {
    const at::Tensor diagonal = at::eye(gram_.size(0), at::kDouble) * (penalty * count_);
    weights_ = at::linalg_solve(gram_ + diagonal, moments_).to(at::kFloat);
  }

  // [samples, classes]
  at::Tensor scores(const at::Tensor& x) const { return standardised(x).mm(weights_) + target_mean_; }

 private:
  at::Tensor standardised(const at::Tensor& x) const { return (x - mean_) / deviation_; }

  at::Tensor mean_;
  at::Tensor deviation_;
  double count_;
  at::Tensor target_mean_;
  at::Tensor gram_;
  at::Tensor moments_;
  at::Tensor weights_;
};

std::int64_t right_count(const at::Tensor& scores, const at::Tensor& labels) {
  return (scores.argmax(1) == labels).sum().item<std::int64_t>();
}

double best_penalty(Ridge& ridge, const Rows& check) {
  double best = kPenalties.back();
  std::int64_t most = -1;
  for (const double penalty : kPenalties) {
    ridge.solve(penalty);
    const std::int64_t right = right_count(ridge.scores(check.x), check.labels);
    if (right < most) continue;
    most = right;
    best = penalty;
  }
  return best;
}

double best_temperature(const at::Tensor& scores, const at::Tensor& labels) {
  const base::Tensor probabilities = from_torch(scores.softmax(1));
  const base::Tensor expected = from_torch(labels);
  return exits::best_temperature(probabilities.values<float>(), static_cast<std::size_t>(scores.size(1)),
                                 expected.values<std::int64_t>());
}

ExitAnswers answers_from(const at::Tensor& logits, const Labels& labels) {
  const base::Tensor confidences = from_torch(logits.softmax(1).amax(1));
  const base::Tensor guesses = from_torch(logits.argmax(1));
  const auto confidence = confidences.values<float>();
  const auto guess = guesses.values<std::int64_t>();
  ExitAnswers answers{{confidence.begin(), confidence.end()}, {}};
  for (std::size_t i = 0; i < labels.size(); ++i) answers.is_right.push_back(guess[i] == labels[i]);
  return answers;
}

}  // namespace

ExitAnswers probe(const Examples& learn, const Examples& ask, std::int64_t classes) {
  const Split rows = split(learn);
  Ridge ridge(rows.learn, classes);
  ridge.solve(best_penalty(ridge, rows.check));
  const double temperature = best_temperature(ridge.scores(rows.check.x), rows.check.labels);
  return answers_from(ridge.scores(columns_of(ask.features)) / temperature, ask.labels);
}

ExitAnswers answers_of(const Examples& logits) {
  return answers_from(to_torch(logits.features), logits.labels);
}

std::vector<std::int64_t> guesses_of(const base::Tensor& logits) {
  const base::Tensor guesses = from_torch(to_torch(logits).argmax(1));
  const auto values = guesses.values<std::int64_t>();
  return {values.begin(), values.end()};
}

double mean_square(const base::Tensor& features) {
  const auto values = features.values<float>();
  double sum = 0;
  for (const double each : values) sum += each * each;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

}  // namespace tandem::train
