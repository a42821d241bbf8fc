#include "plan/show/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/figures.h"
#include "plan/judge/price.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostTensorsNamed = 6;
constexpr std::size_t kMostBlocksNamed = 6;

class Lines {
 public:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    text_ += fmt::format(format, std::forward<Arguments>(arguments)...) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string text_of_sent(std::vector<SentTensor> sent) {
  std::ranges::stable_sort(sent, std::ranges::greater{}, &SentTensor::bytes);
  std::string text;
  for (std::size_t i = 0; i < std::min(sent.size(), kMostTensorsNamed); ++i) {
    const std::string codec = sent[i].codec == "raw" ? "" : " as " + sent[i].codec;
    text += fmt::format("{}{} {}{}", i == 0 ? ": " : ", ", sent[i].name, base::human_bytes(sent[i].bytes), codec);
  }
  if (sent.size() > kMostTensorsNamed) text += fmt::format(" and {} more", sent.size() - kMostTensorsNamed);
  return text;
}

void add_offloads(Lines& lines, const Stage& stage) {
  for (std::size_t step = 0; step < stage.steps.size(); ++step) {
    for (const auto& offload : stage.steps[step].offloads) {
      lines.add("    meanwhile {}: layers {}, computing {}, beside layers {}, {}", offload.target,
                text_of_ranges(offload.ranges), base::human_ms(offload.compute_ms),
                text_of_ranges(stage.steps[step].ranges), base::human_ms(stage.steps[step].compute_ms));
      lines.add("    {} → {} → {}: {} for {} there and {} back{}", stage.target, offload.target, stage.target,
                base::human_ms(offload.exchange_ms), base::human_bytes(offload.sent_bytes),
                base::human_bytes(offload.returned_bytes), text_of_sent(offload.sent));
    }
  }
  if (stage.waiting_ms() > 0) lines.add("    waits {} for them", base::human_ms(stage.waiting_ms()));
}

void add_stages(Lines& lines, const Plan& plan) {
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    if (stage.runs_layers()) {
      lines.add("  {}: layers {}, computing {}{}", stage.target, text_of_ranges(stage.ranges),
                base::human_ms(stage.compute_ms),
                stage.replicas > 1 ? fmt::format(", on {} replicas in turn", stage.replicas) : "");
    } else {
      lines.add("  {}: runs nothing, hands its input on", stage.target);
    }
    add_offloads(lines, stage);
    for (const auto& bypass : stage.bypasses) {
      lines.add("  {} ⤳ {}, past others: {} for {}{}", stage.target, bypass.target, base::human_ms(bypass.exchange_ms),
                base::human_bytes(bypass.sent_bytes), text_of_sent(bypass.sent));
    }
    if (i + 1 == plan.stages.size()) break;
    lines.add("  {} → {}: {} for {}{}", stage.target, plan.stages[i + 1].target, base::human_ms(stage.exchange_ms),
              base::human_bytes(stage.sent_bytes), text_of_sent(stage.sent));
  }
}

// Metrics of the plan besides the objective.
void add_metrics(Lines& lines, const Problem& problem, const Plan& plan) {
  if (problem.objective.kind != ObjectiveKind::Latency) lines.add("latency: {}", base::human_ms(plan.latency_ms));
  if (!plan.policy.empty()) lines.add("exits: policy '{}'", plan.policy);
  if (plan.accuracy < 100) lines.add("accuracy: {:.4g} %", plan.accuracy);
  if (plan.energy_j > 0) lines.add("energy: {}", text_of(Metric::Energy, plan.energy_j));
  if (plan.money > 0) lines.add("money: {}", text_of(Metric::Money, plan.money));
  lines.add("throughput: {:.4g} requests/s when they overlap", plan.period_ms > 0 ? 1000 / plan.period_ms : INFINITY);
}

void add_proof(Lines& lines, const Problem& problem, const Solution& solution) {
  const double cost = solution.plans.front().cost;
  if (solution.is_proven) {
    lines.add("proof: no plan costs less than {} ({})", text_of_cost(problem.objective, std::min(cost, solution.bound)),
              solution.solver);
  } else {
    lines.add("stopped early: no plan costs less than {}, so this one is at most {:.2g} % above the best ({})",
              text_of_cost(problem.objective, solution.bound), 100 * solution.gap(0), solution.solver);
  }
}

struct Times {
  double compute_ms = 0;
  double links_ms = 0;
  double waiting_ms = 0;  // for offloads
};

Times times_of(const Plan& plan) {
  Times times;
  for (const auto& stage : plan.stages) {
    times.compute_ms += stage.compute_ms;
    times.links_ms += stage.exchange_ms + stage.bypass_ms();
    times.waiting_ms += stage.waiting_ms();
  }
  return times;
}

// "+12.3 ms: computing +20.1, links −7.80"
std::string text_of_loss(const Problem& problem, const Plan& plan, const Plan& best) {
  const Times times = times_of(plan);
  const Times best_times = times_of(best);
  std::string where = fmt::format("computing {}, links {}", text_of_change_ms(times.compute_ms - best_times.compute_ms),
                                  text_of_change_ms(times.links_ms - best_times.links_ms));
  if (times.waiting_ms != best_times.waiting_ms)
    where += ", waiting for offloads " + text_of_change_ms(times.waiting_ms - best_times.waiting_ms);
  const std::string change = text_of_change(problem.objective, plan.cost - best.cost);
  if (problem.objective.kind == ObjectiveKind::Latency) return fmt::format("{}: {}", change, where);
  return fmt::format("{}; latency {} ms: {}", change, text_of_change_ms(plan.latency_ms - best.latency_ms), where);
}

// The first constraint that the plan breaks; kNone when it keeps them all.
std::size_t broken_by(const Problem& problem, const Plan& plan) {
  for (std::size_t i = 0; i < problem.constraints.size(); ++i) {
    if (excess_of(problem, plan, i) > 0) return i;
  }
  return kNone;
}

std::string text_of_breach(const Problem& problem, const Plan& plan, std::size_t index) {
  const Constraint& constraint = problem.constraints[index];
  if (constraint.kind != ConstraintKind::AtMost) return fmt::format("breaks '{}'", constraint.text);
  return fmt::format("breaks '{}': {}", constraint.text,
                     text_of(constraint.metric, measure(problem, plan, constraint), constraint.is_share));
}

void add_native(Lines& lines, const Problem& problem, const Plan& plan, const Plan& best) {
  const std::size_t broken = broken_by(problem, plan);
  if (broken != kNone) {
    lines.add("native, {}: {}", plan.summary(), text_of_breach(problem, plan, broken));
  } else if (plan.decision == best.decision) {
    lines.add("native, {}: is the best plan", plan.summary());
  } else {
    lines.add("native, {}: {}", plan.summary(), text_of_loss(problem, plan, best));
  }
}

void add_binding(Lines& lines, const Problem& problem, const Binding& binding, const Plan& best) {
  const Constraint& constraint = problem.constraints[binding.constraint];
  lines.add("'{}' binds: without it {} ({}): {}", constraint.text, text_of_cost(problem.objective, binding.plan.cost),
            text_of_change(problem.objective, binding.plan.cost - best.cost), binding.plan.summary());
  if (constraint.kind != ConstraintKind::AtMost) return;
  lines.add("  a limit of {} instead of {} would allow that",
            text_of(constraint.metric, binding.reaches, constraint.is_share),
            text_of(constraint.metric, constraint.limit, constraint.is_share));
}

void add_way(Lines& lines, const Problem& problem, const Clash::Way& way) {
  const Constraint& constraint = problem.constraints[way.constraint];
  if (constraint.kind == ConstraintKind::AtMost) {
    lines.add("nearest, if '{}' allowed {} ({:.3g} % more): {}, {}", constraint.text,
              text_of(constraint.metric, way.needs, constraint.is_share), 100 * way.excess, way.plan.summary(),
              text_of_cost(problem.objective, way.plan.cost));
  } else {
    lines.add("nearest, without '{}': {}, {}", constraint.text, way.plan.summary(),
              text_of_cost(problem.objective, way.plan.cost));
  }
}

std::string text_of_targets(const Problem& problem, const std::vector<std::size_t>& targets) {
  std::string text;
  for (const std::size_t target : targets) text += (text.empty() ? "" : ", ") + problem.targets[target].name;
  return text;
}

void add_inabilities(Lines& lines, const Problem& problem, const Clash& clash) {
  if (!clash.lacks_ability) return;
  const std::size_t listed = std::min(clash.unable.size(), kMostBlocksNamed);
  for (std::size_t i = 0; i < listed; ++i) {
    const auto& [block, targets] = clash.unable[i];
    lines.add("  '{}' ({}) cannot run on {}", problem.blocks[block].name,
              text_of_layers(problem.blocks[block].first, problem.blocks[block].last),
              text_of_targets(problem, targets));
  }
  if (listed < clash.unable.size()) lines.add("  nor can {} more blocks run everywhere", clash.unable.size() - listed);
  if (clash.unable.empty()) lines.add("  some targets lack a codec: null in encode_ms or decode_ms");
}

}  // namespace

std::string text_of_ranges(const std::vector<LayerRange>& ranges, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ranges.size(), most); ++i) {
    const LayerRange& range = ranges[i];
    text += i == 0 ? "" : ", ";
    text += range.last - range.first == 1 ? fmt::format("{}", range.first)
                                          : fmt::format("{}–{}", range.first, range.last - 1);
  }
  if (ranges.size() > most) text += fmt::format(" and {} ranges more", ranges.size() - most);
  return text;
}

std::string explain(const Problem& problem, const Solution& solution, const std::vector<Plan>& natives,
                    const std::vector<Binding>& bindings) {
  const Plan& best = solution.plans.front();
  Lines lines;
  lines.add("best plan: {}", best.summary());
  lines.add("{}: {}", name_of(problem.objective.kind), text_of_cost(problem.objective, best.cost));
  add_stages(lines, best);
  add_metrics(lines, problem, best);
  add_proof(lines, problem, solution);
  for (std::size_t i = 1; i < solution.plans.size(); ++i) {
    const Plan& plan = solution.plans[i];
    const double gap = solution.gap(i);
    lines.add("plan {}, {}: {}{}", i + 1, plan.summary(), text_of_loss(problem, plan, best),
              gap > 0 ? fmt::format("; not proven, another may cost {:.2g} % less", 100 * gap) : "");
  }
  for (const auto& native : natives) add_native(lines, problem, native, best);
  for (const auto& binding : bindings) add_binding(lines, problem, binding, best);
  if (bindings.empty() && !problem.constraints.empty()) lines.add("no constraint makes the plan cost more");
  return lines.take();
}

std::string explain(const Problem& problem, const Clash& clash) {
  Lines lines;
  if (clash.constraints.empty() && clash.lacks_ability) {
    lines.add("no plan is possible even without constraints:");
  } else if (clash.constraints.empty()) {
    lines.add(
        "no plan is possible even without constraints: check memory limits, links and tensors that cannot be sent");
  } else if (clash.constraints.size() == 1) {
    lines.add("no plan satisfies this constraint:");
  } else {
    lines.add("no plan satisfies these {} constraints together:", clash.constraints.size());
  }
  for (const std::size_t index : clash.constraints) lines.add("  {}", problem.constraints[index].text);
  add_inabilities(lines, problem, clash);
  for (const auto& way : clash.ways) add_way(lines, problem, way);
  return lines.take();
}

}  // namespace tandem::plan
