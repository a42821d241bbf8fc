#include "plan/solve/labels.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

namespace tandem::plan {
namespace {

constexpr std::uint32_t kNobody = static_cast<std::uint32_t>(-1);

// The least that is still to come for one functional, from each cut and target on: prunes what cannot end well.
class Remainder {
 public:
  Remainder(const Query& query, const Functional& functional, const std::vector<std::size_t>& links)
      : targets_(query.target_count()), least_((query.scenario.size() + 1) * targets_, kUnlimited) {
    const std::size_t count = query.scenario.size();
    for (std::size_t target = 0; target < targets_; ++target) at(count, target) = 0;
    for (std::size_t cut = count; cut-- > 0;) {
      for (std::size_t target = 0; target < targets_; ++target) {
        if (query.may(cut, target)) at(cut, target) = at(cut + 1, target) + query.block_cost(functional, cut, target);
      }
      for (auto link = links.rbegin(); link != links.rend(); ++link) relax(query, functional, cut, *link);
    }
    find_least_overheads(query, functional);
  }

  double from(std::size_t cut, std::size_t target) const { return least_[cut * targets_ + target] + overheads_; }

 private:
  double& at(std::size_t cut, std::size_t target) { return least_[cut * targets_ + target]; }

  void relax(const Query& query, const Functional& functional, std::size_t cut, std::size_t link) {
    const std::size_t phase = query.scenario.phase[cut];
    double sum = query.hop_cost(functional, link, phase) + at(cut, query.problem->links[link].to);
    for (const std::size_t id : query.scenario.frontier(cut)) {
      sum += query.least_crossing_cost(functional, query.encodings_of(query.scenario.tensors[id]), link, phase);
    }
    double& here = at(cut, query.problem->links[link].from);
    here = std::min(here, sum);
  }

  // Overheads of stages are left out above. In the functional of a share they may count below zero: at most one a tier.
  void find_least_overheads(const Query& query, const Functional& functional) {
    std::vector<double> by_tier(query.problem->tiers.size(), 0);
    for (std::size_t target = 0; target < targets_; ++target) {
      double& least = by_tier[query.problem->targets[target].tier];
      for (std::size_t phase = 0; phase < query.scenario.phase_count(); ++phase)
        least = std::min(least, query.stage_cost(functional, target, phase));
    }
    overheads_ = std::accumulate(by_tier.begin(), by_tier.end(), 0.0);
  }

  std::size_t targets_;
  std::vector<double> least_;
  double overheads_ = 0;
};

class LabelSolver {
 public:
  explicit LabelSolver(const Query& query)
      : query_(query), targets_(query.target_count()), limits_(query.limits.size()) {
    for (std::size_t link = 0; link < query.problem->links.size(); ++link) {
      if (query.may_use_link[link]) links_.push_back(link);
    }
    std::ranges::stable_sort(
        links_, {}, [&](std::size_t link) { return query.problem->targets[query.problem->links[link].from].tier; });
    const bool counts_time = query.minimises_period || query.period_limit != kUnlimited;
    width_ = 1 + limits_;
    if (counts_time) period_at_ = std::exchange(width_, width_ + 2);
    if (query.has_memory_limits()) memory_at_ = width_++;
    remainders_.emplace_back(query, query.objective, links_);
    for (const auto& limit : query.limits) remainders_.emplace_back(query, limit.functional, links_);
  }

  Findings solve() {
    fresh_.assign(targets_, {});
    begun_.assign(targets_, {});
    fresh_[0].push_back(add_label({}, std::vector<double>(width_, 0).data()));
    for (std::size_t cut = 0; cut < query_.scenario.size(); ++cut) {
      for (const std::size_t link : links_) take_hop(link, cut);
      run_block(cut);
      if (query_.must_stop && query_.must_stop()) return stopped();
    }
    return finish();
  }

 private:
  // How a label came about: a block that ran where its parent was, or a hop with one of the cut's options.
  struct Label {
    std::uint32_t parent = kNobody;
    std::uint32_t link = kNobody;  // kNobody: a block ran
    std::uint32_t choice = 0;      // of the encodings of the frontier: an index into choices_
    std::uint32_t target = 0;
    std::uint32_t beaten_by = 0;  // labels that dominate it
    std::uint64_t used = 0;       // of the needed sets, those that have run something
  };
  // One way to send a frontier over a link.
  struct Option {
    std::vector<std::uint8_t> encodings;
    std::vector<double> keys;  // objective, limits, then encode, upload and decode times
    std::uint32_t choice = 0;
  };
  using List = std::vector<std::uint32_t>;

  double* keys_of(std::uint32_t label) { return keys_.data() + std::size_t{label} * width_; }

  std::uint32_t add_label(const Label& label, const double* keys) {
    labels_.push_back(label);
    keys_.insert(keys_.end(), keys, keys + width_);
    return static_cast<std::uint32_t>(labels_.size() - 1);
  }

  // Objective first, then the limits: what an element adds to each.
  template <class Value>
  void add_values(double* keys, const Value& value) const {
    keys[0] += value(query_.objective);
    for (std::size_t i = 0; i < limits_; ++i) keys[1 + i] += value(query_.limits[i].functional);
  }

  void run_block(std::size_t rank) {
    for (std::size_t target = 0; target < targets_; ++target) {
      List next;
      if (query_.may(rank, target)) {
        for (const auto label : fresh_[target]) run_on(label, rank, target, true, next);
        for (const auto label : begun_[target]) run_on(label, rank, target, false, next);
      }
      begun_[target] = std::move(next);
      fresh_[target].clear();
    }
  }

  void run_on(std::uint32_t from, std::size_t rank, std::size_t target, bool begins, List& next) {
    std::vector<double>& keys = scratch_;
    keys.assign(keys_of(from), keys_of(from) + width_);
    const std::size_t phase = query_.scenario.phase[rank];
    add_values(keys.data(), [&](const Functional& functional) {
      return query_.block_cost(functional, rank, target) + (begins ? query_.stage_cost(functional, target, phase) : 0);
    });
    if (period_at_ != 0) {
      keys[period_at_ + 1] +=
          query_.scenario.mean_reach[phase] * (query_.block_ms(rank, target) + (begins ? query_.stage_ms(target) : 0));
      if (!is_within(keys[period_at_ + 1], query_.period_limit)) return;
    }
    if (memory_at_ != 0) {
      keys[memory_at_] += query_.memory_of(rank);
      if (!is_within(keys[memory_at_], query_.memory_limit[target])) return;
    }
    Label label{from, kNobody, 0, static_cast<std::uint32_t>(target), 0, labels_[from].used | bits_of(target)};
    insert(label, keys.data(), rank + 1, next);
  }

  std::uint64_t bits_of(std::size_t target) const {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < query_.needed.size(); ++i) {
      if (std::ranges::find(query_.needed[i], target) != query_.needed[i].end()) bits |= std::uint64_t{1} << i;
    }
    return bits;
  }

  void take_hop(std::size_t link, std::size_t cut) {
    const Link& costs = query_.problem->links[link];
    const bool may_relay = query_.problem->allows_relays || costs.from == 0;
    if (begun_[costs.from].empty() && (fresh_[costs.from].empty() || !may_relay)) return;
    auto options = options_of(link, cut);
    for (auto& option : options) {
      if (may_relay) {
        for (const auto label : fresh_[costs.from]) hop_from(label, link, cut, option);
      }
      for (const auto label : begun_[costs.from]) hop_from(label, link, cut, option);
    }
  }

  void hop_from(std::uint32_t from, std::size_t link, std::size_t cut, const Option& option) {
    std::vector<double>& keys = scratch_;
    keys.assign(keys_of(from), keys_of(from) + width_);
    const std::size_t phase = query_.scenario.phase[cut];
    add_values(keys.data(), [&](const Functional& functional) { return query_.hop_cost(functional, link, phase); });
    for (std::size_t i = 0; i <= limits_; ++i) keys[i] += option.keys[i];
    if (period_at_ != 0) {
      const double* times = option.keys.data() + 1 + limits_;
      const double answer_ms = Times::download_ms(query_.problem->links[link], query_.problem->answer_bytes);
      const double longest = std::max(
          {keys[period_at_], keys[period_at_ + 1] + times[0], times[1], query_.scenario.mean_reach[phase] * answer_ms});
      if (!is_within(longest, query_.period_limit)) return;
      keys[period_at_] = longest;
      keys[period_at_ + 1] = times[2];
    }
    if (memory_at_ != 0) keys[memory_at_] = 0;
    const std::size_t to = query_.problem->links[link].to;
    Label label{
        from, static_cast<std::uint32_t>(link), option.choice, static_cast<std::uint32_t>(to), 0, labels_[from].used};
    insert(label, keys.data(), cut, fresh_[to]);
  }

  // All ways to encode the frontier, but those that `count` others beat.
  std::vector<Option> options_of(std::size_t link, std::size_t cut) {
    const std::size_t phase = query_.scenario.phase[cut];
    const std::size_t width = 1 + limits_ + 3;
    std::vector<Option> options = {{{}, std::vector<double>(width, 0), 0}};
    for (const std::size_t id : query_.scenario.frontier(cut)) {
      std::vector<Option> longer;
      const auto& encodings = query_.encodings_of(query_.scenario.tensors[id]);
      for (const auto& option : options) {
        for (std::size_t i = 0; i < encodings.size(); ++i) {
          Option next = option;
          next.encodings.push_back(static_cast<std::uint8_t>(i));
          add_values(next.keys.data(), [&](const Functional& functional) {
            return query_.crossing_cost(functional, encodings[i], link, phase);
          });
          add_times(next.keys.data() + 1 + limits_, encodings[i], link, phase);
          longer.push_back(std::move(next));
        }
      }
      options = undominated(std::move(longer));
    }
    for (auto& option : options) {
      option.choice = static_cast<std::uint32_t>(choices_.size());
      choices_.push_back(option.encodings);
    }
    return options;
  }

  void add_times(double* times, const Encoding& encoding, std::size_t link, std::size_t phase) const {
    const double reach = query_.scenario.mean_reach[phase];
    times[0] += reach * Times::encode_ms(*query_.problem, encoding, link);
    times[1] += reach * Times::upload_ms(query_.problem->links[link], encoding.bytes);
    times[2] += reach * Times::decode_ms(*query_.problem, encoding, link);
  }

  std::vector<Option> undominated(std::vector<Option> options) const {
    const std::size_t width = 1 + limits_ + (period_at_ != 0 ? 3 : 0);
    std::vector<Option> kept;
    for (std::size_t i = 0; i < options.size(); ++i) {
      std::size_t beaten_by = 0;
      for (std::size_t j = 0; j < options.size() && beaten_by < query_.count; ++j) {
        if (i == j) continue;
        const bool is_no_worse =
            std::equal(options[j].keys.begin(), options[j].keys.begin() + static_cast<std::ptrdiff_t>(width),
                       options[i].keys.begin(), std::less_equal<>());
        const bool is_same = is_no_worse && std::equal(options[j].keys.begin(),
                                                       options[j].keys.begin() + static_cast<std::ptrdiff_t>(width),
                                                       options[i].keys.begin());
        if (is_no_worse && (!is_same || j < i)) ++beaten_by;
      }
      if (beaten_by < query_.count) kept.push_back(options[i]);
    }
    return kept;
  }

  // Keeps a label unless it cannot end well or `count` others are at least as good in everything.
  void insert(Label& label, const double* keys, std::size_t cut, List& list) {
    if (!can_end_well(keys, cut, label.target)) return;
    for (const auto other : list) {
      if (beats(labels_[other], keys_of(other), label, keys) && ++label.beaten_by >= query_.count) return;
    }
    std::erase_if(list, [&](std::uint32_t other) {
      const bool is_beaten = beats(label, keys, labels_[other], keys_of(other)) &&
                             !beats(labels_[other], keys_of(other), label, keys);  // among equals the first one counts
      return is_beaten && ++labels_[other].beaten_by >= query_.count;
    });
    list.push_back(add_label(label, keys));
  }

  bool can_end_well(const double* keys, std::size_t cut, std::size_t target) const {
    const double objective = keys[0] + remainders_[0].from(cut, target);
    if (objective == kUnlimited || !is_within(objective, query_.objective_limit)) return false;
    if (!query_.minimises_period && objective + query_.constant > query_.cutoff) return false;
    if (query_.minimises_period && keys[period_at_] + query_.constant > query_.cutoff) return false;
    for (std::size_t i = 0; i < limits_; ++i) {
      if (!query_.limits[i].holds(keys[1 + i] + remainders_[1 + i].from(cut, target))) return false;
    }
    return true;
  }

  bool beats(const Label& a, const double* a_keys, const Label& b, const double* b_keys) const {
    if ((a.used & b.used) != b.used) return false;
    return std::equal(a_keys, a_keys + width_, b_keys, std::less_equal<>());
  }

  bool keeps_limits(const double* keys) const {
    for (std::size_t i = 0; i < limits_; ++i) {
      if (!query_.limits[i].holds(keys[1 + i])) return false;
    }
    return true;
  }

  struct Finish {
    double cost, latency;
    std::uint32_t label;
    auto operator<=>(const Finish&) const = default;
  };

  std::vector<Finish> finishes() {
    const std::uint64_t all = query_.needed.empty() ? 0 : (~std::uint64_t{0} >> (64 - query_.needed.size()));
    std::vector<Finish> found;
    for (const auto& list : begun_) {
      for (const auto label : list) {
        const double* keys = keys_of(label);
        if (labels_[label].used != all || !keeps_limits(keys)) continue;
        const double cost = query_.minimises_period
                                ? std::max(keys[period_at_], keys[period_at_ + 1]) + query_.tie_break * keys[0]
                                : keys[0];
        if (cost + query_.constant <= query_.cutoff) found.push_back({cost + query_.constant, keys[0], label});
      }
    }
    std::ranges::sort(found);
    if (found.size() > query_.count) found.resize(query_.count);
    return found;
  }

  Findings finish() {
    Findings findings;
    findings.steps = labels_.size();
    for (const auto& finish : finishes()) {
      findings.decisions.push_back(trace(finish.label));
      findings.costs.push_back(finish.cost);
    }
    if (!findings.costs.empty()) findings.bound = findings.costs.front();
    return findings;
  }

  Findings stopped() const {
    Findings findings;
    findings.is_proven = false;
    findings.steps = labels_.size();
    findings.bound = query_.minimises_period ? 0 : remainders_[0].from(0, 0) + query_.constant;
    return findings;
  }

  Decision trace(std::uint32_t at) const {
    std::vector<std::size_t> route = {labels_[at].target};
    std::vector<std::size_t> places_from_end(query_.scenario.size());
    std::vector<Crossing> crossings;
    std::size_t cut = query_.scenario.size();
    for (; labels_[at].parent != kNobody; at = labels_[at].parent) {
      const Label& label = labels_[at];
      if (label.link == kNobody) {
        places_from_end[--cut] = route.size();
        continue;
      }
      for (std::size_t i = 0; i < choices_[label.choice].size(); ++i) {
        const std::size_t id = query_.scenario.frontier(cut)[i];
        crossings.push_back({route.size(), query_.scenario.tensors[id].tensor, choices_[label.choice][i]});
      }
      route.push_back(query_.problem->links[label.link].from);
    }
    for (auto& place : places_from_end) place = route.size() - place;
    for (auto& crossing : crossings) crossing.hop = route.size() - 1 - crossing.hop;
    std::ranges::sort(crossings);
    std::ranges::reverse(route);
    Decision decision = make_decision(query_, std::move(route), places_from_end);
    decision.crossings = std::move(crossings);
    return decision;
  }

  const Query& query_;
  std::size_t targets_;
  std::size_t limits_;
  std::size_t width_ = 0;           // numbers of a label: objective, limits, then what is needed of these:
  std::size_t period_at_ = 0;       // the longest stage or link so far, the time of the current stage
  std::size_t memory_at_ = 0;       // of the current stage
  std::vector<std::size_t> links_;  // by the tier that they start from
  std::vector<Remainder> remainders_;
  std::vector<Label> labels_;
  std::vector<double> keys_;
  std::vector<std::vector<std::uint8_t>> choices_;
  std::vector<List> fresh_, begun_;  // by target, at the current cut
  std::vector<double> scratch_;
};

}  // namespace

bool labels_fit(const Query& query) {
  return query.scenario.is_total_order && query.needed.size() <= 64;
}

Findings solve_labels(const Query& query) {
  return LabelSolver(query).solve();
}

}  // namespace tandem::plan
