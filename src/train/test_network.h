// For tests of train/: a network that learns within a second, and pictures for it.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/tensor.h"
#include "data/dataset.h"
#include "model/builder.h"

namespace tandem::train {

inline constexpr std::int64_t kSide = 8;
inline constexpr std::int64_t kFilters = 4;
inline constexpr std::int64_t kClasses = 3;
inline constexpr std::int64_t kFeatures = kFilters * kSide * kSide;

inline base::Tensor random_floats(base::Shape shape, double deviation, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, deviation);
  base::Tensor tensor = base::Tensor::allocate({base::ElementType::Float32, std::move(shape)});
  for (float& value : tensor.mutable_values<float>()) value = static_cast<float>(normal(random));
  return tensor;
}

inline void add_exit(model::GraphBuilder& builder, const std::string& input, const std::string& name, unsigned seed) {
  builder.node("Flatten", {input}, {{"axis", 1}}, name + "_flat");
  builder.node("Dropout", {name + "_flat"}, {}, name + "_dropout");
  builder.weight(name + "/kernel", random_floats({kClasses, kFeatures}, 0.05, seed));
  builder.weight(name + "/bias", random_floats({kClasses}, 0.05, seed + 1));
  builder.node("Gemm", {name + "_dropout", name + "/kernel", name + "/bias"}, {{"transB", 1}}, name + "_logits");
  builder.node("Softmax", {name + "_logits"}, {{"axis", 1}}, name);
  builder.output(name, {base::ElementType::Float32, {1, kClasses}});
}

inline std::string conv_relu(model::GraphBuilder& builder, const std::string& input, std::int64_t channels,
                             const std::string& name, unsigned seed, std::int64_t filters = kFilters) {
  builder.weight(name + "/kernel", random_floats({filters, channels, 3, 3}, 0.3, seed));
  builder.weight(name + "/bias", random_floats({filters}, 0.05, seed + 1));
  builder.node("Conv", {input, name + "/kernel", name + "/bias"}, {{"pads", std::vector<std::int64_t>(4, 1)}}, name);
  return builder.node("Relu", {name}, {}, name + "_relu");
}

// Two convolutions, with an exit after each.
inline model::Source network() {
  model::GraphBuilder builder("two_exits");
  builder.input("input", {base::ElementType::Float32, {1, 1, kSide, kSide}});
  const std::string first = conv_relu(builder, "input", 1, "conv1", 10);
  add_exit(builder, first, "early", 20);
  add_exit(builder, conv_relu(builder, first, kFilters, "conv2", 30), "late", 40);
  builder.metadata("tandem.exits", "early,late");
  return model::Source::from_part(builder.finish(), "two_exits");
}

// Four convolutions of 16 filters, and one answer: a softmax or logits. Untrained.
inline model::Source network_without_exits(const std::string& answer = "answer", bool ends_in_softmax = true) {
  constexpr std::int64_t kMany = 16;
  model::GraphBuilder builder("no_exits");
  builder.input("input", {base::ElementType::Float32, {1, 1, kSide, kSide}});
  std::string x = conv_relu(builder, "input", 1, "conv1", 10, kMany);
  for (const std::string number : {"2", "3", "4"}) x = conv_relu(builder, x, kMany, "conv" + number, 20, kMany);
  builder.node("GlobalAveragePool", {x}, {}, "means");
  builder.node("Flatten", {"means"}, {{"axis", 1}}, "flat");
  const std::string logits = ends_in_softmax ? "logits" : answer;
  builder.weight("fc/kernel", random_floats({kClasses, kMany}, 0.2, 30));
  builder.node("Gemm", {"flat", "fc/kernel"}, {{"transB", 1}}, logits);
  if (ends_in_softmax) builder.node("Softmax", {logits}, {{"axis", 1}}, answer);
  builder.output(answer, {base::ElementType::Float32, {1, kClasses}});
  return model::Source::from_part(builder.finish(), "no_exits");
}

// Noise, with one third (left, middle or right) brighter; its number is the label.
inline data::Part pictures(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  data::Part part;
  part.samples =
      base::Tensor::allocate({base::ElementType::UInt8, {static_cast<std::int64_t>(count), 1, kSide, kSide}});
  const auto pixels = part.samples.mutable_values<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) {
    part.labels.push_back(static_cast<std::int64_t>(random() % kClasses));
    for (std::int64_t pixel = 0; pixel < kSide * kSide; ++pixel) {
      const bool is_bright = pixel % kSide * kClasses / kSide == part.labels.back();
      pixels[i * kSide * kSide + static_cast<std::size_t>(pixel)] =
          static_cast<std::uint8_t>(random() % 100 + (is_bright ? 120 : 0));
    }
  }
  return part;
}

}  // namespace tandem::train
