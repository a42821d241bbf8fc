// The layers of the zoo's networks. Each method adds one layer, named as in Keras, with seeded weights, and tracks the
// shape and the statistics of its output. Private to zoo/.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "model/builder.h"
#include "zoo/random.h"
#include "zoo/sample.h"

namespace tandem::zoo {

// A tensor of the network: [1, channels, size, size], float32, or [1, channels] once flattened (size 1).
struct Signal {
  std::string tensor;
  std::int64_t channels = 0;
  std::int64_t size = 0;
  Sample sample;                       // typical elements
  bool odd_means_are_negated = false;  // channels 1, 3, … have the sample's mean negated
};

// Rows and columns added on each side; kSame as in TensorFlow, where an odd one goes to the end.
inline constexpr std::int64_t kSame = -1;
inline constexpr std::int64_t kValid = 0;

struct Window {
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t stride = 1;
  std::int64_t padding = kSame;
};
constexpr Window square(std::int64_t side, std::int64_t stride = 1, std::int64_t padding = kSame) {
  return {side, side, stride, padding};
}

// The deviation of a residual branch's output, relative to the trunk's. Trained networks have small branches too; at 1,
// rounding errors would double with every few blocks and be visible after a hundred.
inline constexpr double kResidualGain = 0.3;

struct Convolution {
  std::int64_t filters = 0;
  Window window;
  std::int64_t groups = 1;
  bool has_bias = false;
  // For one filter per channel before a batch norm: negates every second filter. Otherwise, an input whose mean is not
  // quite as expected shifts all channels to one side, and ReLUs silence layer after layer.
  bool negates_odd_filters = false;
  double gain = 1;  // deviation of the output
};

struct Normalization {
  double epsilon = 1e-3;  // Keras' default
  bool has_scale = true;  // otherwise a constant of ones
  double gain = 1;        // deviation of the output; other than 1 requires has_scale
};

class Network {
 public:
  Network(const std::string& name, std::uint64_t seed, std::int64_t classes);

  Signal input(std::int64_t channels, std::int64_t size);
  Signal byte_input(std::int64_t channels, std::int64_t size);  // uint8; the network itself scales it to [-1, 1]

  // Weights have variance 1 / (inputs of a filter × E[x²]), so that the output has variance 1: He et al., "Delving Deep
  // into Rectifiers" (2015), equation 7, with the tracked E[x²] in place of half the variance before the ReLU. For
  // filters that sum to zero (all but those of the first layer and of single channels), x's variance in place of E[x²].
  Signal conv(const std::string& name, const Signal& input, const Convolution& convolution);
  Signal dense(const std::string& name, const Signal& input, std::int64_t units);  // of a flat signal
  Signal batch_norm(const std::string& name, const Signal& input, const Normalization& normalization);

  Signal relu(const std::string& name, const Signal& input);
  Signal relu6(const std::string& name, const Signal& input);
  Signal tanh(const std::string& name, const Signal& input);
  Signal dropout(const std::string& name, const Signal& input);  // the identity in inference
  // Local response normalisation over `size` channels (Krizhevsky et al. 2012, section 3.3, with k = 1).
  Signal response_norm(const std::string& name, const Signal& input, std::int64_t size, float alpha);

  Signal max_pool(const std::string& name, const Signal& input, const Window& window);
  Signal average_pool(const std::string& name, const Signal& input, const Window& window);  // without the padding
  Signal global_average_pool(const std::string& name, const Signal& input);                 // flat
  Signal flatten(const std::string& name, const Signal& input);

  Signal add(const std::string& name, const Signal& left, const Signal& right);
  Signal scale(const std::string& name, const Signal& input, float factor);
  Signal concat(const std::string& name, const std::vector<Signal>& inputs);
  Signal shift(const std::string& name, const Signal& input);  // up and left by one, filling with zeros

  // The answer: a fully connected layer and a softmax over the classes, as the output `name`.
  void classify(const std::string& name, const Signal& features);
  void metadata(const std::string& key, const std::string& value) { builder_.metadata(key, value); }

  model::Part finish() { return builder_.finish(); }

 private:
  Signal activation(const std::string& op_type, const std::string& name, const Signal& input, const Sample& sample);
  Signal fully_connected(const std::string& name, const Signal& input, std::int64_t units, double deviation);
  Signal pool(const std::string& op_type, const std::string& name, const Signal& input, const Window& window);
  Sample made(double mean, double variance, const std::string& name) const;
  std::string filters(const std::string& name, base::Shape shape, double deviation, std::optional<FilterSum> sum);
  std::string vector(const std::string& name, double center, double spread, std::int64_t count);
  std::string means(const std::string& name, const Signal& input);  // of a batch norm
  // A constant that several layers share; made at its first use.
  std::string shared_constant(const std::string& name, const base::Tensor& tensor);
  std::string ones(std::int64_t count);
  std::string scalar(const std::string& name, float value);
  std::string integers(const std::string& name, std::initializer_list<std::int64_t> values);

  model::GraphBuilder builder_;
  std::uint64_t seed_;
  std::int64_t classes_;
  std::vector<std::string> shared_constants_;
};

}  // namespace tandem::zoo
