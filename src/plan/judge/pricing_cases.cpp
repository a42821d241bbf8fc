#include "plan/judge/pricing_cases.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"
#include "plan/judge/random_cluster.h"
#include "plan/judge/random_problem.h"

namespace tandem::plan {
namespace {

using base::Json;

double real(std::mt19937& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

// Numbers of one kind, around one magnitude. Zeros stay zero.
class Magnitude {
 public:
  explicit Magnitude(std::mt19937& random) : random_(random), exponent_(real(random, -6, 9)) {}

  void draw(double& number) {
    if (number != 0 && number != kUnlimited)
      number = std::clamp(std::pow(10, exponent_ + real(random_, -2, 2)), 1e-6, 1e9);
  }
  void draw(std::vector<double>& numbers) {
    for (double& number : numbers) draw(number);
  }

 private:
  std::mt19937& random_;
  double exponent_;
};

void draw_targets(Problem& problem, std::mt19937& random) {
  Magnitude times(random), overheads(random), memory(random), watts(random), loads(random);
  for (Target& target : problem.targets) {
    times.draw(target.block_ms);
    overheads.draw(target.stage_overhead_ms);
    overheads.draw(target.exit_ms);
    memory.draw(target.memory_limit_bytes);
    for (double* each : {&target.compute_watts, &target.send_watts, &target.receive_watts}) watts.draw(*each);
    if (target.load != 1) loads.draw(target.load);
  }
  for (Block& block : problem.blocks) memory.draw(block.memory_bytes);
  Magnitude prices(random);
  for (Target& target : problem.targets) {
    if (random() % 2 == 0) prices.draw(target.price_per_hour = 1);
  }
  for (Link& link : problem.links) {
    if (random() % 2 == 0) prices.draw(link.price_per_gb = 1);
  }
}

void draw_tensors(Problem& problem, std::mt19937& random) {
  Magnitude bytes(random), coding(random);
  for (Tensor& tensor : problem.tensors) {
    for (Encoding& encoding : tensor.encodings) {
      bytes.draw(encoding.bytes);
      coding.draw(encoding.encode_ms);
      coding.draw(encoding.decode_ms);
    }
  }
  for (double* each : {&problem.answer_bytes, &problem.header_bytes, &problem.exit_header_bytes}) bytes.draw(*each);
}

void draw_links(Problem& problem, std::mt19937& random) {
  Magnitude round_trips(random), bandwidths(random);
  for (Link& link : problem.links) {
    round_trips.draw(link.round_trip_ms);
    bandwidths.draw(link.upload_mbps);
    bandwidths.draw(link.download_mbps);
  }
}

void draw_weights(Problem& problem, std::mt19937& random) {
  Objective& objective = problem.objective;
  for (double* each :
       {&objective.latency_weight, &objective.upload_weight, &objective.energy_weight, &objective.error_weight})
    Magnitude(random).draw(*each);
}

// Limits are kept within a relative 1e-9.
void draw_limits(Problem& problem, const Plan& plan, std::mt19937& random) {
  constexpr double kFactors[] = {1, 1 - 0.5e-9, 1 - 2e-9, 1 + 0.5e-9};
  for (Constraint& constraint : problem.constraints) {
    constraint.text.clear();
    if (constraint.kind != ConstraintKind::AtMost) continue;
    const double factor = random() % 2 == 0 ? kFactors[random() % 4] : real(random, 0.5, 1.5);
    constraint.limit = measure(problem, plan, constraint) * factor;
    if (constraint.is_share) constraint.limit = std::min(constraint.limit, 1.0);
    if (constraint.metric == Metric::Error) constraint.limit = std::min(constraint.limit, 100.0);
  }
}

// Some targets get replicas, and some stages of the decision segments, where their blocks are neighbours.
void add_segments(Problem& problem, const Decision& decision, std::mt19937& random) {
  Magnitude times(random);
  for (std::size_t stage = 0; stage < decision.route.size(); ++stage) {
    Target& target = problem.targets[decision.route[stage]];
    if (random() % 3 == 0) target.replicas = 2 + random() % 4;
    const auto runs_here = [&](std::size_t at) { return at == stage; };
    const auto first = std::ranges::find_if(decision.position, runs_here) - decision.position.begin();
    const auto count = std::ranges::count_if(decision.position, runs_here);
    const bool are_neighbours = count > 0 && std::all_of(decision.position.begin() + first,
                                                         decision.position.begin() + first + count, runs_here);
    if (!are_neighbours || random() % 2 == 0) continue;
    target.segments.push_back({static_cast<std::size_t>(first), static_cast<std::size_t>(first + count), 1});
    times.draw(target.segments.back().ms);
  }
}

template <class Items, class Name>
std::size_t index_of(const Items& items, const std::string& wanted, const Name& name) {
  const auto found = std::ranges::find(items, wanted, name);
  if (found == items.end()) throw base::Error(base::ErrorKind::InvalidInput, "decision: nothing is named " + wanted);
  return static_cast<std::size_t>(found - items.begin());
}

Json& offload_to(const std::string& target, Json& step) {
  Json& offloads = step["offloads"];
  for (Json& each : offloads) {
    if (each["target"] == target) return each;
  }
  offloads.push_back({{"target", target}});
  return offloads.back();
}

// The object whose blocks this one is among: a stage, a step or an offload.
Json& place_of(const Problem& problem, const Decision& decision, std::size_t block, Json& json) {
  Json& stage = json["stages"][decision.position[block]];
  if (!decision.is_parallel()) return stage;
  Json& step = stage["steps"][decision.step[block]];
  const std::size_t beside = decision.beside[block];
  return beside == kNone ? step : offload_to(problem.targets[beside].name, step);
}

template <class Visit>
void read_sends(const Problem& problem, const Json& sender, const Visit& visit) {
  for (const Json& sent : sender.value("sends", Json::array()))
    visit(index_of(problem.tensors, sent.at("tensor"), &Tensor::name), sent.at("encoding").get<std::size_t>(),
          sent.value("past", std::size_t{0}));
}

// The blocks of a stage or of one of its steps, and its offloads.
void read_step(const Problem& problem, const Json& json, std::size_t stage, std::size_t step, Decision& decision) {
  const auto place = [&](const Json& blocks, std::size_t beside) {
    for (const Json& name : blocks) {
      const std::size_t block = index_of(problem.blocks, name, &Block::name);
      decision.position[block] = stage;
      if (!decision.is_parallel()) continue;
      decision.step[block] = step;
      decision.beside[block] = beside;
    }
  };
  place(json.value("blocks", Json::array()), kNone);
  for (const Json& offload : json.value("offloads", Json::array())) {
    const std::size_t target = index_of(problem.targets, offload.at("target"), &Target::name);
    place(offload.at("blocks"), target);
    read_sends(problem, offload, [&](std::size_t tensor, std::size_t encoding, std::size_t) {
      decision.handings.push_back({stage, step, target, tensor, encoding});
    });
  }
}

double one_target(const Problem& problem, const Plan& plan, Metric metric, std::size_t target) {
  Constraint constraint;
  constraint.metric = metric;
  constraint.targets = {target};
  return measure(problem, plan, constraint);
}

Problem any_problem(std::mt19937& random) {
  switch (random() % 5) {
    case 0:
      return random_cluster(random);
    case 1:
      return random_parallel_problem(random);
    case 2:
      return random_problem(random, 2'500, Magnitudes::Usual, Feature::Bypass);
    default:
      return random_problem(random);
  }
}

}  // namespace

PricingCase any_case(std::mt19937& random) {
  PricingCase made{any_problem(random), {}};
  draw_targets(made.problem, random);
  draw_tensors(made.problem, random);
  draw_links(made.problem, random);
  if (random() % 3 == 0) add_feature(made.problem, Feature::Waits, random);
  draw_weights(made.problem, random);
  const auto decisions = every_decision(made.problem);
  made.decision = decisions[random() % decisions.size()];
  add_segments(made.problem, made.decision, random);
  draw_limits(made.problem, price(made.problem, decisions[random() % decisions.size()]), random);
  return made;
}

Json to_json(const Problem& problem, const Decision& decision) {
  Json json = Json::object();
  if (!problem.policies.empty()) json["policy"] = problem.policies[decision.policy].name;
  json["stages"] = Json::array();
  for (std::size_t stage = 0; stage < decision.route.size(); ++stage)
    json["stages"].push_back({{"target", problem.targets[decision.route[stage]].name}});
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (decision.position[block] != kNone)
      place_of(problem, decision, block, json)["blocks"].push_back(problem.blocks[block].name);
  }
  const auto sent = [&](std::size_t tensor, std::size_t encoding) {
    return Json{{"tensor", problem.tensors[tensor].name}, {"encoding", encoding}};
  };
  for (const Crossing& each : decision.crossings) {
    Json& sends = json["stages"][each.hop]["sends"];
    sends.push_back(sent(each.tensor, each.encoding));
    if (each.past > 0) sends.back()["past"] = each.past;
  }
  for (const Handing& each : decision.handings) {
    Json& step = json["stages"][each.stage]["steps"][each.step];
    offload_to(problem.targets[each.target].name, step)["sends"].push_back(sent(each.tensor, each.encoding));
  }
  return json;
}

Decision decision_from_json(const Problem& problem, const Json& json) {
  Decision decision;
  if (json.contains("policy")) decision.policy = index_of(problem.policies, json.at("policy"), &Policy::name);
  decision.position.assign(problem.blocks.size(), kNone);
  const bool is_parallel = std::ranges::any_of(json.at("stages"), [](const Json& s) { return s.contains("steps"); });
  if (is_parallel) decision.step.assign(problem.blocks.size(), 0);
  if (is_parallel) decision.beside.assign(problem.blocks.size(), kNone);
  for (const Json& stage : json.at("stages")) {
    const std::size_t hop = decision.route.size();
    decision.route.push_back(index_of(problem.targets, stage.at("target"), &Target::name));
    read_sends(problem, stage, [&](std::size_t tensor, std::size_t encoding, std::size_t past) {
      decision.crossings.push_back({hop, tensor, encoding, past});
    });
    if (!stage.contains("steps")) read_step(problem, stage, hop, 0, decision);
    for (std::size_t step = 0; stage.contains("steps") && step < stage["steps"].size(); ++step)
      read_step(problem, stage["steps"][step], hop, step, decision);
  }
  std::ranges::sort(decision.crossings);
  std::ranges::sort(decision.handings);
  return decision;
}

Json price_json(const Problem& problem, const Decision& decision) {
  const Plan plan = price(problem, decision);
  Json json = {{"latency_ms", plan.latency_ms},
               {"period_ms", plan.period_ms},
               {"upload_bytes", plan.upload_bytes},
               {"energy_j", plan.energy_j},
               {"accuracy_percent", plan.accuracy},
               {"money", plan.money},
               {"cost", plan.cost}};
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    json["compute_ms"].push_back(plan.stages[stage].compute_ms);
    json["exchange_ms"].push_back(plan.stages[stage].exchange_ms);
    json["waiting_ms"].push_back(plan.stages[stage].waiting_ms());
    json["bypass_ms"].push_back(plan.stages[stage].bypass_ms());
  }
  for (std::size_t target = 0; target < problem.targets.size(); ++target) {
    const std::string& name = problem.targets[target].name;
    json["energy_by_target_j"][name] = one_target(problem, plan, Metric::Energy, target);
    json["money_by_target"][name] = one_target(problem, plan, Metric::Money, target);
    json["memory_by_target_bytes"][name] = one_target(problem, plan, Metric::Memory, target);
  }
  json["kept"] = Json::array();
  for (std::size_t i = 0; i < problem.constraints.size(); ++i) json["kept"].push_back(excess_of(problem, plan, i) == 0);
  json["is_feasible"] = is_feasible(problem, plan);
  return json;
}

}  // namespace tandem::plan
