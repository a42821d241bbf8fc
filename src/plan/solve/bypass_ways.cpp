#include "plan/solve/bypass_ways.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "plan/judge/price.h"
#include "plan/solve/functional.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostOptions = 1'000;        // of a tensor
constexpr std::size_t kMostCombinations = 20'000;  // of all tensors
constexpr std::size_t kMostRounds = 10;            // over all tensors, where the combinations are more

using Way = std::vector<Crossing>;  // of one tensor

// All ways of a tensor: from where it is made or has arrived to each stage that reads it, in each encoding.
class WaysOfTensor {
 public:
  WaysOfTensor(const Problem& problem, const Decision& placed, std::size_t tensor)
      : problem_(problem), placed_(placed), tensor_(tensor), reads_(placed.route.size()), has_it_(reads_.size()) {
    const Tensor& each = problem.tensors[tensor];
    const std::size_t maker = each.producer == kNone ? 0 : placed.position[each.producer];
    if (maker == kNone) {
      ways_.emplace_back();
      return;
    }
    for (const std::size_t reader : each.consumers) {
      if (placed.position[reader] != kNone) reads_[placed.position[reader]] = 1;
    }
    has_it_[maker] = 1;
    arrive(maker + 1);
  }

  std::vector<Way> take() && { return std::move(ways_); }
  bool is_complete() const { return is_complete_; }

 private:
  void arrive(std::size_t stage) {
    if (ways_.size() >= kMostOptions) {
      is_complete_ = false;
      return;
    }
    if (stage == reads_.size()) {
      if (leads_to_readers_only()) ways_.push_back(way_);
      return;
    }
    if (reads_[stage] == 0) arrive(stage + 1);
    for (std::size_t from = 0; from < stage; ++from) {
      if (has_it_[from] != 0) send(from, stage);
    }
  }

  void send(std::size_t from, std::size_t to) {
    const std::size_t link = link_between(problem_, placed_.route[from], placed_.route[to]);
    if (link == kNone) return;
    has_it_[to] = 1;
    const auto& encodings = problem_.tensors[tensor_].encodings;
    for (std::size_t encoding = 0; encoding < encodings.size(); ++encoding) {
      if (!can_send(problem_, encodings[encoding], link)) continue;
      way_.push_back({from, tensor_, encoding, to - from - 1});
      arrive(to + 1);
      way_.pop_back();
    }
    has_it_[to] = 0;
  }

  bool leads_to_readers_only() const {
    return std::ranges::all_of(way_, [&](const Crossing& each) {
      return reads_[each.to()] != 0 || std::ranges::find(way_, each.to(), &Crossing::hop) != way_.end();
    });
  }

  const Problem& problem_;
  const Decision& placed_;
  const std::size_t tensor_;
  std::vector<char> reads_, has_it_;  // by stage
  Way way_;
  std::vector<Way> ways_;
  bool is_complete_ = true;
};

class Choice {
 public:
  Choice(const Problem& problem, const Decision& placed, const std::function<bool()>& must_stop)
      : problem_(problem), placed_(placed), must_stop_(must_stop) {
    for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
      WaysOfTensor ways(problem, placed, tensor);
      found_.is_exact = found_.is_exact && ways.is_complete();
      add(std::move(ways).take());
    }
  }

  Ways run() && {
    if (is_impossible_) return std::move(found_);
    if (!is_coupled()) {
      improve_each();
      offer(plan_of(chosen_));
    } else if (combinations_ <= kMostCombinations) {
      try_all(0);
    } else {
      found_.is_exact = false;
      descend();
    }
    return std::move(found_);
  }

 private:
  void add(std::vector<Way> ways) {
    if (ways.empty()) is_impossible_ = true;
    if (ways.size() == 1) fixed_.insert(fixed_.end(), ways[0].begin(), ways[0].end());
    if (ways.size() < 2) return;
    combinations_ = std::min(kMostCombinations + 1, combinations_) * ways.size();
    options_.push_back(std::move(ways));
    chosen_.push_back(0);
  }

  // Whether tensors depend on one another: by a period, or by a limit of what they cost or send.
  bool is_coupled() const {
    return problem_.objective.kind == ObjectiveKind::Throughput || std::ranges::any_of(problem_.links, limits_size) ||
           std::ranges::any_of(problem_.constraints, [](const Constraint& each) {
             const bool is_fixed = each.metric == Metric::Memory || (each.metric == Metric::Compute && !each.is_share);
             return each.kind == ConstraintKind::AtMost && !is_fixed;
           });
  }

  Plan plan_of(const std::vector<std::size_t>& chosen) {
    ++found_.steps;
    Decision decision = placed_;
    decision.crossings = fixed_;
    for (std::size_t i = 0; i < chosen.size(); ++i)
      decision.crossings.insert(decision.crossings.end(), options_[i][chosen[i]].begin(), options_[i][chosen[i]].end());
    std::ranges::sort(decision.crossings);
    return price(problem_, decision);
  }

  void offer(Plan plan) {
    if (!is_feasible(problem_, plan)) return;
    if (!found_.plan || is_better(plan, *found_.plan)) found_.plan = std::move(plan);
  }

  bool is_stopped() {
    const bool stops = must_stop_ && must_stop_();
    found_.is_exact = found_.is_exact && !stops;
    return stops;
  }

  void try_all(std::size_t option) {
    if (option == options_.size()) return offer(plan_of(chosen_));
    for (chosen_[option] = 0; chosen_[option] < options_[option].size(); ++chosen_[option]) {
      if (option == 0 && is_stopped()) return;
      try_all(option + 1);
    }
  }

  // Each tensor takes its best way while the others keep theirs. Whether any has changed.
  bool improve_each() {
    bool has_changed = false;
    Plan best = plan_of(chosen_);
    for (std::size_t i = 0; i < options_.size(); ++i) {
      std::vector<std::size_t> trial = chosen_;
      for (trial[i] = 0; trial[i] < options_[i].size(); ++trial[i]) {
        if (trial[i] == chosen_[i]) continue;
        Plan plan = plan_of(trial);
        if (!prefers(plan, best)) continue;
        best = std::move(plan);
        chosen_[i] = trial[i];
        has_changed = true;
      }
    }
    return has_changed;
  }

  void descend() {
    for (std::size_t round = 0; round < kMostRounds && improve_each(); ++round) {
      if (is_stopped()) break;
    }
    offer(plan_of(chosen_));
  }

  bool prefers(const Plan& plan, const Plan& best) const {
    if (!is_coupled()) return is_better(plan, best);
    const double excess = excess_of_all(plan) - excess_of_all(best);
    return excess != 0 ? excess < 0 : is_better(plan, best);
  }

  double excess_of_all(const Plan& plan) const {
    double sum = 0;
    for (std::size_t i = 0; i < problem_.constraints.size(); ++i) sum += excess_of(problem_, plan, i);
    return sum;
  }

  const Problem& problem_;
  const Decision& placed_;
  const std::function<bool()>& must_stop_;
  Way fixed_;                              // of tensors with one way
  std::vector<std::vector<Way>> options_;  // of the others
  std::vector<std::size_t> chosen_;
  std::size_t combinations_ = 1;
  bool is_impossible_ = false;
  Ways found_;
};

}  // namespace

Ways best_ways(const Problem& problem, const Decision& placed, const std::function<bool()>& must_stop) {
  return Choice(problem, placed, must_stop).run();
}

}  // namespace tandem::plan
