// A label of the label search: one way to begin a plan, up to a cut and the target that holds the cut's data; and its
// extension by a block or a hop. Private to plan/solve/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "plan/solve/frontier_options.h"
#include "plan/solve/query.h"

namespace tandem::plan {

inline constexpr std::uint32_t kNobody = static_cast<std::uint32_t>(-1);

// How a label came about: a block ran where its parent was, or a hop took the frontier on.
struct LabelStep {
  std::uint32_t parent = kNobody;  // the step before, a place in the search's list
  std::uint32_t link = kNobody;    // kNobody: a block ran
  std::uint32_t choice = 0;        // of a hop: the encodings of the frontier, a place in the search's list
};

struct Label {
  std::uint32_t step = 0;  // the last one, a place in the search's list
  std::uint32_t target = 0;
  std::uint32_t beaten_by = 0;  // labels that dominate it
  std::uint64_t used = 0;       // a bit for each of the query's `needed` sets: one of its targets has run something

  // What is paid so far. Quantities that the query neither limits nor minimises stay zero.
  FunctionalValues values;
  double busiest_ms = 0;    // the longest busy time of a finished stage or a link
  double stage_ms = 0;      // the busy time of the current stage
  double memory_bytes = 0;  // of the current stage
};

// Whether `a` is at least as good as `b` in everything that can still matter.
inline bool dominates(const Label& a, const Label& b) {
  return is_no_greater(a.values, b.values) && a.busiest_ms <= b.busiest_ms && a.stage_ms <= b.stage_ms &&
         a.memory_bytes <= b.memory_bytes && (a.used & b.used) == b.used;
}

// The query's `needed` sets that a target is in, a bit for each.
std::uint64_t needed_sets_with(const Query& query, std::size_t target);

// What a block adds to a label on a target, and what the target allows.
struct BlockStep {
  FunctionalValues values;
  double busy_ms = 0;
  double memory_bytes = 0;
  std::uint64_t used = 0;
  double period_limit = kUnlimited;
  double memory_limit = kUnlimited;
};
// `begins`: the block is the first of its stage. `memory_bytes`: that the block keeps; 0 without limits of memory.
BlockStep block_step(const Query& query, std::size_t rank, std::size_t target, bool begins, double memory_bytes);

// What a hop adds, without the tensors that it carries.
struct HopStep {
  FunctionalValues values;
  double answer_ms = 0;
  std::uint32_t to = 0;  // target
  double period_limit = kUnlimited;
};
HopStep hop_step(const Query& query, std::size_t link, std::size_t cut);

// Extend a label in place; false where that breaks a limit of the step. The label's `step` is the caller's to set.
bool extend(Label& label, const BlockStep& block);
bool extend(Label& label, const HopStep& hop, const FrontierOption& option);

}  // namespace tandem::plan
