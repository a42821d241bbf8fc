#include "engine/onnxruntime/kernel_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "base/statistics.h"
#include "model/part.h"

namespace tandem::engine {
namespace {

constexpr std::size_t kLargestFileBytes = std::size_t{1} << 30;
constexpr std::string_view kKernelSuffix = "_kernel_time";

// The engine writes names as they are, control characters included, which JSON does not allow.
std::string without_controls(std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  std::ranges::replace_if(text, is_control, ' ');
  return text;
}

// One complete event for each kernel and run, durations in microseconds.
std::vector<KernelTime> read_trace(const std::string& path) {
  const base::Json trace = base::parse_json(without_controls(base::read_file(path, kLargestFileBytes)), path);
  std::vector<KernelTime> kernels;
  std::vector<std::vector<double>> samples;
  std::map<std::string, std::size_t> indices;
  for (const auto& event : base::JsonView(trace, path).items()) {
    const auto category = event.find("cat");
    const auto name_view = event.find("name");
    if (!category || !name_view || category->string() != "Node") continue;
    std::string name = name_view->string(1 << 16);
    if (!name.ends_with(kKernelSuffix)) continue;
    name.resize(name.size() - kKernelSuffix.size());
    const auto [entry, is_new] = indices.emplace(name, kernels.size());
    if (is_new) {
      kernels.push_back({name, event["args"]["op_name"].string(), {}, {}, {}});
      samples.emplace_back();
    }
    samples[entry->second].push_back(event["dur"].number() / 1000);
  }
  for (std::size_t i = 0; i < kernels.size(); ++i) kernels[i].time = base::Milliseconds(base::median(samples[i]));
  return kernels;
}

// The nodes of a graph by the names that a trace gives them. Those that the engine takes from the body of a function
// have none; the trace calls them "Mul_12", and they come in the same order.
class Nodes {
 public:
  explicit Nodes(std::vector<model::NodeLinks> nodes) : nodes_(std::move(nodes)) {
    for (auto& node : nodes_) {
      if (node.name.empty()) {
        nameless_[node.op_type].push_back(&node);
      } else {
        by_name_[without_controls(node.name)] = &node;
      }
    }
  }

  // Null for a kernel inside of control flow.
  model::NodeLinks* take(const KernelTime& kernel) {
    if (const auto node = by_name_.find(kernel.name); node != by_name_.end()) return node->second;
    auto& waiting = nameless_[kernel.op_type];
    if (waiting.empty() || !kernel.name.starts_with(kernel.op_type + "_")) return nullptr;
    auto* const first = waiting.front();
    waiting.pop_front();
    return first;
  }

 private:
  std::vector<model::NodeLinks> nodes_;
  std::unordered_map<std::string, model::NodeLinks*> by_name_;
  std::unordered_map<std::string, std::deque<model::NodeLinks*>> nameless_;  // by operator
};

std::vector<KernelTime> linked(std::vector<KernelTime> kernels, std::vector<model::NodeLinks> links) {
  Nodes nodes(std::move(links));
  std::vector<KernelTime> found;
  for (auto& kernel : kernels) {
    auto* const node = nodes.take(kernel);
    if (node == nullptr) continue;
    kernel.inputs = std::move(node->reads);
    kernel.outputs = std::move(node->writes);
    found.push_back(std::move(kernel));
  }
  return found;
}

}  // namespace

KernelReport::KernelReport() {
  std::filesystem::create_symlink("/dev/null", folder_.path() / kWeights);
}

std::vector<KernelTime> KernelReport::read(const std::string& trace_path) const {
  auto kernels = read_trace(trace_path);
  if (!std::filesystem::exists(graph_path())) return kernels;
  return linked(std::move(kernels), model::links_of(base::read_file(graph_path(), kLargestFileBytes)));
}

}  // namespace tandem::engine
