#include "cost/regression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/statistics.h"
#include "cost/fusion.h"

namespace tandem::cost {
namespace {

constexpr std::size_t kTerms = 9;
constexpr std::size_t kFewestSamples = 4;  // for a kind to have its own regression
constexpr std::size_t kEnoughRatios = 40;  // for a kind's own interval; with fewer, ratios of coarser kinds are added
constexpr std::size_t kFewestWholes = 4;
constexpr double kGuessedFactor = 4;  // error of predictions, either way, when there is only one model
constexpr double kVector = 16;        // channels that an engine computes at once
constexpr double kNearBytes = 1e6;    // held easily by a core's own cache

using Row = std::array<double, kTerms>;

// The work of engines that fill channels up to whole vectors.
double filled_up_work(const Features& features) {
  if (features.groups != 1 || features.input_maps <= 0 || features.filters <= 0) return features.multiply_accumulates;
  const auto fill = [](double channels) { return std::ceil(channels / kVector) * kVector / channels; };
  return features.multiply_accumulates * fill(features.input_maps) * fill(features.filters);
}

Row tandem_terms(const Features& f) {
  const double bytes = f.input_bytes + f.output_bytes + f.weight_bytes;
  return {1,
          f.multiply_accumulates,
          filled_up_work(f),
          f.input_bytes,
          f.output_bytes,
          f.weight_bytes,
          std::max(0.0, bytes - kNearBytes),
          f.im2col_bytes,
          f.output_elements * f.kernel_elements};
}

Row edgent_terms(const Features& f) {
  if (f.op_type == "Conv") return {1, f.input_maps, f.kernel_elements / std::max(1.0, f.stride * f.stride) * f.filters};
  const bool is_dense = f.op_type == "Gemm" || f.op_type == "MatMul";
  if (is_dense || f.op_type.find("Pool") != std::string::npos) return {1, f.input_bytes, f.output_bytes};
  return {1, f.input_bytes};
}

Row terms_of(const Features& features, Terms terms, bool is_any_kind) {
  if (terms == Terms::Tandem) return tandem_terms(features);
  return is_any_kind ? Row{1, features.input_bytes} : edgent_terms(features);
}

// Of a sample: by relative or by absolute error.
double weight_of(double ms, Terms terms) {
  return terms == Terms::Edgent ? 1 : 1 / (ms * ms);
}

// From the finest kind to the coarsest, which has all kernels.
std::vector<std::string> kinds_of(const Features& features, Terms terms) {
  std::vector<std::string> kinds{features.op_type, ""};
  if (terms == Terms::Edgent || features.op_type != "Conv") return kinds;
  const bool is_depthwise = features.groups > 1 && features.groups == features.input_maps;
  const bool is_pointwise = features.kernel_elements == 1;
  const std::string finest = is_depthwise ? "Conv depthwise" : is_pointwise ? "Conv pointwise" : "Conv window";
  kinds.insert(kinds.begin(), finest);
  // ONNX Runtime has no fast kernel for these.
  if (is_depthwise && std::fmod(features.filters, 4) != 0) kinds.insert(kinds.begin(), finest + ", odd channels");
  return kinds;
}

// The sums that a least-squares solution needs.
struct Gathered {
  std::array<Row, kTerms> products{};
  Row targets{};

  void add(const Row& row, double ms, double weight) {
    for (std::size_t i = 0; i < kTerms; ++i) {
      targets[i] += weight * row[i] * ms;
      for (std::size_t j = 0; j < kTerms; ++j) products[i][j] += weight * row[i] * row[j];
    }
  }
  void add(const Gathered& other, double sign) {
    for (std::size_t i = 0; i < kTerms; ++i) {
      targets[i] += sign * other.targets[i];
      for (std::size_t j = 0; j < kTerms; ++j) products[i][j] += sign * other.products[i][j];
    }
  }
};

// The coefficients ≥ 0 with the least sum of squares, by coordinate descent.
Row solve(const Gathered& gathered) {
  constexpr int kMostSweeps = 3000;
  Row scale{}, solution{};
  for (std::size_t i = 0; i < kTerms; ++i) scale[i] = std::sqrt(std::max(0.0, gathered.products[i][i]));
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    double largest_step = 0;
    for (std::size_t i = 0; i < kTerms; ++i) {
      if (scale[i] <= 0) continue;
      double rest = gathered.targets[i] / scale[i];
      for (std::size_t j = 0; j < kTerms; ++j) {
        if (j != i && scale[j] > 0) rest -= gathered.products[i][j] / (scale[i] * scale[j]) * solution[j];
      }
      const double next = std::max(0.0, rest);
      largest_step = std::max(largest_step, std::abs(next - solution[i]));
      solution[i] = next;
    }
    if (largest_step < 1e-9) break;
  }
  for (std::size_t i = 0; i < kTerms; ++i) solution[i] = scale[i] > 0 ? solution[i] / scale[i] : 0;
  return solution;
}

double product(const Row& coefficients, const Row& terms) {
  return std::inner_product(terms.begin(), terms.end(), coefficients.begin(), 0.0);
}

struct TrainingSample {
  std::size_t index = 0;  // among the samples given
  std::string model;
  Row terms;
  double ms = 0;
  double left_out_ms = 0;  // as predicted from the other models; 0: no prediction
};

// The samples of one kind.
class Kind {
 public:
  std::string coarser;  // the kind that this one is part of

  void add(TrainingSample sample, double weight) {
    gathered_[sample.model].add(sample.terms, sample.ms, weight);
    all_.add(sample.terms, sample.ms, weight);
    samples_.push_back(std::move(sample));
  }

  const std::vector<TrainingSample>& samples() const { return samples_; }
  bool is_worth_a_line() const { return samples_.size() >= kFewestSamples; }

  // Least relative errors favour predictions that are too small; the median ratio turns these into medians.
  Row fit_without(const std::optional<std::string>& model) const {
    Gathered others = all_;
    if (model) others.add(gathered_.at(*model), -1);
    Row coefficients = solve(others);
    const double correction = median_ratio(coefficients, model);
    for (double& coefficient : coefficients) coefficient *= correction;
    return coefficients;
  }

  Row fit() const { return fit_without(std::nullopt); }

  void leave_models_out() {
    if (gathered_.size() < 2) return;
    for (const auto& [model, own] : gathered_) {
      const Row coefficients = fit_without(model);
      for (auto& sample : samples_) {
        if (sample.model == model) sample.left_out_ms = product(coefficients, sample.terms);
      }
    }
  }

  std::vector<double> log_ratios() const {
    std::vector<double> ratios;
    for (const auto& sample : samples_) {
      if (sample.left_out_ms > 0) ratios.push_back(std::log(sample.ms / sample.left_out_ms));
    }
    return ratios;
  }

 private:
  double median_ratio(const Row& coefficients, const std::optional<std::string>& without) const {
    std::vector<double> ratios;
    for (const auto& sample : samples_) {
      const double predicted = product(coefficients, sample.terms);
      if (sample.model != without && predicted > 0) ratios.push_back(sample.ms / predicted);
    }
    return ratios.empty() ? 1 : base::median(std::move(ratios));
  }

  std::vector<TrainingSample> samples_;
  std::map<std::string, Gathered> gathered_;  // by model
  Gathered all_;
};

// A further value of the same distribution is below the first of these order statistics, or above the second, with a
// chance of 5 % each: quantiles with the conformal correction. Fewer than 19 values: the whole range; none: a guess.
base::Interval ratio_interval(std::vector<double> log_ratios) {
  if (log_ratios.empty()) return {1 / kGuessedFactor, kGuessedFactor};
  std::ranges::sort(log_ratios);
  const std::size_t count = log_ratios.size();
  const auto below = static_cast<std::size_t>(0.05 * static_cast<double>(count + 1));  // rounded down
  const std::size_t rank = std::max<std::size_t>(below, 1);
  return {std::exp(log_ratios[rank - 1]), std::exp(log_ratios[count - rank])};
}

// The 95 % quantile of Student's t, by its expansion in 1 ÷ degrees (Abramowitz and Stegun, 26.7.5).
double student_95(double degrees) {
  const double x = 1.6448536;
  const double x3 = x * x * x, x5 = x3 * x * x, x7 = x5 * x * x;
  return x + (x3 + x) / (4 * degrees) + (5 * x5 + 16 * x3 + 3 * x) / (96 * degrees * degrees) +
         (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * degrees * degrees * degrees);
}

class Training {
 public:
  Training(const std::vector<KernelSample>& samples, Terms terms) : samples_(samples), terms_(terms) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (samples[i].ms > 0) add(i);
    }
    std::erase_if(kinds, [](const auto& kind) { return !kind.first.empty() && !kind.second.is_worth_a_line(); });
    for (auto& [name, kind] : kinds) kind.leave_models_out();
  }

  // Of a kind; with those of coarser kinds where it has few.
  std::vector<double> log_ratios(const std::string& name) const {
    std::vector<double> ratios = kinds.at(name).log_ratios();
    if (ratios.size() >= kEnoughRatios || name.empty()) return ratios;
    std::string coarser = kinds.at(name).coarser;
    while (!kinds.contains(coarser)) coarser = coarser_.at(coarser);
    const auto more = log_ratios(coarser);
    ratios.insert(ratios.end(), more.begin(), more.end());
    return ratios;
  }

  std::vector<double> whole_log_ratios() const {
    std::map<std::string, std::pair<double, double>> sums;  // measured and predicted, by model
    for (const auto& [name, kind] : kinds) {
      for (const auto& sample : kind.samples()) {
        if (name != finest_kind(samples_[sample.index])) continue;
        sums[sample.model].first += sample.ms;
        sums[sample.model].second += sample.left_out_ms;
      }
    }
    std::vector<double> ratios;
    for (const auto& [model, sum] : sums) {
      if (sum.second > 0) ratios.push_back(std::log(sum.first / sum.second));
    }
    return ratios;
  }

  std::map<std::string, Kind> kinds;  // worth a line

 private:
  void add(std::size_t index) {
    const KernelSample& sample = samples_[index];
    const auto names = kinds_of(sample.features, terms_);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i + 1 < names.size()) coarser_[names[i]] = names[i + 1];
      kinds[names[i]].add({index, sample.model, terms_of(sample.features, terms_, names[i].empty()), sample.ms},
                          weight_of(sample.ms, terms_));
    }
  }

  std::string finest_kind(const KernelSample& sample) const {
    const auto names = kinds_of(sample.features, terms_);
    return *std::ranges::find_if(names, [&](const std::string& name) { return kinds.contains(name); });
  }

  const std::vector<KernelSample>& samples_;
  Terms terms_;
  std::map<std::string, std::string> coarser_;
};

}  // namespace

std::vector<KernelSample> samples_of(const Examination& examination, double total_ms) {
  std::vector<KernelSample> samples;
  double sum = 0;
  for (const auto& kernel : examination.kernels) {
    if (kernel.layers.empty()) continue;
    samples.push_back({examination.identity.model, kernel.features, kernel.median_ms});
    sum += kernel.median_ms;
  }
  for (auto& sample : samples) sample.ms *= sum > 0 ? total_ms / sum : 0;
  return samples;
}

Regression::Regression(const std::vector<KernelSample>& samples, Terms terms) : terms_(terms) {
  const Training training(samples, terms);
  std::set<std::string> models;
  for (const auto& [name, kind] : training.kinds) {
    const Row coefficients = kind.fit();
    const auto ratios = ratio_interval(training.log_ratios(name));
    lines_[name] = {{coefficients.begin(), coefficients.end()}, ratios.low, ratios.high};
    if (!name.empty()) continue;
    for (const auto& sample : kind.samples()) models.insert(sample.model);
    sample_count_ = kind.samples().size();
  }
  if (sample_count_ == 0)
    throw base::Error(base::ErrorKind::NotFound, "no measured kernel to predict from: profile a few models first");
  model_count_ = models.size();
  whole_log_ratios_ = training.whole_log_ratios();
}

Interval90 Regression::predict(const Features& features) const {
  for (const auto& kind : kinds_of(features, terms_)) {
    const auto line = lines_.find(kind);
    if (line == lines_.end()) continue;
    const Row terms = terms_of(features, terms_, kind.empty());
    const double ms = std::inner_product(terms.begin(), terms.end(), line->second.coefficients.begin(), 0.0);
    if (ms > 0) return {ms, ms * line->second.low_ratio, ms * line->second.high_ratio};
  }
  return {};
}

Interval90 Regression::predict_whole(const std::vector<Features>& kernels) const {
  Interval90 whole;
  for (const auto& features : kernels) {
    const Interval90 kernel = predict(features);
    whole.ms += kernel.ms;
    whole.low_ms += kernel.low_ms;
    whole.high_ms += kernel.high_ms;
  }
  if (whole_log_ratios_.size() < kFewestWholes) return whole;
  const auto count = static_cast<double>(whole_log_ratios_.size());
  const double mean = std::accumulate(whole_log_ratios_.begin(), whole_log_ratios_.end(), 0.0) / count;
  double squares = 0;
  for (const double ratio : whole_log_ratios_) squares += (ratio - mean) * (ratio - mean);
  const double margin = student_95(count - 1) * std::sqrt(squares / (count - 1) * (1 + 1 / count));
  return {whole.ms, whole.ms * std::exp(std::min(0.0, mean - margin)),
          whole.ms * std::exp(std::max(0.0, mean + margin))};
}

ModelCosts predict_model(const model::Graph& graph, const Identity& identity, const Regression& regression,
                         double stage_overhead_ms) {
  ModelCosts costs;
  costs.identity = identity;
  costs.is_predicted = true;
  costs.layer_ms.assign(graph.layers.size(), 0);
  const auto expected = expected_kernels(graph);
  costs.ends_kernel = ends_of_kernels(expected, graph.layers.size());
  std::vector<Features> kernels;
  for (const auto& layers : expected) {
    kernels.push_back(features_of(graph, layers));
    costs.layer_ms[layers.front()] += regression.predict(kernels.back()).ms;
  }
  const Interval90 whole = regression.predict_whole(kernels);
  costs.stage_overhead_ms = stage_overhead_ms;
  costs.whole_ms = costs.stage_overhead_ms + whole.ms;
  costs.whole_low_ms = costs.stage_overhead_ms + whole.low_ms;
  costs.whole_high_ms = costs.stage_overhead_ms + whole.high_ms;
  return costs;
}

}  // namespace tandem::cost
