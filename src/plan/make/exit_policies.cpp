#include "plan/make/exit_policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "plan/problem/policies.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kPoliciesByTime = 24;
constexpr std::size_t kPoliciesByExit = 8;

// By layer, whether `last` depends on it (or is it).
std::vector<bool> leads_to(const model::Graph& graph, std::size_t last) {
  std::vector<bool> leads(graph.layers.size(), false);
  leads[last] = true;
  for (std::size_t layer = last + 1; layer-- > 0;) {
    if (!leads[layer]) continue;
    for (const model::TensorId id : graph.layers[layer].inputs) {
      if (graph.tensors[id].producer != model::kNoLayer) leads[graph.tensors[id].producer] = true;
    }
  }
  return leads;
}

// Costs that count only the requests that go past `exit`.
exits::ExitCosts cost_of_going_further(std::size_t exit, std::size_t exit_count) {
  exits::ExitCosts costs{std::vector<double>(exit_count, 0), std::vector<double>(exit_count, 0)};
  std::fill(costs.trunk_cost.begin() + static_cast<std::ptrdiff_t>(exit) + 1, costs.trunk_cost.end(), 1);
  return costs;
}

bool is_same(const Policy& left, const Policy& right) {
  const auto stop = [](const ExitShare& exit) { return std::pair(exit.exit, exit.threshold); };
  return std::ranges::equal(left.exits, right.exits, {}, stop, stop);
}

}  // namespace

std::vector<std::size_t> layers_of_exits(const model::Graph& graph, const std::vector<std::string>& exits) {
  std::vector<std::size_t> layers;
  for (const auto& exit : exits) {
    const auto tensor = std::ranges::find(graph.tensors, exit, &model::TensorInfo::name);
    if (tensor == graph.tensors.end() || !tensor->is_answer || tensor->producer == model::kNoLayer)
      throw base::Error(base::ErrorKind::InvalidInput,
                        fmt::format("exit '{}': expected an output that a layer makes", exit));
    layers.push_back(tensor->producer);
  }
  return layers;
}

exits::ExitCosts exit_costs(const model::Graph& graph, const std::vector<std::string>& exits,
                            const std::vector<double>& layer_cost) {
  const auto layers = layers_of_exits(graph, exits);
  if (layers.empty()) return {};
  const auto is_trunk = leads_to(graph, layers.back());
  exits::ExitCosts costs;
  for (const std::size_t last : layers) {
    const auto is_needed = leads_to(graph, last);
    double trunk = 0;
    double head = 0;
    for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) {
      if (is_needed[layer]) (is_trunk[layer] ? trunk : head) += layer_cost[layer];
    }
    costs.trunk_cost.push_back(trunk);
    costs.head_cost.push_back(head);
  }
  return costs;
}

exits::ExitCosts exit_costs(const model::Graph& graph, const std::vector<std::string>& exits) {
  std::vector<double> work;
  for (const auto& layer : graph.layers) work.push_back(static_cast<double>(layer.multiply_accumulates));
  return exit_costs(graph, exits, work);
}

void add_policies(Problem& problem, const exits::ExitCosts& costs, const exits::ExitStatistics& calibration,
                  exits::Confidence confidence) {
  const exits::Samples statistics = exits::samples_of(calibration, confidence);
  const std::size_t exit_count = problem.exits.size();
  problem.confidence = exits::name_of(confidence);
  for (std::size_t exit = 0; exit < exit_count; ++exit) {
    problem.exits[exit].temperature = calibration.exits.at(exit).temperature;
    problem.policies.push_back(fixed_exit(problem, statistics, exit));
  }
  auto found = exits::front(statistics, costs, kPoliciesByTime);
  for (std::size_t exit = 0; exit + 1 < exit_count; ++exit) {
    const auto more = exits::front(statistics, cost_of_going_further(exit, exit_count), kPoliciesByExit);
    found.insert(found.end(), more.begin(), more.end());
  }
  for (const auto& policy : found) {
    if (policy.exits.size() < 2) continue;
    Policy made = replay(problem, statistics, policy.exits, policy.thresholds);
    if (std::ranges::none_of(problem.policies, [&](const Policy& known) { return is_same(known, made); }))
      problem.policies.push_back(std::move(made));
  }
}

}  // namespace tandem::plan
