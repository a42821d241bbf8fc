#include "plan/solve/chain.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

namespace tandem::plan {
namespace {

constexpr double kUnreached = std::numeric_limits<double>::infinity();

// Bellman's recursion over (cut, target, whether the target's stage has begun).
class Recursion {
 public:
  explicit Recursion(const Query& query);

  // Whether there is a plan within the query's limit and cutoff; then decision() and cost() describe it.
  bool solve();
  const Decision& decision() const { return decision_; }
  double cost() const { return cost_; }

 private:
  struct Hop {
    std::size_t link, from, to;
    double fixed_time, fixed_mean;  // cost of the hop itself, by reach
    double byte_time, byte_mean;    // cost of each byte
  };
  struct Cut {
    bool can_be_sent = true;  // every tensor of the frontier has an encoding
    bool is_plain = true;     // and its only cost is its bytes
    double bytes = 0;         // of all of them, where plain
  };
  // How a target was reached at a cut: over a hop, from a stage that had begun or not.
  struct Arrival {
    std::uint32_t hop = 0;
    bool had_begun = false;
  };

  Hop make_hop(std::size_t link) const;
  Cut make_cut(std::size_t cut) const;
  void begin_parts(std::size_t phase);
  void run_block(std::size_t rank);
  void run_stages(std::size_t target, std::size_t end);
  void take_hops(std::size_t cut);
  double frontier_cost(std::size_t cut, std::size_t link) const;
  void trace(std::size_t target);
  void add_crossings(std::size_t cut, std::size_t link, std::size_t place);

  const Query& query_;
  std::size_t targets_;
  std::vector<Hop> hops_;              // by the tier they start from
  std::vector<Cut> cuts_;              // before each rank
  std::vector<double> fresh_, begun_;  // by target, at the current cut
  std::vector<Arrival> arrivals_;      // by (cut, target): how a fresh target was reached
  std::vector<char> begins_;           // by (rank, target): whether its stage begins with this block
  // Of targets with segments, whose stages are priced whole: their cost up to each cut when they were fresh, and the
  // cut where the best stage begins that ends at each.
  std::vector<double> fresh_at_;       // by (cut, target)
  std::vector<std::size_t> start_of_;  // by (cut, target)
  Decision decision_;
  double cost_ = kUnlimited;
};

Recursion::Recursion(const Query& query)
    : query_(query),
      targets_(query.target_count()),
      fresh_(targets_, kUnreached),
      begun_(targets_, kUnreached),
      arrivals_((query.scenario.size() + 1) * targets_),
      begins_(query.scenario.size() * targets_) {
  const auto& problem = *query.problem;
  for (std::size_t link = 0; link < problem.links.size(); ++link) {
    if (query.may_use_link[link]) hops_.push_back(make_hop(link));
  }
  std::ranges::stable_sort(hops_, {}, [&](const Hop& hop) { return problem.targets[hop.from].tier; });
  for (std::size_t cut = 0; cut < query.scenario.size(); ++cut) cuts_.push_back(make_cut(cut));
  if (query.segments.empty()) return;
  fresh_at_.assign(arrivals_.size(), kUnreached);
  start_of_.assign(arrivals_.size(), 0);
}

Recursion::Hop Recursion::make_hop(std::size_t link) const {
  const auto& problem = *query_.problem;
  return {link,
          problem.links[link].from,
          problem.links[link].to,
          query_.objective.hop(problem, query_.scenario.policy, link, 1, 0),
          query_.objective.hop(problem, query_.scenario.policy, link, 0, 1),
          query_.objective.byte_time(problem, link),
          query_.objective.byte_mean(problem, link)};
}

Recursion::Cut Recursion::make_cut(std::size_t cut) const {
  Cut made;
  for (const std::size_t id : query_.scenario.frontier(cut)) {
    const auto& tensor = query_.scenario.tensors[id];
    made.can_be_sent = made.can_be_sent && (tensor.is_plain() || !query_.encodings_of(tensor).empty());
    made.is_plain = made.is_plain && tensor.is_plain();
    made.bytes += tensor.plain_bytes;
  }
  return made;
}

bool Recursion::solve() {
  fresh_[0] = 0;
  const std::size_t count = query_.scenario.size();
  for (std::size_t cut = 0; cut < count; ++cut) {
    if (cuts_[cut].can_be_sent) take_hops(cut);
    run_block(cut);
  }
  const auto best = static_cast<std::size_t>(std::ranges::min_element(begun_) - begun_.begin());
  cost_ = begun_[best] + query_.constant;
  const bool is_found =
      begun_[best] < kUnreached && is_within(begun_[best], query_.objective_limit) && cost_ <= query_.cutoff;
  if (is_found) trace(best);
  return is_found;
}

void Recursion::take_hops(std::size_t cut) {
  const std::size_t phase = query_.scenario.phase[cut];
  const double time_reach = query_.scenario.time_reach[phase];
  const double mean_reach = query_.scenario.mean_reach[phase];
  const Cut& frontier = cuts_[cut];
  Arrival* const arrivals = arrivals_.data() + cut * targets_;
  const std::span<const Hop> hops = hops_;  // local views: the compiler keeps them in registers
  const std::span<double> fresh = fresh_;
  const std::span<const double> begun = begun_;
  const bool allows_relays = query_.problem->allows_relays;
  for (std::uint32_t i = 0; i < hops.size(); ++i) {
    const Hop& hop = hops[i];
    const bool had_begun = begun[hop.from] <= fresh[hop.from] || (!allows_relays && hop.from != 0);
    const double here = had_begun ? begun[hop.from] : fresh[hop.from];
    const double fixed = time_reach * hop.fixed_time + mean_reach * hop.fixed_mean;
    if (here + fixed >= fresh[hop.to]) continue;  // also when it was not reached
    const double sent = frontier.is_plain ? frontier.bytes * (time_reach * hop.byte_time + mean_reach * hop.byte_mean)
                                          : frontier_cost(cut, hop.link);
    if (here + fixed + sent >= fresh[hop.to]) continue;
    fresh[hop.to] = here + fixed + sent;
    arrivals[hop.to] = {i, had_begun};
  }
}

double Recursion::frontier_cost(std::size_t cut, std::size_t link) const {
  double sum = 0;
  for (const std::size_t id : query_.scenario.frontier(cut)) {
    sum += query_.least_crossing_cost(query_.objective, query_.encodings_of(query_.scenario.tensors[id]), link,
                                      query_.scenario.phase[cut]);
  }
  return sum;
}

// Stages that go on behind an exit.
void Recursion::begin_parts(std::size_t phase) {
  for (std::size_t target = 0; target < targets_; ++target)
    begun_[target] += query_.part_cost(query_.objective, target, phase);
}

void Recursion::run_block(std::size_t rank) {
  const std::size_t phase = query_.scenario.phase[rank];
  const double time_reach = query_.scenario.time_reach[phase];
  const double mean_reach = query_.scenario.mean_reach[phase];
  if (query_.scenario.begins_phase(rank)) begin_parts(phase);
  char* const begins = begins_.data() + rank * targets_;
  for (std::size_t target = 0; target < targets_; ++target) {
    if (!query_.segments.of(target).empty()) {
      run_stages(target, rank + 1);
      continue;
    }
    const Target& costs = query_.problem->targets[target];
    const double opened =
        fresh_[target] + query_.objective.compute(target, costs.stage_overhead_ms * costs.load, time_reach, mean_reach);
    begins[target] = opened < begun_[target];
    const double before = std::min(opened, begun_[target]);
    const double block_cost = query_.objective.compute(target, query_.block_ms(rank, target), time_reach, mean_reach);
    begun_[target] = query_.may(rank, target) ? before + block_cost : kUnreached;
    fresh_[target] = kUnreached;
  }
}

// The best stage that ends at a cut: tries every beginning, since a whole stage may take other than the sum of its
// parts.
void Recursion::run_stages(std::size_t target, std::size_t end) {
  fresh_at_[(end - 1) * targets_ + target] = std::exchange(fresh_[target], kUnreached);
  begun_[target] = kUnreached;
  double behind = 0;  // of the blocks that follow the first one
  for (std::size_t begin = end; begin-- > 0 && query_.may(begin, target);) {
    const double first = query_.block_cost(query_.objective, begin, target);
    const double before = fresh_at_[begin * targets_ + target];
    const auto* whole = query_.segments.find(target, begin, end);
    const double stage = whole != nullptr ? query_.segment_cost(query_.objective, target, *whole)
                                          : query_.begin_cost(query_.objective, begin, target, true) + first + behind;
    const double cost = before + stage;
    behind += first + query_.begin_cost(query_.objective, begin, target, false);
    if (cost >= begun_[target]) continue;
    begun_[target] = cost;
    start_of_[end * targets_ + target] = begin;
  }
}

// Walks back from the last block on `target`, filling the decision from its end.
void Recursion::trace(std::size_t target) {
  decision_ = {query_.scenario.policy, {}, std::vector<std::size_t>(query_.problem->blocks.size(), kNone), {}};
  std::size_t cut = query_.scenario.size();
  bool has_begun = true;
  while (true) {
    decision_.route.push_back(target);
    const std::size_t place = decision_.route.size();  // counted from the end until the route is known
    const bool is_whole = !query_.segments.of(target).empty();
    const std::size_t start = is_whole && has_begun ? start_of_[cut * targets_ + target] : 0;
    while (has_begun) {
      --cut;
      decision_.position[query_.scenario.order[cut]] = place;
      has_begun = is_whole ? cut > start : !begins_[cut * targets_ + target];
    }
    if (target == 0) break;
    const Arrival& arrival = arrivals_[cut * targets_ + target];
    add_crossings(cut, hops_[arrival.hop].link, place);
    target = hops_[arrival.hop].from;
    has_begun = arrival.had_begun;
  }
  const std::size_t length = decision_.route.size();
  std::ranges::reverse(decision_.route);
  for (const std::size_t block : query_.scenario.order) decision_.position[block] = length - decision_.position[block];
  for (auto& crossing : decision_.crossings) crossing.hop = length - 1 - crossing.hop;
  std::ranges::sort(decision_.crossings);
}

void Recursion::add_crossings(std::size_t cut, std::size_t link, std::size_t place) {
  for (const std::size_t id : query_.scenario.frontier(cut)) {
    const auto& encodings = query_.encodings_of(query_.scenario.tensors[id]);
    std::size_t best = 0;
    double least = kUnreached;
    for (std::size_t i = 0; i < encodings.size(); ++i) {
      if (!can_send(*query_.problem, encodings[i], link)) continue;
      const double cost = query_.crossing_cost(query_.objective, encodings[i], link, query_.scenario.phase[cut]);
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    decision_.crossings.push_back({place, query_.scenario.tensors[id].tensor, best});
  }
}

}  // namespace

bool chain_fits(const Query& query) {
  return query.count == 1 && query.scenario.is_total_order && query.is_additive();
}

Findings solve_chain(const Query& query) {
  Recursion recursion(query);
  Findings findings;
  findings.steps = 1;
  if (recursion.solve()) {
    findings.decisions.push_back(recursion.decision());
    findings.costs.push_back(recursion.cost());
    findings.bound = recursion.cost();
  }
  return findings;
}

}  // namespace tandem::plan
