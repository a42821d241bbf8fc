#include "deploy/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>

#include "base/error.h"
#include "deploy/levels.h"
#include "deploy/ways.h"

namespace tandem::deploy {
namespace {

using base::Error;
using base::ErrorKind;
using Names = std::vector<std::string>;

// Of a layer on a target.
struct LayerUse {
  using User = std::pair<std::size_t, std::size_t>;  // a plan, by number, and the share of it that runs the layer
  std::set<User> users;
  bool ends_part = false;  // a request may stop after it

  bool has_other(std::size_t plan) const {
    return std::ranges::any_of(users, [&](const User& user) { return user.first != plan; });
  }
};
using LayerUses = std::map<std::string, std::vector<LayerUse>>;  // by target, by layer

const model::TensorInfo* find_tensor(const model::Graph& graph, const std::string& name) {
  const auto tensor = std::ranges::find(graph.tensors, name, &model::TensorInfo::name);
  return tensor == graph.tensors.end() ? nullptr : &*tensor;
}

void check(const plan::Plan& plan) {
  for (const auto& stage : plan.stages) {
    const auto idle = std::ranges::find_if(
        stage.steps, [](const plan::Step& step) { return step.ranges.empty() && !step.offloads.empty(); });
    if (idle != stage.steps.end())
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("plan '{}': a step of '{}' runs nothing beside '{}', expected layers of its own",
                              plan.summary(), stage.target, idle->offloads.front().target));
  }
  if (!plan.policy.empty() && plan.exits.empty())
    throw Error(ErrorKind::Unsupported,
                fmt::format("plan '{}': it does not say where requests may stop, expected 'exits'", plan.summary()));
}

void add_share(LayerUses& uses, const model::Graph& graph, const plan::Share& share, LayerUse::User user) {
  auto& on_target = uses[share.target];
  on_target.resize(graph.layers.size());
  for (const auto& range : share.ranges) {
    for (std::size_t layer = range.first; layer < range.last; ++layer) on_target[layer].users.insert(user);
  }
}

void add_plan(LayerUses& uses, const model::Graph& graph, const plan::Plan& plan, std::size_t number) {
  std::size_t count = 0;
  for (const auto& stage : plan.stages) {
    std::set<std::size_t> own;
    for (const auto& share : shares_in_order(graph, plan, stage)) add_share(uses, graph, share, {number, count++});
    for (const auto& range : stage.ranges) {
      for (std::size_t layer = range.first; layer < range.last; ++layer) own.insert(layer);
    }
    for (const auto& exit : plan.exits) {
      const std::size_t layer = layer_of_exit(graph, exit.name);
      uses[stage.target][layer].ends_part |= own.contains(layer);
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

// The parts of a share of a plan. Layers of its other shares alone divide nothing.
std::vector<PartLayers> parts_of(const plan::Share& share, const LayerUses& all_uses, std::size_t plan) {
  const std::vector<LayerUse>& uses = all_uses.at(share.target);
  std::vector<PartLayers> parts;
  bool begins_part = true;
  const LayerUse* before = nullptr;
  std::size_t next = 0;
  for (const auto& range : share.ranges) {
    for (; next < range.last; ++next) {
      const LayerUse& use = uses[next];
      if (next < range.first && !use.has_other(plan)) continue;
      begins_part |= before == nullptr || before->ends_part || before->users != use.users;
      before = &use;
      if (next < range.first) continue;
      if (std::exchange(begins_part, false)) parts.emplace_back();
      add_layer(parts.back(), next);
    }
  }
  return parts;
}

void fill(std::vector<std::size_t>& by_layer, const std::vector<model::LayerRange>& ranges, std::size_t value) {
  for (const auto& range : ranges)
    std::fill(by_layer.begin() + static_cast<std::ptrdiff_t>(range.first),
              by_layer.begin() + static_cast<std::ptrdiff_t>(range.last), value);
}

// By layer, the stage that runs it or has it run; plan::kNone: none does.
std::vector<std::size_t> stages_by_layer(const model::Graph& graph, const plan::Plan& plan) {
  std::vector<std::size_t> stages(graph.layers.size(), plan::kNone);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    for (const auto& share : plan::shares_of(plan.stages[i])) fill(stages, share.ranges, i);
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

bool is_raw(const plan::SentTensor& sent) {
  return sent.codec == plan::kRaw;
}

Names codecs_of(const std::vector<plan::SentTensor>& all_sent, const Names& forwards, const CodecDigests& codecs) {
  if (std::ranges::all_of(all_sent, is_raw)) return {};
  Names digests;
  for (const auto& name : forwards) {
    const auto sent = std::ranges::find(all_sent, name, &plan::SentTensor::name);
    const bool is_encoded = sent != all_sent.end() && !is_raw(*sent);
    digests.push_back(is_encoded ? codecs.at({name, sent->codec}) : "");
  }
  return digests;
}

// What an offload is sent, and sends back: tensors that its layers read and others make, and the reverse.
rpc::Offload offload_of(const model::Graph& graph, const plan::Offload& offload, const CodecDigests& codecs) {
  std::vector<char> is_inside(graph.layers.size(), 0);
  for (const auto& range : offload.ranges) {
    for (std::size_t layer = range.first; layer < range.last; ++layer) is_inside[layer] = 1;
  }
  const auto inside = [&](std::size_t layer) { return is_inside[layer] != 0; };
  rpc::Offload lowered{.target = offload.target};
  for (const auto& tensor : graph.tensors) {
    const bool is_made = tensor.producer != model::kNoLayer && inside(tensor.producer);
    const bool is_read_inside = std::ranges::any_of(tensor.consumers, inside);
    const bool is_read_outside = !std::ranges::all_of(tensor.consumers, inside);
    const bool is_output = std::ranges::find(graph.outputs, tensor.name) != graph.outputs.end();
    if (!is_made && is_read_inside) lowered.forwards.push_back(tensor.name);
    if (is_made && (is_read_outside || is_output)) lowered.answers.push_back(tensor.name);
  }
  lowered.codecs = codecs_of(offload.sent, lowered.forwards, codecs);
  return lowered;
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

// Lowers plans one by one, each with its number among all that share the targets.
class Lowering {
 public:
  Lowering(const model::Graph& graph, const LayerUses& uses, const CodecDigests& codecs)
      : graph_(graph), uses_(uses), codecs_(codecs) {}

  LoweredPlan lower(const plan::Plan& plan, std::size_t number) const {
    LoweredPlan lowered{{{}, graph_.outputs, !plan.exits.empty()}, {}, {}};
    const auto stages = stages_by_layer(graph_, plan);
    auto forwards = forwards_of(graph_, plan, stages);
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
      const plan::Stage& stage = plan.stages[i];
      add_stage(plan, stage, number, lowered);
      rpc::Hop& hop = lowered.route.hops.back();
      hop.exits = exits_of(graph_, plan, lowered.parts.back());
      if (plan.exits.empty()) hop.answers = answers_of(graph_, stages, i);
      hop.forwards = std::move(forwards[i]);
      hop.codecs = codecs_of(stage.sent, hop.forwards, codecs_);
      for (const auto& bypass : stage.bypasses) hop.deposits.push_back(deposit_of(bypass));
    }
    return lowered;
  }

 private:
  rpc::Deposit deposit_of(const plan::Bypass& bypass) const {
    rpc::Deposit deposit{.target = bypass.target};
    for (const auto& sent : bypass.sent) deposit.forwards.push_back(sent.name);
    deposit.codecs = codecs_of(bypass.sent, deposit.forwards, codecs_);
    return deposit;
  }

  // Its parts, level by level, or step by step with the offloads of each step beside them.
  void add_stage(const plan::Plan& plan, const plan::Stage& stage, std::size_t number, LoweredPlan& lowered) const {
    rpc::Hop& hop = lowered.route.hops.emplace_back(rpc::Hop{.target = stage.target});
    auto& parts = lowered.parts.emplace_back();
    auto& offloaded = lowered.offloaded.emplace_back();
    if (stage.steps.empty()) {
      for (const auto& share : shares_in_order(graph_, plan, stage))
        std::ranges::move(parts_of(share, uses_, number), std::back_inserter(parts));
    }
    for (const auto& step : stage.steps) {
      const auto first = static_cast<std::uint32_t>(parts.size());
      std::ranges::move(parts_of({stage.target, step.ranges}, uses_, number), std::back_inserter(parts));
      for (const auto& offload : step.offloads) {
        hop.offloads.push_back(offload_of(graph_, offload, codecs_));
        hop.offloads.back().after_parts = first;
        hop.offloads.back().until_parts = static_cast<std::uint32_t>(parts.size());
        offloaded.push_back(parts_of({offload.target, offload.ranges}, uses_, number));
      }
    }
  }

  const model::Graph& graph_;
  const LayerUses& uses_;
  const CodecDigests& codecs_;
};

}  // namespace

std::vector<LoweredPlan> lower(const model::Graph& graph, const std::vector<plan::Plan>& plans,
                               const std::vector<plan::Plan>& earlier, const CodecDigests& codecs) {
  std::ranges::for_each(plans, check);
  LayerUses uses;
  std::size_t number = 0;
  for (const auto& plan : earlier) add_plan(uses, graph, plan, number++);
  for (const auto& plan : plans) add_plan(uses, graph, plan, number++);
  std::vector<LoweredPlan> lowered;
  number = earlier.size();
  const Lowering lowering(graph, uses, codecs);
  for (const auto& plan : plans) lowered.push_back(lowering.lower(plan, number++));
  return lowered;
}

}  // namespace tandem::deploy
