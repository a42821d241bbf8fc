#include "deploy/ways.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace tandem::deploy {
namespace {

// A bypass, between stages.
struct Leap {
  std::size_t from = 0;
  std::size_t to = 0;
  const plan::Bypass* bypass = nullptr;

  bool carries(const std::string& tensor) const {
    return std::ranges::find(bypass->sent, tensor, &plan::SentTensor::name) != bypass->sent.end();
  }
};

[[noreturn]] void fail(const plan::Plan& plan, const Leap& leap, const std::string& wrong) {
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("plan '{}': the bypass from '{}' to '{}' {}", plan.summary(),
                                plan.stages[leap.from].target, leap.bypass->target, wrong));
}

std::vector<Leap> leaps_of(const plan::Plan& plan) {
  std::vector<Leap> leaps;
  for (std::size_t from = 0; from < plan.stages.size(); ++from) {
    for (const auto& bypass : plan.stages[from].bypasses) {
      const auto to = std::ranges::find(plan.stages, bypass.target, &plan::Stage::target);
      leaps.push_back({from, static_cast<std::size_t>(to - plan.stages.begin()), &bypass});
      if (to == plan.stages.end() || leaps.back().to < from + 2)
        fail(plan, leaps.back(), "leads to no stage after the next, expected one");
    }
  }
  return leaps;
}

void check_tensors(const model::Graph& graph, const plan::Plan& plan, const std::vector<Leap>& leaps) {
  for (const Leap& leap : leaps) {
    for (const auto& sent : leap.bypass->sent) {
      if (std::ranges::find(graph.tensors, sent.name, &model::TensorInfo::name) == graph.tensors.end())
        fail(plan, leap, fmt::format("carries '{}', which is no tensor of the model", sent.name));
    }
  }
}

// The way of one tensor: a tree from its maker, found from its readers.
class Way {
 public:
  Way(const plan::Plan& plan, const model::TensorInfo& tensor, const std::vector<std::size_t>& stages,
      const std::vector<Leap>& leaps)
      : plan_(plan),
        maker_(tensor.producer == model::kNoLayer ? 0 : stages[tensor.producer]),
        is_needed_(plan.stages.size(), 0),
        arrival_(plan.stages.size(), nullptr) {
    for (const std::size_t layer : tensor.consumers) {
      if (stages[layer] != plan::kNone) is_needed_[stages[layer]] = 1;
    }
    for (const Leap& leap : leaps) {
      if (leap.carries(tensor.name)) add(leap, tensor.name);
    }
  }

  // Calls `forward` with each stage that hands it on to the next.
  template <class Forward>
  void trace(const Forward& forward) {
    for (std::size_t stage = plan_.stages.size(); stage-- > 0;) {
      if (maker_ == plan::kNone || stage <= maker_) break;
      if (is_needed_[stage] == 0) continue;
      const Leap* const leap = arrival_[stage];
      const std::size_t from = leap == nullptr ? stage - 1 : leap->from;
      is_needed_[from] = 1;
      if (leap == nullptr) forward(from);
    }
  }

  void check(const std::string& tensor) const {
    for (std::size_t stage = 0; stage < arrival_.size(); ++stage) {
      if (arrival_[stage] != nullptr && is_needed_[stage] == 0)
        fail(plan_, *arrival_[stage], fmt::format("carries '{}', which that stage does not need", tensor));
    }
  }

 private:
  void add(const Leap& leap, const std::string& tensor) {
    if (maker_ == plan::kNone || leap.from < maker_)
      fail(plan_, leap, fmt::format("carries '{}', which a later stage makes, or none", tensor));
    if (arrival_[leap.to] != nullptr) fail(plan_, leap, fmt::format("carries '{}', which another does, too", tensor));
    arrival_[leap.to] = &leap;
  }

  const plan::Plan& plan_;
  const std::size_t maker_;
  std::vector<char> is_needed_;       // by stage: it reads the tensor, or sends it on
  std::vector<const Leap*> arrival_;  // by stage; null: by the hop before
};

}  // namespace

std::vector<std::vector<std::string>> forwards_of(const model::Graph& graph, const plan::Plan& plan,
                                                  const std::vector<std::size_t>& stages) {
  const auto leaps = leaps_of(plan);
  check_tensors(graph, plan, leaps);
  std::vector<std::vector<std::string>> forwards(plan.stages.size());
  for (const auto& tensor : graph.tensors) {
    Way way(plan, tensor, stages, leaps);
    way.trace([&](std::size_t stage) { forwards[stage].push_back(tensor.name); });
    way.check(tensor.name);
  }
  return forwards;
}

}  // namespace tandem::deploy
