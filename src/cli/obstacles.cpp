#include "cli/obstacles.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vector>

#include "base/figures.h"
#include "base/printable.h"
#include "model/cuts.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kMostLines = 10;

// Neighbouring places with the same reason.
struct Run {
  std::size_t first = 0;  // layers before the place
  std::size_t last = 0;   // included
  std::vector<model::TensorId> tensors;
};

std::vector<Run> runs_of(const std::vector<model::Obstacle>& obstacles) {
  std::vector<Run> runs;
  for (const auto& [position, tensors] : obstacles) {
    if (runs.empty() || runs.back().last + 1 != position || runs.back().tensors != tensors)
      runs.push_back({position, position, tensors});
    runs.back().last = position;
  }
  return runs;
}

std::string reason_of(const model::Graph& graph, const Run& run) {
  if (run.tensors.empty()) return fmt::format("more than {} tensors cross it", model::kMostTensorsInACut);
  std::vector<std::string> names;
  for (const auto id : run.tensors)
    names.push_back(
        fmt::format("'{}' ({})", base::printable(graph.tensors[id].name), base::to_string(graph.tensors[id].type)));
  return fmt::format("{} no size before a run: {}", names.size() == 1 ? "a tensor has" : "tensors have",
                     fmt::join(names, ", "));
}

std::string text_of(const model::Graph& graph, const Run& run) {
  const bool is_one = run.first == run.last;
  const std::string places =
      is_one ? fmt::format("layer {}", run.first) : fmt::format("layers {} to {}", run.first, run.last);
  return fmt::format("no cut before {}: {}\n", places, reason_of(graph, run));
}

}  // namespace

std::string text_of_obstacles(const model::Graph& graph) {
  const auto runs = runs_of(model::find_obstacles(graph));
  std::string text;
  std::size_t rest = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i < kMostLines)
      text += text_of(graph, runs[i]);
    else
      rest += runs[i].last - runs[i].first + 1;
  }
  return rest == 0 ? text : text + fmt::format("no cut at {}\n", base::counted(rest, "more place"));
}

base::Json json_of_obstacles(const model::Graph& graph) {
  base::Json list = base::Json::array();
  for (const auto& [position, tensors] : model::find_obstacles(graph)) {
    base::Json names = base::Json::array();
    for (const auto id : tensors) names.push_back(graph.tensors[id].name);
    list.push_back({{"position", position}, {"tensors", names}});
  }
  return list;
}

}  // namespace tandem::cli
