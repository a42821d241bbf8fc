// Predicts the time of a kernel on a target from kernels of other models there, for models that were never measured.
// One regression for each kind of kernel (operator type, and for convolutions whether they are pointwise, depthwise or
// neither), over terms that explain time, with coefficients that are not negative and errors counted relative to the
// measured time. Immutable once trained. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cost/costs.h"
#include "model/graph.h"

namespace tandem::cost {

// The terms of a regression.
enum class Terms {
  Tandem,  // multiply-accumulates, bytes in, out and of weights, im2col size
  Edgent,  // as published: convolution: input maps, (kernel ÷ stride)² × filters; pooling and fully connected: input
           // and output size; the rest: input size (Li, Zhou and Chen, "Edge Intelligence: On-Demand Deep Learning
           // Model Co-Inference with Device-Edge Synergy", 2018, Table 1). By absolute errors, which suit them best
  EdgentByKind,  // the same terms, but with our kinds of convolution and relative errors
};

struct Interval90 {
  double ms = 0;
  double low_ms = 0;  // 90 % interval, for models outside the training data
  double high_ms = 0;
};

// A measured kernel. The profiler's own overhead is taken off its time, so that a model's kernels add up to the model.
struct KernelSample {
  std::string model;  // intervals come from leaving one model out at a time
  Features features;
  double ms = 0;
};

// An examination's kernels that belong to layers, with times that add up to `total_ms`: the model's time without
// instruments.
std::vector<KernelSample> samples_of(const Examination& examination, double total_ms);

class Regression {
 public:
  // Samples with a time of 0 are left out. Throws Error(NotFound) when nothing is left to train on.
  explicit Regression(const std::vector<KernelSample>& samples, Terms terms = Terms::Tandem);

  // The expected median. A kind with few samples or none is predicted from all kernels of its operator, or, where these
  // are few, too, from all kernels together. The interval shows it: 5 % and 95 % quantiles of measured ÷ predicted over
  // the kernels of models that were left out of training, one at a time. With one model, a factor of 4 either way: a
  // guess.
  Interval90 predict(const Features& features) const;

  // All kernels of a model. Their errors partly cancel, so the interval comes from the errors of whole models that were
  // left out: Student's t on the logarithm of measured ÷ predicted. With fewer than four models, all kernels are
  // assumed to err by the same factor.
  Interval90 predict_whole(const std::vector<Features>& kernels) const;

  std::size_t sample_count() const { return sample_count_; }
  std::size_t model_count() const { return model_count_; }

 private:
  struct Line {  // of one kind
    std::vector<double> coefficients;
    double low_ratio = 1;  // of measured ÷ predicted
    double high_ratio = 1;
  };

  Terms terms_;
  std::map<std::string, Line> lines_;  // by kind
  std::vector<double> whole_log_ratios_;
  std::size_t sample_count_ = 0;
  std::size_t model_count_ = 0;
};

// The whole model by the regression of the target: layer_ms, ends_kernel, whole_ms with its 90 % interval.
// `stage_overhead_ms`: the overhead of a stage there, known from other models.
ModelCosts predict_model(const model::Graph& graph, const Identity& identity, const Regression& regression,
                         double stage_overhead_ms);

}  // namespace tandem::cost
