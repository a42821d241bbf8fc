#include "model/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/error.h"
#include "model/operator_rules.h"

namespace tandem::model {
namespace {

using base::Error;
using base::ErrorKind;

struct Bounds {
  std::int64_t least;
  std::int64_t most;
};

// Far beyond what any network has, and small enough that products of two stay exact.
constexpr std::int64_t kMostDimensions = 1000;
constexpr std::int64_t kLargest = std::int64_t{1} << 24;
constexpr Bounds kAxis{-kMostDimensions, kMostDimensions - 1};
constexpr Bounds kPositive{1, kLargest};
constexpr Bounds kCount{0, kLargest};
// Of windows: what they make grows with these, and the square of it.
constexpr std::int64_t kFarthest = 1 << 16;

// By the attribute's name, which means the same in all operators of ONNX and of ONNX Runtime that have it but those
// with an entry of their own.
const std::map<std::string, Bounds>& bounds_by_name() {
  static const std::map<std::string, Bounds> bounds = {
      {"Pad.pads", {-kLargest, kLargest}},
      {"axes", kAxis},
      {"axis", kAxis},
      {"batch_axis", kAxis},
      {"batch_dims", {0, kMostDimensions - 1}},
      {"block_shape", kPositive},
      {"blocksize", kPositive},
      {"dilations", {1, kFarthest}},
      {"group", kPositive},
      {"hidden_size", kPositive},
      {"kernel_shape", kPositive},
      {"max_gram_length", {1, kMostDimensions}},
      {"max_skip_count", {0, kMostDimensions}},
      {"min_gram_length", {1, kMostDimensions}},
      {"num_groups", kPositive},
      {"num_heads", kPositive},
      {"num_outputs", kPositive},
      {"output_height", kPositive},
      {"output_padding", {0, kFarthest}},
      {"output_width", kPositive},
      {"pads", {-kFarthest, kFarthest}},
      {"perm", {0, kMostDimensions - 1}},
      {"sampling_ratio", kCount},
      {"seq_axis", kAxis},
      {"size", kPositive},
      {"stash_type", kCount},
      {"strides", kPositive},
      {"time_axis", kAxis},
  };
  return bounds;
}

bool is_of_the_engine(const std::string& domain) {
  return domain.empty() || domain == "ai.onnx" || domain == "com.microsoft";
}

class AttributeCheck {
 public:
  explicit AttributeCheck(const std::string& source) : source_(source) {}

  void check(const onnx::GraphProto& graph) {
    known_.add(graph);
    for (const auto& node : graph.node()) check(node);
  }
  void check(const onnx::NodeProto& node) {
    for (const auto& attribute : node.attribute()) {
      if (is_of_the_engine(node.domain())) check(node, attribute);
      if (attribute.has_g()) check(attribute.g());
      for (const auto& graph : attribute.graphs()) check(graph);
    }
    if (!is_of_the_engine(node.domain())) return;
    const std::string broken = broken_rule(node, known_);
    if (!broken.empty()) refuse(node, broken);
  }

 private:
  void check(const onnx::NodeProto& node, const onnx::AttributeProto& attribute) const {
    auto bounds = bounds_by_name().find(node.op_type() + "." + attribute.name());
    if (bounds == bounds_by_name().end()) bounds = bounds_by_name().find(attribute.name());
    if (bounds == bounds_by_name().end()) return;
    if (attribute.type() == onnx::AttributeProto::INT) check(node, attribute.name(), attribute.i(), bounds->second);
    for (const std::int64_t value : attribute.ints()) check(node, attribute.name(), value, bounds->second);
  }
  void check(const onnx::NodeProto& node, const std::string& attribute, std::int64_t value,
             const Bounds& bounds) const {
    if (value >= bounds.least && value <= bounds.most) return;
    refuse(node, fmt::format("{} is {}, expected {} to {}", attribute, value, bounds.least, bounds.most));
  }
  [[noreturn]] void refuse(const onnx::NodeProto& node, const std::string& why) const {
    const std::string& name = node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: {} '{}': {}", source_, node.op_type(), name.substr(0, 100), why));
  }

  const std::string& source_;
  KnownTensors known_;
};

}  // namespace

void check_attributes(const onnx::ModelProto& proto, const std::string& source) {
  AttributeCheck check(source);
  check.check(proto.graph());
  for (const auto& function : proto.functions()) {
    for (const auto& node : function.node()) check.check(node);
  }
}

}  // namespace tandem::model
