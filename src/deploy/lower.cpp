#include "deploy/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "base/error.h"

namespace tandem::deploy {
namespace {

using base::Error;
using base::ErrorKind;
using Names = std::vector<std::string>;

// Of a layer on a target.
struct LayerUse {
  std::set<std::size_t> plans;  // by number, that run it there
  bool ends_part = false;       // a request may stop after it
};
using LayerUses = std::map<std::string, std::vector<LayerUse>>;  // by target, by layer

const model::TensorInfo* find_tensor(const model::Graph& graph, const std::string& name) {
  const auto tensor = std::ranges::find(graph.tensors, name, &model::TensorInfo::name);
  return tensor == graph.tensors.end() ? nullptr : &*tensor;
}

std::size_t layer_of_exit(const model::Graph& graph, const std::string& name) {
  const auto* tensor = find_tensor(graph, name);
  if (tensor == nullptr || !tensor->is_answer || tensor->producer == model::kNoLayer)
    throw Error(ErrorKind::InvalidInput, fmt::format("exit '{}' is no output of the model", name));
  return tensor->producer;
}

void check(const plan::Plan& plan) {
  if (!plan.policy.empty() && plan.exits.empty())
    throw Error(ErrorKind::Unsupported,
                fmt::format("plan '{}': it does not say where requests may stop, expected 'exits'", plan.summary()));
}

void add_plan(LayerUses& uses, const model::Graph& graph, const plan::Plan& plan, std::size_t number) {
  for (const auto& stage : plan.stages) {
    auto& on_target = uses[stage.target];
    on_target.resize(graph.layers.size());
    for (const auto& range : stage.ranges) {
      for (std::size_t layer = range.first; layer < range.last; ++layer) on_target[layer].plans.insert(number);
    }
    for (const auto& exit : plan.exits) {
      LayerUse& use = on_target[layer_of_exit(graph, exit.name)];
      use.ends_part |= use.plans.contains(number);
    }
  }
}

void add_layer(PartLayers& part, std::size_t layer) {
  if (!part.empty() && part.back().last == layer) {
    ++part.back().last;
  } else {
    part.push_back({layer, layer + 1});
  }
}

std::vector<PartLayers> parts_of(const plan::Stage& stage, const std::vector<LayerUse>& uses) {
  std::vector<PartLayers> parts;
  bool begins_part = true;
  const LayerUse* before = nullptr;
  std::size_t next = 0;
  for (const auto& range : stage.ranges) {
    for (; next < range.last; ++next) {
      const LayerUse& use = uses[next];
      if (use.plans.empty()) continue;
      begins_part |= before == nullptr || before->ends_part || before->plans != use.plans;
      before = &use;
      if (next < range.first) continue;
      if (std::exchange(begins_part, false)) parts.emplace_back();
      add_layer(parts.back(), next);
    }
  }
  return parts;
}

// By layer, the stage that runs it; plan::kNone: none does.
std::vector<std::size_t> stages_by_layer(const model::Graph& graph, const plan::Plan& plan) {
  std::vector<std::size_t> stages(graph.layers.size(), plan::kNone);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    for (const auto& range : plan.stages[i].ranges)
      std::fill(stages.begin() + static_cast<std::ptrdiff_t>(range.first),
                stages.begin() + static_cast<std::ptrdiff_t>(range.last), i);
  }
  return stages;
}

// The model's outputs that a stage makes. One that depends on constants only is made with the last layer.
Names answers_of(const model::Graph& graph, const std::vector<std::size_t>& stages, std::size_t stage) {
  Names names;
  for (const auto& output : graph.outputs) {
    const auto* tensor = find_tensor(graph, output);
    if (stages[tensor == nullptr ? graph.layers.size() - 1 : tensor->producer] == stage) names.push_back(output);
  }
  return names;
}

// The tensors that a stage hands on: those of the request, of earlier stages and its own that a later stage reads.
// Layers that no stage runs read nothing.
Names forwards_of(const model::Graph& graph, const std::vector<std::size_t>& stages, std::size_t stage) {
  const auto is_later = [&](std::size_t layer) { return stages[layer] != plan::kNone && stages[layer] > stage; };
  Names names;
  for (const auto& tensor : graph.tensors) {
    const bool is_made = tensor.producer == model::kNoLayer || stages[tensor.producer] <= stage;  // kNone exceeds all
    if (is_made && std::ranges::any_of(tensor.consumers, is_later)) names.push_back(tensor.name);
  }
  return names;
}

bool is_raw(const plan::SentTensor& sent) {
  return sent.codec == plan::kRaw;
}

Names codecs_of(const plan::Stage& stage, const Names& forwards, const CodecDigests& codecs) {
  if (std::ranges::all_of(stage.sent, is_raw)) return {};
  Names digests;
  for (const auto& name : forwards) {
    const auto sent = std::ranges::find(stage.sent, name, &plan::SentTensor::name);
    const bool is_encoded = sent != stage.sent.end() && !is_raw(*sent);
    digests.push_back(is_encoded ? codecs.at({name, sent->codec}) : "");
  }
  return digests;
}

// The exits of a plan that one of its stages makes, each after the part that ends with it. The last one always stops.
std::vector<rpc::ExitCheck> exits_of(const model::Graph& graph, const plan::Plan& plan,
                                     const std::vector<PartLayers>& parts) {
  std::vector<rpc::ExitCheck> checks;
  for (const auto& exit : plan.exits) {
    const std::size_t end = layer_of_exit(graph, exit.name) + 1;
    const auto part = std::ranges::find(parts, end, [](const PartLayers& layers) { return layers.back().last; });
    if (part == parts.end()) continue;
    const bool is_last = &exit == &plan.exits.back();
    checks.push_back({static_cast<std::uint32_t>(part - parts.begin() + 1), exit.name, is_last ? 0 : exit.threshold,
                      plan.confidence, exit.temperature});
  }
  return checks;
}

LoweredPlan lower_one(const model::Graph& graph, const plan::Plan& plan, const LayerUses& uses,
                      const CodecDigests& codecs) {
  LoweredPlan lowered{{{}, graph.outputs, !plan.exits.empty()}, {}};
  const auto stages = stages_by_layer(graph, plan);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const plan::Stage& stage = plan.stages[i];
    auto parts = parts_of(stage, uses.at(stage.target));
    rpc::Hop hop{.target = stage.target, .exits = exits_of(graph, plan, parts)};
    if (plan.exits.empty()) hop.answers = answers_of(graph, stages, i);
    if (i + 1 < plan.stages.size()) {
      hop.forwards = forwards_of(graph, stages, i);
      hop.codecs = codecs_of(stage, hop.forwards, codecs);
    }
    lowered.route.hops.push_back(std::move(hop));
    lowered.parts.push_back(std::move(parts));
  }
  return lowered;
}

}  // namespace

std::vector<LoweredPlan> lower(const model::Graph& graph, const std::vector<plan::Plan>& plans,
                               const std::vector<plan::Plan>& earlier, const CodecDigests& codecs) {
  std::ranges::for_each(plans, check);
  LayerUses uses;
  std::size_t number = 0;
  for (const auto& plan : earlier) add_plan(uses, graph, plan, number++);
  for (const auto& plan : plans) add_plan(uses, graph, plan, number++);
  std::vector<LoweredPlan> lowered;
  for (const auto& plan : plans) lowered.push_back(lower_one(graph, plan, uses, codecs));
  return lowered;
}

}  // namespace tandem::deploy
