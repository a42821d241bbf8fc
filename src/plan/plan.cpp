#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>

namespace tandem::plan {
namespace {

constexpr double kUnreachable = std::numeric_limits<double>::infinity();

const ProblemLink* find_link(const Problem& problem, std::size_t from, std::size_t to) {
  const auto link =
      std::ranges::find_if(problem.links, [&](const ProblemLink& each) { return each.from == from && each.to == to; });
  return link == problem.links.end() ? nullptr : &*link;
}

double compute_ms(const ProblemTarget& target, std::size_t first_block, std::size_t last_block) {
  if (first_block == last_block) return 0;
  double sum = target.stage_overhead_ms;
  for (std::size_t block = first_block; block < last_block; ++block) sum += target.block_ms[block];
  return sum;
}

}  // namespace

double exchange_ms(const Problem& problem, const ProblemLink& link, std::size_t cut) {
  return link.round_trip_ms + cost::transfer_ms(problem.cut_bytes[cut], link.upload_mbps) +
         cost::transfer_ms(problem.answer_bytes, link.download_mbps);
}

bool Plan::is_native() const {
  return std::ranges::count_if(stages, [](const Stage& stage) { return stage.runs_layers(); }) == 1;
}

std::string Plan::summary() const {
  std::string text;
  for (const auto& stage : stages) {
    if (!stage.runs_layers()) continue;
    if (!text.empty()) text += " → ";
    text += is_native() ? fmt::format("all on {}", stage.target)
                        : fmt::format("{} {}–{}", stage.target, stage.first, stage.last - 1);
  }
  return text;
}

Plan price(const Problem& problem, const std::vector<std::size_t>& targets, const std::vector<std::size_t>& ends) {
  assert(targets.size() == ends.size() && !targets.empty() && ends.back() == problem.block_count());
  Plan plan;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Stage stage;
    stage.target = problem.targets[targets[i]].name;
    stage.first = problem.cut_position[begin];
    stage.last = problem.cut_position[ends[i]];
    stage.compute_ms = compute_ms(problem.targets[targets[i]], begin, ends[i]);
    if (i + 1 < targets.size()) {
      const ProblemLink* link = find_link(problem, targets[i], targets[i + 1]);
      assert(link != nullptr);
      stage.sent_bytes = problem.cut_bytes[ends[i]];
      stage.exchange_ms = exchange_ms(problem, *link, ends[i]);
    }
    plan.latency_ms += stage.compute_ms + stage.exchange_ms;
    plan.stages.push_back(std::move(stage));
    begin = ends[i];
  }
  return plan;
}

std::vector<Plan> native_plans(const Problem& problem) {
  // The cheapest way of the input to each target. Links lead to later tiers, so origins in tier order are final.
  std::vector<double> cost_ms(problem.targets.size(), kUnreachable);
  std::vector<std::vector<std::size_t>> ways(problem.targets.size());
  cost_ms[0] = 0;
  ways[0] = {0};
  std::vector<ProblemLink> links = problem.links;
  std::ranges::stable_sort(links, {}, [&](const ProblemLink& link) { return problem.targets[link.from].tier; });
  for (const auto& link : links) {
    const double cost = cost_ms[link.from] + exchange_ms(problem, link, 0);
    if (cost >= cost_ms[link.to]) continue;
    cost_ms[link.to] = cost;
    ways[link.to] = ways[link.from];
    ways[link.to].push_back(link.to);
  }
  std::vector<Plan> plans;
  for (const auto& way : ways) {
    if (way.empty()) continue;
    std::vector<std::size_t> ends(way.size(), 0);
    ends.back() = problem.block_count();
    plans.push_back(price(problem, way, ends));
  }
  return plans;
}

base::Json to_json(const Plan& plan) {
  base::Json stages = base::Json::array();
  for (const auto& stage : plan.stages) {
    base::Json json = {{"target", stage.target}};
    if (stage.runs_layers()) {
      json["first_layer"] = stage.first;
      json["last_layer"] = stage.last - 1;
    } else {
      json["first_layer"] = nullptr;
      json["last_layer"] = nullptr;
    }
    json["compute_ms"] = stage.compute_ms;
    json["sent_bytes"] = stage.sent_bytes;
    json["exchange_ms"] = stage.exchange_ms;
    stages.push_back(std::move(json));
  }
  return {{"cost", plan.latency_ms},
          {"unit", "ms"},
          {"summary", plan.summary()},
          {"is_native", plan.is_native()},
          {"stages", stages}};
}

Plan plan_from_json(const base::Json& json, const std::string& source, std::size_t layer_count) {
  const base::JsonView root(json, source);
  Plan plan;
  plan.latency_ms = root["cost"].number(0, 1e12);
  std::size_t next = 0;
  for (const auto& view : root["stages"].items(64)) {
    Stage stage;
    stage.target = view["target"].string(100);
    stage.first = stage.last = next;
    if (const auto first = view.find("first_layer")) {
      stage.first = static_cast<std::size_t>(first->integer(0, static_cast<std::int64_t>(layer_count) - 1));
      if (stage.first != next) first->fail(fmt::format("layer {}, where the stage before ends", next));
      const auto last =
          view["last_layer"].integer(static_cast<std::int64_t>(next), static_cast<std::int64_t>(layer_count) - 1);
      stage.last = static_cast<std::size_t>(last) + 1;
    }
    stage.compute_ms = view["compute_ms"].number(0, 1e12);
    stage.sent_bytes = view["sent_bytes"].number(0, 1e15);
    stage.exchange_ms = view["exchange_ms"].number(0, 1e12);
    next = stage.last;
    plan.stages.push_back(std::move(stage));
  }
  if (plan.stages.empty() || next != layer_count) {
    root["stages"].fail(fmt::format("stages that cover layers 0 to {}", layer_count - 1));
  }
  return plan;
}

}  // namespace tandem::plan
