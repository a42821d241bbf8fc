#include "plan/problem.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/cuts.h"

namespace tandem::plan {
namespace {

using base::Error;
using base::ErrorKind;

void check(const cost::ModelCosts& costs, const model::Graph& graph) {
  if (costs.layer_ms.size() == graph.layers.size()) return;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("the profile on '{}' has {} layers, the model has {}: profile the model again", costs.target,
                          costs.layer_ms.size(), graph.layers.size()));
}

bool ends_kernel_everywhere(const std::vector<cost::ModelCosts>& models, std::size_t position) {
  return std::ranges::all_of(models, [&](const cost::ModelCosts& costs) { return costs.ends_kernel[position - 1]; });
}

void add_cut(Problem& problem, std::size_t position, std::size_t bytes) {
  problem.cut_position.push_back(position);
  problem.cut_bytes.push_back(static_cast<double>(bytes));
}

void add_cuts(Problem& problem, const model::Graph& graph, const std::vector<cost::ModelCosts>& models) {
  add_cut(problem, 0, model::cut_at(graph, 0).size_bytes);
  for (const auto& cut : model::find_cuts(graph)) {
    if (ends_kernel_everywhere(models, cut.position)) add_cut(problem, cut.position, cut.size_bytes);
  }
  add_cut(problem, graph.layers.size(), 0);
}

ProblemTarget make_target(const Problem& problem, const cost::Target& target, const cost::ModelCosts& costs) {
  ProblemTarget made{target.name, target.tier, costs.stage_overhead_ms, {}};
  for (std::size_t block = 0; block < problem.block_count(); ++block) {
    double sum = 0;
    for (std::size_t layer = problem.cut_position[block]; layer < problem.cut_position[block + 1]; ++layer)
      sum += costs.layer_ms[layer];
    made.block_ms.push_back(sum);
  }
  return made;
}

void add_link(Problem& problem, const cost::LinkCosts& link) {
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(problem.targets, name, &ProblemTarget::name) -
                                    problem.targets.begin());
  };
  const std::size_t from = index_of(link.from);
  const std::size_t to = index_of(link.to);
  if (from >= problem.targets.size() || to >= problem.targets.size()) return;
  problem.links.push_back({from, to, link.round_trip_ms, link.upload_mbps, link.download_mbps});
}

}  // namespace

Problem make_problem(const model::Graph& graph, const cost::Fleet& fleet, const std::vector<cost::ModelCosts>& models,
                     const std::vector<cost::LinkCosts>& links) {
  for (const auto& costs : models) check(costs, graph);
  Problem problem;
  add_cuts(problem, graph, models);
  for (const model::TensorId id : graph.answers)
    problem.answer_bytes += static_cast<double>(graph.tensors[id].size_bytes);
  for (const auto& target : fleet.targets) {
    const auto costs = std::ranges::find(models, target.name, &cost::ModelCosts::target);
    if (costs != models.end()) problem.targets.push_back(make_target(problem, target, *costs));
  }
  if (problem.targets.empty() || problem.targets[0].name != fleet.targets[0].name) {
    throw Error(ErrorKind::NotFound,
                fmt::format("no profile of this model on '{}', where requests come from: run tandem profile first",
                            fleet.targets[0].name));
  }
  for (const auto& link : links) add_link(problem, link);
  return problem;
}

}  // namespace tandem::plan
