#include "plan/show/dot.h"

#include <fmt/format.h>

#include <set>

#include "base/figures.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char character : valid_text(text)) {
    if (character == '"' || character == '\\') quoted += '\\';
    quoted += character;
  }
  return quoted + "\"";
}

std::string node(const Problem& problem, std::size_t block) {
  const Block& each = problem.blocks[block];
  return fmt::format("    b{} [label={}, tooltip={}];\n", block, in_quotes(each.name),
                     in_quotes(text_of_layers(each.first, each.last)));
}

// The blocks that one target runs beside the stage.
std::string offload_cluster(const Problem& problem, const Plan& plan, std::size_t place, std::size_t target) {
  std::string text;
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (plan.decision.position[block] == place && plan.decision.beside[block] == target) text += node(problem, block);
  }
  if (text.empty()) return text;
  return fmt::format("    subgraph cluster_{}_{} {{\n    label={};\n{}    }}\n", place, target,
                     in_quotes("meanwhile " + problem.targets[target].name), text);
}

std::string cluster(const Problem& problem, const Plan& plan, std::size_t place) {
  const Stage& stage = plan.stages[place];
  std::string text = fmt::format("  subgraph cluster_{} {{\n    label={};\n", place,
                                 in_quotes(fmt::format("{}: {}", stage.target, base::human_ms(stage.compute_ms))));
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    const bool is_own = !plan.decision.is_parallel() || plan.decision.beside[block] == kNone;
    if (is_own && plan.decision.position[block] == place) text += node(problem, block);
  }
  for (std::size_t target = 0; plan.decision.is_parallel() && target < problem.targets.size(); ++target)
    text += offload_cluster(problem, plan, place, target);
  if (!stage.runs_layers())
    text += fmt::format("    relay{} [label=\"hands its input on\", shape=plaintext];\n", place);
  return text + "  }\n";
}

// The encoding in which a tensor arrives where a block runs, "602 KB" or "151 KB int8"; empty: it is made there.
std::string text_of_arrival(const Problem& problem, const Plan& plan, std::size_t tensor, std::size_t block) {
  const auto& encodings = problem.tensors[tensor].encodings;
  for (const auto& handing : plan.decision.handings) {
    if (handing.tensor == tensor && handing.target == plan.decision.target_of(block))
      return text_of(encodings[handing.encoding]);
  }
  for (const auto& crossing : plan.decision.crossings) {
    if (crossing.tensor == tensor && crossing.to() == plan.decision.position[block])
      return text_of(encodings[crossing.encoding]);
  }
  return {};
}

std::string edges(const Problem& problem, const Plan& plan, std::size_t tensor) {
  const Tensor& each = problem.tensors[tensor];
  const std::string from = each.producer == kNone ? fmt::format("t{}", tensor) : fmt::format("b{}", each.producer);
  const std::size_t here = each.producer == kNone ? plan.decision.route[0] : plan.decision.target_of(each.producer);
  std::string text;
  if (each.producer == kNone) text += fmt::format("  {} [label={}, shape=ellipse];\n", from, in_quotes(each.name));
  std::set<std::size_t> labelled;  // targets
  for (const std::size_t consumer : each.consumers) {
    const std::size_t there = plan.decision.target_of(consumer);
    const bool crosses = there != kNone && here != kNone && there != here;
    text += fmt::format("  {} -> b{}", from, consumer);
    const bool is_first = crosses && labelled.insert(there).second;
    const std::string label = is_first ? text_of_arrival(problem, plan, tensor, consumer) : "";
    if (crosses) text += fmt::format(" [style=bold, color=\"#D55E00\", label={}]", in_quotes(label));
    text += ";\n";
  }
  return text;
}

}  // namespace

std::string to_dot(const Problem& problem, const Plan& plan) {
  std::string text = fmt::format("digraph plan {{\n  label={};\n  rankdir=LR;\n  node [shape=box];\n",
                                 in_quotes(plan.summary() + ": " + text_of_cost(problem.objective, plan.cost)));
  for (std::size_t place = 0; place < plan.stages.size(); ++place) text += cluster(problem, plan, place);
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (plan.decision.position[block] == kNone) text += node(problem, block);
  }
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) text += edges(problem, plan, tensor);
  return text + "}\n";
}

}  // namespace tandem::plan
