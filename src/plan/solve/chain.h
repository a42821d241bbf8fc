// Dynamic programming over the cuts of a chain: the best plan of an additive query, and the fastest way to ask again
// when only bandwidths and loads have changed. Private to plan/.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {

// True for a total order of blocks, an additive query and one plan.
bool chain_fits(const Query& query);
// On a graph that is no chain: the best of the plans that cut its order, which may not be the best of all.
Findings solve_chain(const Query& query);

// Bellman's recursion over (cut, target, whether its stage has begun). Holds all its memory from the start: solve()
// allocates nothing. `query` must outlive it; after a change of its links' or targets' numbers call refresh().
class ChainPlanner {
 public:
  explicit ChainPlanner(const Query& query);

  void refresh();
  // Whether there is a plan within the query's limit and below `cutoff` (constant included); then decision() and cost()
  // tell which.
  bool solve(double cutoff = kUnlimited);
  const Decision& decision() const { return decision_; }
  double cost() const { return cost_; }

 private:
  struct Hop {
    std::size_t link, from, to;
    double fixed_time, fixed_mean;  // what the hop adds, by reach
    double byte_time, byte_mean;    // what each byte adds
  };
  // Where a value came from: the hop's number, and whether the target there had begun its stage.
  struct Arrival {
    std::uint32_t hop = 0;
    bool had_begun = false;
  };

  void run_block(std::size_t rank);
  void take_hops(std::size_t cut);
  double cost_of(const Hop& hop, std::size_t cut) const;
  double frontier_cost(std::size_t cut, std::size_t link) const;
  void trace(std::size_t target);
  void add_crossings(std::size_t cut, std::size_t link, std::size_t place);

  const Query& query_;
  std::size_t targets_;
  std::vector<Hop> hops_;              // by the tier they start from
  std::vector<char> is_plain_;         // by cut: nothing but bytes to send
  std::vector<double> bytes_;          // by cut, where plain
  std::vector<char> can_cut_;          // by cut: everything can be sent
  std::vector<double> fresh_, begun_;  // by target, at the current cut
  std::vector<Arrival> arrivals_;      // by (cut, target): how a fresh target was reached
  std::vector<char> begins_;           // by (rank, target): whether its stage begins with this block
  Decision decision_;
  double cost_ = kUnlimited;
};

}  // namespace tandem::plan
