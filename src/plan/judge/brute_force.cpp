#include "plan/judge/brute_force.h"

#include <algorithm>
#include <utility>

#include "plan/judge/price.h"
#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

// Builds decisions from the front: policy, route, the positions of the blocks in order, then the encodings.
class Enumeration {
 public:
  Enumeration(const Problem& problem, std::size_t most) : problem_(problem), most_(most) {}

  std::vector<Decision> all() && {
    const std::size_t policies = std::max<std::size_t>(1, problem_.policies.size());
    for (std::size_t policy = 0; policy < policies; ++policy) {
      phases_ = phases_of(problem_, policy);
      decision_ = {policy, {0}, std::vector<std::size_t>(problem_.blocks.size(), kNone), {}};
      extend_route();
    }
    return std::move(decisions_);
  }

 private:
  void extend_route() {
    place(0);
    for (const auto& link : problem_.links) {
      if (link.from != decision_.route.back()) continue;
      decision_.route.push_back(link.to);
      extend_route();
      decision_.route.pop_back();
    }
  }

  bool is_enough() const { return decisions_.size() >= most_; }

  // Places this block and those after it.
  void place(std::size_t block) {
    if (is_enough()) return;
    if (block == phases_.size()) return finish();
    if (phases_[block] == kNone) return place(block + 1);
    for (std::size_t stage = earliest(block); stage < decision_.route.size(); ++stage) {
      decision_.position[block] = stage;
      place(block + 1);
    }
    decision_.position[block] = kNone;
  }

  // The first stage that has all that the block reads.
  std::size_t earliest(std::size_t block) const {
    std::size_t stage = 0;
    for (const auto& tensor : problem_.tensors) {
      if (tensor.producer != kNone && std::ranges::find(tensor.consumers, block) != tensor.consumers.end())
        stage = std::max(stage, decision_.position[tensor.producer]);
    }
    return stage;
  }

  void finish() {
    if (are_stages_valid() && are_phases_in_order() && find_crossings()) choose_encodings(0);
    decision_.crossings.clear();
  }

  bool are_stages_valid() const {
    const std::size_t last = decision_.route.size() - 1;
    for (std::size_t stage = 1; stage <= last; ++stage) {
      const bool is_relay = std::ranges::find(decision_.position, stage) == decision_.position.end();
      if (is_relay && (stage == last || !problem_.allows_relays)) return false;
    }
    return true;
  }

  // No block runs on an earlier stage than a block of an earlier phase.
  bool are_phases_in_order() const {
    for (std::size_t early = 0; early < phases_.size(); ++early) {
      for (std::size_t late = 0; late < phases_.size(); ++late) {
        if (phases_[early] < phases_[late] && phases_[late] != kNone &&
            decision_.position[early] > decision_.position[late])
          return false;
      }
    }
    return true;
  }

  // False: a tensor that cannot be sent would have to cross.
  bool find_crossings() {
    for (std::size_t hop = 0; hop + 1 < decision_.route.size(); ++hop) {
      for (std::size_t tensor = 0; tensor < problem_.tensors.size(); ++tensor) {
        if (!does_cross(problem_.tensors[tensor], hop)) continue;
        if (problem_.tensors[tensor].encodings.empty()) return false;
        decision_.crossings.push_back({hop, tensor, 0});
      }
    }
    return true;
  }

  bool does_cross(const Tensor& tensor, std::size_t hop) const {
    if (tensor.producer != kNone && (phases_[tensor.producer] == kNone || decision_.position[tensor.producer] > hop))
      return false;
    return std::ranges::any_of(tensor.consumers, [&](std::size_t consumer) {
      return phases_[consumer] != kNone && decision_.position[consumer] > hop;
    });
  }

  void choose_encodings(std::size_t crossing) {
    if (is_enough()) return;
    if (crossing == decision_.crossings.size()) return decisions_.push_back(decision_);
    const std::size_t count = problem_.tensors[decision_.crossings[crossing].tensor].encodings.size();
    for (std::size_t encoding = 0; encoding < count; ++encoding) {
      decision_.crossings[crossing].encoding = encoding;
      choose_encodings(crossing + 1);
    }
  }

  const Problem& problem_;
  const std::size_t most_;
  std::vector<std::size_t> phases_;
  Decision decision_;
  std::vector<Decision> decisions_;
};

}  // namespace

std::vector<Decision> every_decision(const Problem& problem, std::size_t most) {
  return Enumeration(problem, most).all();
}

std::vector<Plan> every_plan(const Problem& problem) {
  std::vector<Plan> plans;
  for (const auto& decision : every_decision(problem)) plans.push_back(price(problem, decision));
  return plans;
}

std::vector<Plan> best_by_brute_force(const Problem& problem, std::size_t count) {
  std::vector<Plan> plans;
  for (const auto& decision : every_decision(problem)) {
    Plan plan = price(problem, decision);
    if (is_feasible(problem, plan)) plans.push_back(std::move(plan));
  }
  sort_plans(plans);
  if (plans.size() > count) plans.resize(count);
  return plans;
}

}  // namespace tandem::plan
