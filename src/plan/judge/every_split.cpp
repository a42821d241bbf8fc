#include "plan/judge/every_split.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "plan/judge/steps.h"
#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

class Split {
 public:
  Split(const Problem& problem, Decision& decision, const std::function<void()>& visit)
      : problem_(problem), decision_(decision), visit_(visit) {}

  void run() {
    decision_.step.assign(problem_.blocks.size(), 0);
    decision_.beside.assign(problem_.blocks.size(), kNone);
    place(0);
    decision_.step.clear();
    decision_.beside.clear();
    decision_.handings.clear();
  }

 private:
  void place(std::size_t block) {
    if (block == problem_.blocks.size()) return finish();
    const std::size_t stage = decision_.position[block];
    if (stage == kNone) return place(block + 1);
    const auto most = static_cast<std::size_t>(std::ranges::count(decision_.position, stage));
    for (std::size_t step = 0; step < most; ++step) {
      try_at(block, step, kNone);
      for (const auto& link : problem_.links) {
        if (link.from == decision_.route[stage] && is_read(block)) try_at(block, step, link.to);
      }
    }
    decision_.step[block] = 0;
    decision_.beside[block] = kNone;
  }

  void try_at(std::size_t block, std::size_t step, std::size_t target) {
    decision_.step[block] = step;
    decision_.beside[block] = target;
    if (has_all_it_reads(block)) place(block + 1);
  }

  bool is_read(std::size_t block) const {
    return std::ranges::any_of(problem_.tensors, [&](const Tensor& tensor) {
      return tensor.producer == block && std::ranges::any_of(tensor.consumers, [&](std::size_t reader) {
               return decision_.position[reader] != kNone;
             });
    });
  }

  bool has_all_it_reads(std::size_t block) const {
    return std::ranges::all_of(problem_.tensors, [&](const Tensor& tensor) {
      const std::size_t maker = tensor.producer;
      if (maker == kNone || std::ranges::find(tensor.consumers, block) == tensor.consumers.end()) return true;
      if (decision_.position[maker] != decision_.position[block]) return true;
      if (decision_.step[maker] != decision_.step[block]) return decision_.step[maker] < decision_.step[block];
      return decision_.beside[maker] == decision_.beside[block];
    });
  }

  void finish() {
    const auto places = offload_places(decision_);
    if (places.empty() || !are_steps_valid(places)) return;
    decision_.handings.clear();
    for (const auto& place : places) {
      for (std::size_t tensor = 0; tensor < problem_.tensors.size(); ++tensor) {
        if (is_returned(decision_, problem_.tensors[tensor], place) && raw_encoding(problem_.tensors[tensor]) == kNone)
          return;
        if (!is_handed(decision_, problem_.tensors[tensor], place)) continue;
        if (problem_.tensors[tensor].encodings.empty()) return;
        decision_.handings.push_back({place.stage, place.step, place.target, tensor, 0});
      }
    }
    visit_();
  }

  // Steps count from 0 without gaps, each has blocks of the stage's own, and of two in a row one has offloads.
  bool are_steps_valid(const std::vector<OffloadPlace>& places) const {
    for (std::size_t stage = 0; stage < decision_.route.size(); ++stage) {
      bool had_offloads = true;
      for (std::size_t step = 0; step <= last_step(stage); ++step) {
        const bool has_offloads =
            std::ranges::any_of(places, [&](const auto& each) { return each.stage == stage && each.step == step; });
        const bool has_own = has_blocks(stage, step);
        if ((!has_own && (has_offloads || last_step(stage) > 0)) || (!has_offloads && !had_offloads)) return false;
        had_offloads = has_offloads;
      }
    }
    return true;
  }

  std::size_t last_step(std::size_t stage) const {
    std::size_t last = 0;
    for (std::size_t block = 0; block < problem_.blocks.size(); ++block) {
      if (decision_.position[block] == stage) last = std::max(last, decision_.step[block]);
    }
    return last;
  }

  bool has_blocks(std::size_t stage, std::size_t step) const {
    for (std::size_t block = 0; block < problem_.blocks.size(); ++block) {
      if (is_at(decision_, block, {stage, step, kNone})) return true;
    }
    return false;
  }

  const Problem& problem_;
  Decision& decision_;
  const std::function<void()>& visit_;
};

}  // namespace

void for_each_split(const Problem& problem, Decision& decision, const std::function<void()>& visit) {
  const bool has_exits = !problem.policies.empty() && problem.policies[decision.policy].exits.size() > 1;
  if (!problem.allows_parallel || problem.allows_bypass || has_exits ||
      problem.objective.kind == ObjectiveKind::Throughput)
    return;
  Split(problem, decision, visit).run();
}

}  // namespace tandem::plan
