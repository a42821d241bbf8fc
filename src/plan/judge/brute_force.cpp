#include "plan/judge/brute_force.h"

#include <algorithm>
#include <utility>

#include "plan/judge/crossings.h"
#include "plan/judge/every_split.h"
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
      if (std::ranges::find(decision_.route, link.to) != decision_.route.end()) continue;
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
      if (problem_.targets[decision_.route[stage]].block_ms[block] == kCannotRun) continue;
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
    if (are_stages_valid() && are_phases_in_order()) spread(0);
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

  // The ways of this tensor and of those after it to their readers.
  void spread(std::size_t tensor) {
    if (tensor == problem_.tensors.size()) {
      choose_encodings(0);
      for_each_split(problem_, decision_, [&] { choose_encodings(0); });
      return;
    }
    const Readers readers = readers_of(decision_, problem_.tensors[tensor]);
    if (readers.maker == kNone) return spread(tensor + 1);
    std::vector<char> has_it(decision_.route.size(), 0);
    has_it[readers.maker] = 1;
    arrive(tensor, readers, has_it, readers.maker + 1);
  }

  // From any stage that has the tensor, and a link, to this stage, if need be; then to those after it.
  void arrive(std::size_t tensor, const Readers& readers, std::vector<char>& has_it, std::size_t stage) {
    if (stage == has_it.size()) {
      if (is_all_used(tensor, readers)) spread(tensor + 1);
      return;
    }
    if (readers.reads[stage] == 0) arrive(tensor, readers, has_it, stage + 1);
    if (problem_.tensors[tensor].encodings.empty()) return;
    for (std::size_t from = readers.maker; from < stage; ++from) {
      if (has_it[from] == 0 || !leads(from, stage)) continue;
      has_it[stage] = 1;
      decision_.crossings.push_back({from, tensor, 0, stage - from - 1});
      arrive(tensor, readers, has_it, stage + 1);
      decision_.crossings.pop_back();
      has_it[stage] = 0;
    }
  }

  bool leads(std::size_t from, std::size_t to) const {
    return to == from + 1 ||
           (problem_.allows_bypass && find_link(problem_, decision_.route[from], decision_.route[to]) != kNone);
  }

  // Whether each stage where it arrives reads it or sends it on.
  bool is_all_used(std::size_t tensor, const Readers& readers) const {
    return std::ranges::all_of(decision_.crossings, [&](const Crossing& here) {
      return here.tensor != tensor || readers.reads[here.to()] != 0 ||
             std::ranges::any_of(decision_.crossings,
                                 [&](const Crossing& on) { return on.tensor == tensor && on.hop == here.to(); });
    });
  }

  // Of the crossings, then of the handings.
  void choose_encodings(std::size_t index) {
    if (is_enough()) return;
    const std::size_t crossings = decision_.crossings.size();
    if (index == crossings + decision_.handings.size()) {
      decisions_.push_back(decision_);
      std::ranges::sort(decisions_.back().crossings);
      return;
    }
    const bool crosses = index < crossings;
    std::size_t& chosen =
        crosses ? decision_.crossings[index].encoding : decision_.handings[index - crossings].encoding;
    const std::size_t tensor =
        crosses ? decision_.crossings[index].tensor : decision_.handings[index - crossings].tensor;
    for (std::size_t encoding = 0; encoding < problem_.tensors[tensor].encodings.size(); ++encoding) {
      const Encoding& how = problem_.tensors[tensor].encodings[encoding];
      const bool may =
          crosses ? can_send(how, decision_.crossings[index]) : can_send(how, decision_.handings[index - crossings]);
      if (!may) continue;
      chosen = encoding;
      choose_encodings(index + 1);
    }
  }

  bool can_send(const Encoding& how, const Crossing& crossing) const {
    return has_codec(how, decision_.route[crossing.hop], decision_.route[crossing.to()]);
  }
  bool can_send(const Encoding& how, const Handing& handing) const {
    return has_codec(how, decision_.route[handing.stage], handing.target);
  }

  const Problem& problem_;
  const std::size_t most_;
  std::vector<std::size_t> phases_;
  Decision decision_;
  std::vector<Decision> decisions_;
};

// Whether an exchange of two targets leaves the problem as it is.
bool are_twins(const Problem& problem, std::size_t a, std::size_t b) {
  const auto exchanged = [&](std::size_t target) { return target == a ? b : target == b ? a : target; };
  const auto names = [](const std::vector<std::size_t>& list, std::size_t item) {
    return std::ranges::find(list, item) != list.end();
  };
  Target twin = problem.targets[b];
  twin.name = problem.targets[a].name;
  twin.kind = problem.targets[a].kind;
  bool are = a != 0 && b != 0 && twin == problem.targets[a];
  for (const auto& constraint : problem.constraints)
    are = are && names(constraint.targets, a) == names(constraint.targets, b);
  for (const auto& tensor : problem.tensors) {
    for (const auto& each : tensor.encodings) {
      are = are && (each.encode_ms.empty() || each.encode_ms[a] == each.encode_ms[b]);
      are = are && (each.decode_ms.empty() || each.decode_ms[a] == each.decode_ms[b]);
    }
  }
  for (std::size_t i = 0; i < problem.links.size() && are; ++i) {
    Link link = problem.links[i];
    link.from = exchanged(link.from);
    link.to = exchanged(link.to);
    const auto other = static_cast<std::size_t>(std::ranges::find(problem.links, link) - problem.links.begin());
    are = other < problem.links.size() && names(problem.objective.links, i) == names(problem.objective.links, other);
    for (const auto& constraint : problem.constraints)
      are = are && names(constraint.links, i) == names(constraint.links, other);
  }
  return are;
}

// By target: the first of its twins; itself if its tier has no links within it.
std::vector<std::size_t> first_twins(const Problem& problem) {
  const auto is_unordered = unordered_tiers(problem);
  std::vector<std::size_t> first;
  for (std::size_t target = 0; target < problem.targets.size(); ++target) {
    first.push_back(target);
    const std::size_t tier = problem.targets[target].tier;
    for (std::size_t other = 0; is_unordered[tier] && other < target; ++other) {
      if (problem.targets[other].tier == tier && are_twins(problem, other, target)) {
        first.back() = other;
        break;
      }
    }
  }
  return first;
}

// Whether a route visits twins in the order of the targets, without gaps.
bool takes_first_twins(const std::vector<std::size_t>& route, const std::vector<std::size_t>& first_twin) {
  std::vector<char> is_visited(first_twin.size(), 0);
  for (const std::size_t target : route) {
    for (std::size_t other = 0; other < target; ++other) {
      if (first_twin[other] == first_twin[target] && !is_visited[other]) return false;
    }
    is_visited[target] = 1;
  }
  return true;
}

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
  const auto first_twin = first_twins(problem);
  for (const auto& decision : every_decision(problem)) {
    if (!takes_first_twins(decision.route, first_twin)) continue;
    Plan plan = price(problem, decision);
    if (is_feasible(problem, plan)) plans.push_back(std::move(plan));
  }
  sort_plans(plans);
  if (plans.size() > count) plans.resize(count);
  return plans;
}

}  // namespace tandem::plan
