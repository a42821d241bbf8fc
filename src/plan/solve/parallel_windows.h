// The steps that a stage may take from a state of the search for plans with work in parallel. Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "plan/solve/parallel_items.h"
#include "plan/solve/parallel_states.h"
#include "plan/solve/query.h"

namespace tandem::plan {

// The effort that a search may still take. Deterministic but for must_stop.
struct Effort {
  std::size_t left = 0;
  const std::function<bool()>& must_stop;

  bool is_spent() {
    if (left == 0 || (--left % 1024 == 0 && must_stop && must_stop())) left = 0;
    return left == 0;
  }
};

// A beginning of a step: the cost so far, and the time that the stage's own part costs at least.
struct StepStart {
  double cost = kUnlimited;  // with the cost of `part_ms` besides its time
  double part_ms = 0;
  std::size_t place = 0;     // of the label
  std::size_t last = kNone;  // the item that the stage has just run alone, in an open step
};

// A tensor handed over a link, and its encoding.
struct Handed {
  std::size_t link = 0;
  std::size_t tensor = 0;  // of the items
  std::size_t encoding = 0;
};

class ParallelWindows {
 public:
  ParallelWindows(const Query& query, const ParallelItems& items);

  // Turns to another ideal.
  void load(const Ideal& ideal);
  // Items that may run next, ascending.
  const std::vector<std::uint32_t>& ready() const { return ready_; }

  // Whether it was made in the ideal, or is an input, and something outside reads it.
  bool is_on_frontier(const ParallelItems::Tensor& tensor) const;

  // Visits every step of a stage on this target whose end is worth while: `visit(cost, start, window, rest)`, by the
  // starts' costs, where the cost and `rest`, a lower bound of what is left of `rest`, stay below the cutoff.
  using Visit =
      std::function<void(double cost, const StepStart& start, const std::vector<Assigned>& window, double rest)>;
  void for_each(std::size_t target, const std::vector<StepStart>& starts, double rest, double cutoff, Effort& effort,
                const Visit& visit);

  // The encodings of the best way to take this step from the loaded ideal.
  std::vector<Handed> handings(std::size_t target, const StepStart& start, const std::vector<Assigned>& window);

 private:
  struct Offload {
    std::size_t link = 0;
    std::size_t target = 0;
    std::size_t count = 0;             // items
    double ms = 0;                     // of its items and of what is handed, in the fastest encodings
    double mean = 0;                   // cost besides the time; in the cheapest encodings
    std::vector<std::size_t> choices;  // handed tensors with several encodings
  };
  // One way to encode all that an offload is handed.
  struct Option {
    double ms = 0;
    double mean = 0;
    std::vector<std::size_t> picks;  // by tensor of `choices`
  };
  struct Best {
    double cost = kUnlimited;
    std::size_t start = 0;
    std::vector<Option> options;  // by offload
  };

  const std::vector<HandingOption>& options_of(std::size_t tensor, std::size_t link);
  bool is_outside(std::size_t tensor) const {
    return items_.tensors[tensor].producer == kNone || done_[items_.tensors[tensor].producer];
  }
  void begin(std::size_t target);
  void await_last_item();
  void extend(std::size_t next);
  void try_elsewhere(std::size_t next, std::size_t executor);
  void try_on(std::size_t next, std::size_t executor);
  bool may_run(std::size_t item, std::size_t executor);
  void put(std::size_t item, std::size_t executor);
  void add_work(Offload& offload, const ParallelItems::Item& item);
  void hand(Offload& offload, std::size_t tensor);
  void take_back(std::size_t item, std::size_t executor);
  void finish();
  bool is_step() const;
  // Whether all its outputs can be returned; adds what that costs.
  bool add_returns(std::size_t executor, Option& way) const;
  std::vector<Option> ways_of(const Offload& offload, const Option& fastest);
  Best plain_way() const;
  Best best_way();
  void try_duration(const std::vector<std::vector<Option>>& ways, std::size_t start, double ms, Best& best) const;

  const Query& query_;
  const ParallelItems& items_;
  const double per_ms_;                              // cost of a millisecond of latency
  std::vector<std::vector<HandingOption>> options_;  // by (tensor, link), made when first asked for
  std::vector<char> has_options_;

  std::vector<char> done_;
  std::vector<std::size_t> pending_;  // by item: producers that have not run
  std::vector<std::uint32_t> ready_;

  std::size_t target_ = 0;
  const std::vector<StepStart>* starts_ = nullptr;
  double rest_ = 0;
  double cutoff_ = kUnlimited;
  Effort* effort_ = nullptr;
  const Visit* visit_ = nullptr;
  double least_start_ = 0;  // of the starts, by cost and part
  // Of the step that is made: the stage's own work, and everything together.
  double own_ms_ = 0;
  std::size_t own_count_ = 0;
  double own_mean_ = 0;
  double bound_ = 0;                      // of its cost and of what is left after it, without the start
  std::vector<Offload> offloads_;         // by executor - 1
  std::vector<std::uint32_t> queue_;      // items to decide on
  std::vector<std::size_t> executor_;     // by item: 0: the stage itself; kNone: it does not run in this step
  std::vector<std::uint32_t> handed_;     // by (executor, tensor): readers there
  std::vector<std::size_t> read_inside_;  // by tensor: readers in its maker's share
  std::vector<Assigned> window_;

  // Where the only start has just run an item alone: an offload must read it, or it could as well be in the step.
  bool awaits_reader_ = false;
  std::vector<char> reads_last_;  // by item
  std::size_t open_readers_ = 0;  // not decided on
  std::size_t readers_beside_ = 0;
};

}  // namespace tandem::plan
