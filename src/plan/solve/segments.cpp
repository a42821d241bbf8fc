#include "plan/solve/segments.h"

#include <optional>
#include <utility>

namespace tandem::plan {
namespace {

// Nothing where the segment cannot be a stage of one phase.
std::optional<Segments::Known> known(const Target& target, const Segment& segment, const Scenario& scenario) {
  double sum_ms = target.stage_overhead_ms;
  const std::size_t begin = scenario.rank_of[segment.first];
  for (std::size_t block = segment.first; block < segment.last; ++block) {
    const std::size_t rank = scenario.rank_of[block];
    const bool is_stage = rank != kNone && scenario.phase[rank] == scenario.phase[begin];
    if (!is_stage || target.block_ms[block] == kCannotRun) return std::nullopt;
    sum_ms += target.block_ms[block];
  }
  return Segments::Known{begin, begin + (segment.last - segment.first), target.load * segment.ms,
                         target.load * (segment.ms - sum_ms)};
}

}  // namespace

Segments::Segments(const Problem& problem, const Scenario& scenario) {
  std::vector<std::vector<Known>> found(problem.targets.size());
  bool has_any = false;
  for (std::size_t target = 0; target < found.size(); ++target) {
    for (const auto& segment : problem.targets[target].segments) {
      if (const auto each = known(problem.targets[target], segment, scenario)) found[target].push_back(*each);
    }
    std::ranges::sort(found[target], {}, [](const Known& each) { return std::pair(each.begin, each.end); });
    has_any = has_any || !found[target].empty();
  }
  if (has_any) by_target_ = std::move(found);
}

}  // namespace tandem::plan
