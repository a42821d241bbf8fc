#include "plan/solve/ideal_costs.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "plan/solve/label.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostComparedLinks = 200;

void append(std::vector<double>& list, const FunctionalValues& values) {
  list.push_back(values.objective);
  list.insert(list.end(), values.limits.begin(), values.limits.end());
}

// By item, the first one of equal signature.
template <class Signature>
std::vector<std::size_t> kinds_of(std::size_t count, const Signature& signature) {
  std::vector<std::size_t> kinds(count);
  std::map<std::vector<double>, std::size_t> known;
  for (std::size_t i = 0; i < count; ++i) kinds[i] = known.try_emplace(signature(i), i).first->second;
  return kinds;
}

}  // namespace

IdealCosts::IdealCosts(const Query& query, const std::vector<Bundle>& bundles, const IdealLattice& lattice)
    : query_(query), bundles_(bundles), lattice_(lattice), targets_(query.target_count()), links_(targets_) {
  for (const Bundle& bundle : bundles) phases_.push_back(bundle.phase);
  phases_.push_back(phases_.back());
  by_tier_.resize(targets_);
  std::iota(by_tier_.begin(), by_tier_.end(), std::size_t{0});
  std::ranges::stable_sort(by_tier_, {}, [&](std::size_t target) { return query.problem->targets[target].tier; });
  add_runs();
  add_hops();
  find_kinds();
  find_links();
  ways_.resize(lattice.size() * query.problem->links.size());
}

void IdealCosts::add_runs() {
  const auto amounts = [&](double ms, std::size_t phase, std::size_t target, double memory_bytes,
                           const FunctionalValues& values) {
    Amounts made{query_.busy_reach(phase, target) * ms, memory_bytes, 0, {}};
    made.add(values);
    return made;
  };
  for (const Bundle& bundle : bundles_) {
    for (std::size_t target = 0; target < targets_; ++target) {
      may_run_.push_back(std::ranges::all_of(bundle.ranks, [&](std::size_t rank) { return query_.may(rank, target); }));
      Amounts sum;
      for (const std::size_t rank : bundle.ranks) {
        if (may_run_.back() == 0) break;
        const auto cost = [&](const Functional& each) { return query_.block_cost(each, rank, target); };
        sum.add(amounts(query_.block_ms(rank, target), bundle.phase, target, query_.memory_of(rank),
                        values_of(query_, cost)));
      }
      runs_.push_back(sum);
    }
  }
  for (std::size_t phase = 0; phase < query_.scenario.phase_count(); ++phase) {
    for (std::size_t target = 0; target < targets_; ++target) {
      const auto cost = [&](const Functional& each) { return query_.stage_cost(each, target, phase); };
      overheads_.push_back(amounts(query_.stage_ms(target), phase, target, 0, values_of(query_, cost)));
      const auto part_cost = [&](const Functional& each) { return query_.part_cost(each, target, phase); };
      parts_.push_back(amounts(query_.part_ms(target), phase, target, 0, values_of(query_, part_cost)));
    }
  }
}

void IdealCosts::add_hops() {
  const auto& problem = *query_.problem;
  for (std::size_t phase = 0; phase < query_.scenario.phase_count(); ++phase) {
    for (std::size_t link = 0; link < problem.links.size(); ++link) {
      const auto cost = [&](const Functional& each) { return query_.hop_cost(each, link, phase); };
      const double answer_ms = Times::download_ms(problem.links[link], problem.answer_bytes);
      hops_.push_back({values_of(query_, cost), query_.link_reach(phase, link) * answer_ms});
    }
  }
}

std::vector<double> IdealCosts::signature_of_target(std::size_t target) const {
  std::vector<double> all = {query_.memory_limit[target], static_cast<double>(needed_sets_with(query_, target))};
  const auto add = [&](const Amounts& each) {
    all.push_back(each.stage_ms);
    all.push_back(each.objective);
    all.insert(all.end(), each.limits.begin(), each.limits.end());
  };
  for (std::size_t bundle = 0; bundle < bundles_.size(); ++bundle) {
    all.push_back(may_run(bundle, target) ? 1 : 0);
    add(run(bundle, target));
  }
  for (std::size_t phase = 0; phase < query_.scenario.phase_count(); ++phase) {
    add(overheads_[phase * targets_ + target]);
    add(parts_[phase * targets_ + target]);
  }
  return all;
}

std::vector<double> IdealCosts::signature_of_link(std::size_t link) const {
  const auto& problem = *query_.problem;
  const Link& ends = problem.links[link];
  std::vector<double> all;
  const auto add_encoding = [&](const Encoding& encoding, std::size_t phase) {
    append(all, values_of(query_,
                          [&](const Functional& each) { return query_.crossing_cost(each, encoding, link, phase); }));
    all.push_back(query_.busy_reach(phase, ends.from) * Times::encode_ms(problem, encoding, link));
    all.push_back(query_.link_reach(phase, link) * Times::upload_ms(ends, encoding.bytes));
    all.push_back(query_.busy_reach(phase, ends.to) * Times::decode_ms(problem, encoding, link));
  };
  for (std::size_t phase = 0; phase < query_.scenario.phase_count(); ++phase) {
    append(all, hops_[phase * problem.links.size() + link].values);
    all.push_back(hops_[phase * problem.links.size() + link].answer_ms);
    for (const auto& tensor : query_.scenario.tensors) {
      for (const Encoding& encoding : query_.encodings_of(tensor)) {
        const bool may = can_send(problem, encoding, link);
        all.push_back(may ? 1 : 0);
        if (may) add_encoding(encoding, phase);
      }
    }
  }
  return all;
}

void IdealCosts::find_kinds() {
  const std::size_t links = query_.problem->links.size();
  if (links <= kMostComparedLinks) {
    kind_of_target_ = kinds_of(targets_, [&](std::size_t target) { return signature_of_target(target); });
    kind_of_link_ = kinds_of(links, [&](std::size_t link) { return signature_of_link(link); });
    return;
  }
  kind_of_target_.resize(targets_);
  kind_of_link_.resize(links);
  std::iota(kind_of_target_.begin(), kind_of_target_.end(), std::size_t{0});
  std::iota(kind_of_link_.begin(), kind_of_link_.end(), std::size_t{0});
}

// Whether a plan may take `link` in place of `other`: to a target of the same kind and no later tier, from which like
// links lead to all targets behind that of `other`. Plans then use targets of a kind in their order.
bool IdealCosts::stands_for(std::size_t link, std::size_t other) const {
  const auto& problem = *query_.problem;
  const auto& all = problem.links;
  const std::size_t here = all[link].to;
  const std::size_t there = all[other].to;
  const auto place = [&](std::size_t target) { return std::pair(problem.targets[target].tier, target); };
  if (here == there || all[link].from != all[other].from || kind_of_link_[link] != kind_of_link_[other]) return false;
  if (kind_of_target_[here] != kind_of_target_[there] || place(here) > place(there)) return false;
  for (std::size_t on = 0; on < all.size(); ++on) {
    if (all[on].from != there || !query_.may_use_link[on]) continue;
    bool has_like = false;
    for (std::size_t like = 0; like < all.size(); ++like) {
      has_like = has_like || (all[like].from == here && all[like].to == all[on].to && query_.may_use_link[like] &&
                              kind_of_link_[like] == kind_of_link_[on]);
    }
    if (!has_like) return false;
  }
  return true;
}

void IdealCosts::find_links() {
  const auto& all = query_.problem->links;
  const auto usable = links_by_tier(query_);
  const bool compares = all.size() <= kMostComparedLinks;
  for (const std::size_t link : usable) {
    const bool is_replaced =
        compares && std::ranges::any_of(usable, [&](std::size_t other) { return stands_for(other, link); });
    if (!is_replaced) links_[all[link].from].push_back(link);
  }
}

const std::vector<FrontierOption>& IdealCosts::ways(std::size_t ideal, std::size_t link) {
  auto& known = ways_[ideal * query_.problem->links.size() + kind_of_link_[link]];
  if (!known) {
    known = std::make_unique<const std::vector<FrontierOption>>(
        frontier_options(query_, link, phase_of(ideal), lattice_.frontier(ideal)));
  }
  return *known;
}

double IdealCosts::begin_cost(const Functional& functional, std::size_t ideal, std::size_t target,
                              bool begins_stage) const {
  if (begins_stage) return query_.stage_cost(functional, target, phase_of(ideal));
  return starts_phase(ideal) ? query_.part_cost(functional, target, phase_of(ideal)) : 0;
}

// From the last target and the full ideal on back. What a stage adds by beginning or going on at an ideal is added when
// the ideal is left by a bundle.
IdealCosts::Rest IdealCosts::rest(const Functional& functional) {
  const std::size_t full = lattice_.size() - 1;
  const std::vector<double> none(lattice_.size() * targets_, kUnlimited);
  Rest rest{none, none};
  for (std::size_t i = by_tier_.size(); i-- > 0;) {
    const std::size_t target = by_tier_[i];
    rest.begun[full * targets_ + target] = 0;
    for (std::size_t ideal = lattice_.size(); ideal-- > 0;) {
      double& begun = rest.begun[ideal * targets_ + target];
      double& fresh = rest.fresh[ideal * targets_ + target];
      if (ideal != full) {
        const double on = least_from(functional, rest, ideal, target);
        begun = std::min(begun + begin_cost(functional, ideal, target, false), on);
        fresh += begin_cost(functional, ideal, target, true);
        if (query_.problem->allows_relays || target == 0) fresh = std::min(fresh, on);
      }
      for (const auto& step : lattice_.steps(ideal)) {
        if (!may_run(step.bundle, target) || begun == kUnlimited) continue;
        double cost = begun;
        for (const std::size_t rank : bundles_[step.bundle].ranks) cost += query_.block_cost(functional, rank, target);
        for (auto* list : {&rest.begun, &rest.fresh}) {
          double& before = (*list)[step.from * targets_ + target];
          before = std::min(before, cost);
        }
      }
    }
  }
  return rest;
}

IdealCosts::Rest IdealCosts::room(double threshold_ms) {
  const std::size_t full = lattice_.size() - 1;
  const std::vector<double> none(lattice_.size() * targets_, -kUnlimited);
  Rest room{none, none};
  for (std::size_t i = by_tier_.size(); i-- > 0;) {
    const std::size_t target = by_tier_[i];
    room.begun[full * targets_ + target] = threshold_ms;
    for (std::size_t ideal = lattice_.size(); ideal-- > 0;) {
      double& begun = room.begun[ideal * targets_ + target];
      double& fresh = room.fresh[ideal * targets_ + target];
      if (ideal != full) {
        const double on = room_from(room, threshold_ms, ideal, target);
        begun = std::max(begun - begin(ideal, target, false).stage_ms, on);
        fresh -= begin(ideal, target, true).stage_ms;
        if (query_.problem->allows_relays || target == 0) fresh = std::max(fresh, on);
      }
      for (const auto& step : lattice_.steps(ideal)) {
        if (!may_run(step.bundle, target)) continue;
        const double before = begun - run(step.bundle, target).stage_ms;
        for (auto* list : {&room.begun, &room.fresh}) {
          double& most = (*list)[step.from * targets_ + target];
          most = std::max(most, before);
        }
      }
    }
  }
  return room;
}

double IdealCosts::room_from(const Rest& room, double threshold_ms, std::size_t ideal, std::size_t target) {
  double most = -kUnlimited;
  for (const std::size_t link : links_from(target)) {
    const double behind = room.fresh[ideal * targets_ + query_.problem->links[link].to];
    if (behind < 0 || answer_ms(ideal, link) > threshold_ms) continue;
    for (const auto& way : ways(ideal, link)) {
      if (way.decode_ms <= behind && way.upload_ms <= threshold_ms) most = std::max(most, threshold_ms - way.encode_ms);
    }
  }
  return most;
}

double IdealCosts::least_from(const Functional& functional, const Rest& rest, std::size_t ideal, std::size_t target) {
  double least = kUnlimited;
  for (const std::size_t link : links_from(target)) {
    const double behind = rest.fresh[ideal * targets_ + query_.problem->links[link].to];
    if (behind == kUnlimited) continue;
    least = std::min(least,
                     behind + query_.hop_cost(functional, link, phase_of(ideal)) + least_way(functional, ideal, link));
  }
  return least;
}

double IdealCosts::least_way(const Functional& functional, std::size_t ideal, std::size_t link) {
  double sum = 0;
  for (const std::uint32_t id : lattice_.frontier(ideal))
    sum +=
        query_.least_crossing_cost(functional, query_.encodings_of(query_.scenario.tensors[id]), link, phase_of(ideal));
  return sum;
}

}  // namespace tandem::plan
