#include "cost/estimate.h"

#include <fmt/format.h>
#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/statistics.h"
#include "cost/fusion.h"

namespace tandem::cost {
namespace {

using base::Error;
using base::ErrorKind;

constexpr double kBytesPerMb = 1e6;

// Assumptions before any stage was timed, relative to the model, so that they hold on slow and on fast machines: the
// standard deviations of a stage as long as the whole and of a part's overhead; the cost of handing a byte on, as a
// share of computing on it, with its standard deviation; the least error of any median.
constexpr double kWalk = 0.04;
constexpr double kOverheadDeviation = 0.01;
constexpr double kOverheadDeviationMs = 0.02;  // of a call of the engine, however small the model is
constexpr double kHandingShare = 0.3;
constexpr double kHandingDeviation = 0.5;
constexpr double kLeastError = 0.003;

// How many times more a stage counts that is predicted outside its own interval, and how often it may; the whole model,
// by which native plans are predicted, has the last word.
constexpr double kSharper = 30;
constexpr int kMostRounds = 4;
constexpr double kSharperWhole = 1e12;
constexpr double kContradiction = 0.05;  // of a stage's median, beyond its interval

// A series is noisy when this share of its samples exceeds this multiple of the median, or its halves drift this far.
constexpr double kFar = 1.25;
constexpr double kMostFar = 0.1;
constexpr double kMostDrift = 0.05;
constexpr double kNegligibleMs = 0.2;  // the cost of a wake-up
constexpr std::size_t kEnoughToJudge = 6;

bool covers(const std::vector<LayerRange>& ranges, std::size_t layer) {
  return std::ranges::any_of(ranges,
                             [&](const LayerRange& range) { return layer >= range.first && layer < range.last; });
}

bool is_whole(const StageTime& stage, std::size_t layer_count) {
  return stage.ranges == std::vector{LayerRange{0, layer_count}};
}

// The kernels that belong to layers, each standing at the first of them.
std::vector<double> kernel_time_by_layer(const Examination& examination) {
  std::vector<double> layer_ms(examination.layer_count, 0);
  for (const auto& kernel : examination.kernels) {
    if (!kernel.layers.empty()) layer_ms[kernel.layers.front()] += kernel.median_ms;
  }
  return layer_ms;
}

// `margin`: a share of the median, by which the interval is widened.
bool is_inside(double predicted_ms, const Timing& timing, double margin) {
  const double margin_ms = margin * timing.median_ms;
  return predicted_ms >= timing.low_ms - margin_ms && predicted_ms <= timing.high_ms + margin_ms;
}

double bytes_moved(const model::Graph& graph) {
  double bytes = 0;
  for (const auto& tensor : graph.tensors)
    bytes += static_cast<double>(tensor.size_bytes) * static_cast<double>(1 + tensor.consumers.size());
  return bytes;
}

// Unknowns: the time of each layer, then these three.
enum Extra : Eigen::Index { kOverhead, kReceive, kSend, kExtras };

class StageRegression {
 public:
  StageRegression(const model::Graph& graph, const Examination& examination, const std::vector<StageTime>& stages)
      : graph_(graph),
        stages_(stages),
        layers_(static_cast<Eigen::Index>(examination.layer_count)),
        whole_ms_(base::interquartile_mean(find_whole(stages, examination.layer_count)->samples_ms)) {
    set_prior(kernel_time_by_layer(examination));
    observe();
  }

  // Stages predicted outside the interval of their own times count more, until all lie inside or contradict each other.
  Eigen::VectorXd solve() {
    Eigen::VectorXd times = solve_as_weighted();
    for (int round = 0; round < kMostRounds && sharpen(times); ++round) times = solve_as_weighted();
    return times;
  }

 private:
  // Negative extras are set to 0, one after the other, and the rest is estimated again.
  Eigen::VectorXd solve_as_weighted() {
    while (true) {
      const Eigen::VectorXd mean = posterior();
      Eigen::Index lowest = 0;
      if (mean.tail(kExtras).minCoeff(&lowest) >= 0) return mean.cwiseMax(0);
      mean_[layers_ + lowest] = 0;
      variance_[layers_ + lowest] = 0;
    }
  }

  // Returns whether any stage counts more than before.
  bool sharpen(const Eigen::VectorXd& times) {
    const Eigen::VectorXd predicted = weights_ * times;
    bool is_any_outside = false;
    for (Eigen::Index row = 0; row < noise_.size(); ++row) {
      const auto stage = static_cast<std::size_t>(row);
      if (is_inside(predicted[row], timings_[stage], kLeastError)) continue;
      noise_[row] /= is_whole(stages_[stage], static_cast<std::size_t>(layers_)) ? kSharperWhole : kSharper;
      is_any_outside = true;
    }
    return is_any_outside;
  }

  void set_prior(const std::vector<double>& kernel_ms) {
    const double sum = std::accumulate(kernel_ms.begin(), kernel_ms.end(), 0.0);
    mean_ = Eigen::VectorXd::Zero(layers_ + kExtras);
    variance_ = Eigen::VectorXd::Zero(layers_ + kExtras);
    for (Eigen::Index layer = 0; layer < layers_; ++layer) {
      const double kernel =
          sum > 0 ? kernel_ms[static_cast<std::size_t>(layer)] / sum : 1.0 / static_cast<double>(layers_);
      mean_[layer] = whole_ms_ * kernel;
      variance_[layer] = std::pow(kWalk * whole_ms_, 2) * kernel;
    }
    const double ms_per_mb = whole_ms_ / (bytes_moved(graph_) / kBytesPerMb + 1e-9);
    variance_[layers_ + kOverhead] =
        std::pow(kOverheadDeviation * whole_ms_, 2) + (whole_ms_ > 0 ? std::pow(kOverheadDeviationMs, 2) : 0);
    for (const Eigen::Index extra : {kReceive, kSend}) {
      mean_[layers_ + extra] = kHandingShare * ms_per_mb;
      variance_[layers_ + extra] = std::pow(kHandingDeviation * ms_per_mb, 2);
    }
  }

  void observe() {
    const auto count = static_cast<Eigen::Index>(stages_.size());
    weights_ = Eigen::MatrixXd::Zero(count, layers_ + kExtras);
    observed_ = Eigen::VectorXd(count);
    noise_ = Eigen::VectorXd(count);
    for (Eigen::Index row = 0; row < count; ++row) {
      const StageTime& stage = stages_[static_cast<std::size_t>(row)];
      for (const auto& range : stage.ranges)
        weights_.row(row)
            .segment(static_cast<Eigen::Index>(range.first), static_cast<Eigen::Index>(range.last - range.first))
            .setOnes();
      const Handed bytes = handed(graph_, stage.ranges);
      weights_(row, layers_ + kOverhead) = static_cast<double>(stage.ranges.size());
      weights_(row, layers_ + kReceive) = bytes.received_bytes / kBytesPerMb;
      weights_(row, layers_ + kSend) = bytes.sent_bytes / kBytesPerMb;
      const Timing& timing = timings_.emplace_back(timing_of(stage));
      observed_[row] = timing.typical_ms;
      noise_[row] =
          std::pow((timing.high_ms - timing.low_ms) / (2 * 1.96), 2) + std::pow(kLeastError * timing.median_ms, 2);
    }
  }

  // Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), equation 2.23, for a linear model.
  Eigen::VectorXd posterior() const {
    const Eigen::MatrixXd gain = variance_.asDiagonal() * weights_.transpose();
    const Eigen::MatrixXd covariance = weights_ * gain + Eigen::MatrixXd(noise_.asDiagonal());
    return mean_ + gain * covariance.ldlt().solve(observed_ - weights_ * mean_);
  }

  const model::Graph& graph_;
  const std::vector<StageTime>& stages_;
  std::vector<Timing> timings_;  // of the stages
  const Eigen::Index layers_;
  const double whole_ms_;
  Eigen::VectorXd mean_;
  Eigen::VectorXd variance_;
  Eigen::MatrixXd weights_;  // the share of each unknown in each stage's time
  Eigen::VectorXd observed_;
  Eigen::VectorXd noise_;  // variances
};

void check(const model::Graph& graph, const Examination& examination, const std::vector<StageTime>& stages) {
  const std::size_t layers = graph.layers.size();
  const auto is_beyond = [&](const StageTime& stage) {
    return stage.samples_ms.empty() || stage.ranges.empty() || stage.ranges.back().last > layers;
  };
  if (examination.layer_count != layers || std::ranges::any_of(stages, is_beyond)) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("the profile on '{}' has {} layers, the model has {}: profile the model again",
                            examination.identity.target, examination.layer_count, layers));
  }
  if (find_whole(stages, layers) == nullptr) {
    throw Error(ErrorKind::NotFound,
                fmt::format("the whole model was not timed on '{}' yet: go on with `tandem profile`",
                            examination.identity.target));
  }
}

}  // namespace

ModelCosts estimate(const model::Graph& graph, const Examination& examination, const std::vector<StageTime>& stages) {
  check(graph, examination, stages);
  const auto layers = static_cast<Eigen::Index>(graph.layers.size());
  const Eigen::VectorXd times = StageRegression(graph, examination, stages).solve();
  const StageTime& whole = *find_whole(stages, graph.layers.size());
  const Timing timing = timing_of(whole);
  ModelCosts costs;
  costs.identity = examination.identity;
  costs.measured_at_s = whole.measured_at_s;
  costs.whole_low_ms = timing.low_ms;
  costs.whole_high_ms = timing.high_ms;
  costs.stage_overhead_ms = times[layers + kOverhead];
  costs.receive_ms_per_mb = times[layers + kReceive];
  costs.send_ms_per_mb = times[layers + kSend];
  costs.layer_ms.assign(times.begin(), times.begin() + layers);
  costs.whole_ms = times.head(layers + 1).sum();
  for (const auto& kernel : examination.kernels) {
    if (kernel.layers.empty()) costs.unattributed_ms += kernel.median_ms;
  }
  costs.peak_bytes = examination.peak_bytes;
  costs.ends_kernel = ends_of_kernels(examination);
  return costs;
}

double predict_stage_ms(const model::Graph& graph, const ModelCosts& costs, const std::vector<LayerRange>& ranges) {
  const Handed bytes = handed(graph, ranges);
  double time_ms =
      (bytes.received_bytes * costs.receive_ms_per_mb + bytes.sent_bytes * costs.send_ms_per_mb) / kBytesPerMb;
  for (const auto& range : ranges) {
    const auto layer_ms = costs.layer_ms.begin();
    time_ms += std::accumulate(layer_ms + static_cast<std::ptrdiff_t>(range.first),
                               layer_ms + static_cast<std::ptrdiff_t>(range.last), costs.stage_overhead_ms);
  }
  return time_ms;
}

std::size_t count_contradictions(const model::Graph& graph, const ModelCosts& costs,
                                 const std::vector<StageTime>& stages) {
  return static_cast<std::size_t>(std::ranges::count_if(stages, [&](const StageTime& stage) {
    return !is_inside(predict_stage_ms(graph, costs, stage.ranges), timing_of(stage), kContradiction);
  }));
}

std::vector<bool> ends_of_kernels(const Examination& examination) {
  std::vector<std::vector<std::size_t>> kernels;
  for (const auto& kernel : examination.kernels) {
    if (!kernel.layers.empty()) kernels.push_back(kernel.layers);
  }
  return ends_of_kernels(kernels, examination.layer_count);
}

const StageTime* find_whole(const std::vector<StageTime>& stages, std::size_t layer_count) {
  const auto found = std::ranges::find_if(stages, [&](const StageTime& stage) { return is_whole(stage, layer_count); });
  return found == stages.end() || found->samples_ms.empty() ? nullptr : &*found;
}

Timing timing_of(const StageTime& time) {
  return timing_of(time.samples_ms);
}

Timing timing_of(const std::vector<double>& samples) {
  const auto interval = base::median_interval(samples);
  Timing timing;
  timing.median_ms = base::median(samples);
  timing.typical_ms = base::interquartile_mean(samples);
  timing.low_ms = interval.low;
  timing.high_ms = interval.high;
  timing.p95_ms = base::quantile(samples, 0.95);
  timing.p99_ms = base::quantile(samples, 0.99);
  const auto is_far = [&](double sample) { return sample > kFar * timing.median_ms + kNegligibleMs; };
  const auto far = static_cast<double>(std::ranges::count_if(samples, is_far));
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  const double drift_ms = std::abs(base::median({middle, samples.end()}) - base::median({samples.begin(), middle}));
  timing.is_noisy = samples.size() >= kEnoughToJudge && (far > kMostFar * static_cast<double>(samples.size()) ||
                                                         drift_ms > kMostDrift * timing.median_ms + kNegligibleMs);
  return timing;
}

Handed handed(const model::Graph& graph, const std::vector<LayerRange>& ranges) {
  Handed bytes;
  for (const auto& tensor : graph.tensors) {
    if (tensor.producer == model::kNoLayer) continue;
    const bool is_made_inside = covers(ranges, tensor.producer);
    const auto is_elsewhere = [&](std::size_t layer) { return covers(ranges, layer) != is_made_inside; };
    if (std::ranges::none_of(tensor.consumers, is_elsewhere)) continue;
    (is_made_inside ? bytes.sent_bytes : bytes.received_bytes) += static_cast<double>(tensor.size_bytes);
  }
  return bytes;
}

}  // namespace tandem::cost
