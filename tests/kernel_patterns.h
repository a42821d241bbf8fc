// Small networks of the patterns that engines fuse, for kernel_attribution_test.cpp.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "model/builder.h"

namespace tandem {

// Writes a network layer by layer; weights are random, so that no two layers are equal by chance.
class PatternBuilder {
 public:
  explicit PatternBuilder(std::int64_t channels) : channels(channels) {}

  std::string input(const base::Shape& shape, base::ElementType element = base::ElementType::Float32);
  std::string weight(const base::Shape& shape);
  std::string scalar(float value) { return numbers({}, {value}); }
  std::string numbers(const base::Shape& shape, const std::vector<float>& values);
  std::string integers(const std::vector<std::int64_t>& values);
  std::string op(const std::string& op_type, const std::vector<std::string>& inputs,
                 const std::vector<model::Attribute>& attributes = {});

  // Networks of several layers.
  std::string convolution(const std::string& x, std::int64_t from, std::int64_t to);
  std::string layer_norm(const std::string& x, std::int64_t width);
  std::string quantized(const std::string& x);  // QuantizeLinear, DequantizeLinear

  model::Part finish(const std::string& output);

  const std::int64_t channels;

 private:
  std::string next_name() { return "t" + std::to_string(count_++); }

  model::GraphBuilder builder_{"pattern"};
  std::mt19937 random_{7};
  int count_ = 0;
};

struct Pattern {
  const char* name;
  std::string (*build)(PatternBuilder& net);  // returns its output
  std::int64_t opset = 13;
};

const std::vector<Pattern>& kernel_patterns();

}  // namespace tandem
