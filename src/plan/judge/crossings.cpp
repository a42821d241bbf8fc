#include "plan/judge/crossings.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

void check_one(const Problem& problem, const Decision& decision, const Crossing& crossing) {
  if (crossing.tensor >= problem.tensors.size()) fail_to_fit(fmt::format("there is no tensor {}", crossing.tensor));
  if (crossing.encoding >= problem.tensors[crossing.tensor].encodings.size())
    fail_to_fit(fmt::format("tensor {} has no encoding {}", crossing.tensor, crossing.encoding));
  const std::size_t stages = decision.route.size();
  if (crossing.hop >= stages || crossing.past >= stages || crossing.to() >= stages)
    fail_to_fit(fmt::format("tensor {} crosses hop {}, past {} stages", crossing.tensor, crossing.hop, crossing.past));
  if (crossing.past == 0) return;
  if (!problem.allows_bypass) fail_to_fit("it sends a tensor past others");
  if (find_link(problem, decision.route[crossing.hop], decision.route[crossing.to()]) == kNone)
    fail_to_fit(fmt::format("no link past others from stage {} to {}", crossing.hop, crossing.to()));
}

// The stages where a tensor is made, arrives, and is sent on.
class Spread {
 public:
  Spread(const Problem& problem, const Decision& decision, std::size_t tensor)
      : tensor_(tensor),
        readers_(readers_of(decision, problem.tensors[tensor])),
        arrives_(decision.route.size(), 0),
        sends_(decision.route.size(), 0) {}

  void add(const Crossing& crossing) {
    if (arrives_[crossing.to()] != 0 || crossing.to() == readers_.maker) refuse(crossing.to());
    arrives_[crossing.to()] = sends_[crossing.hop] = 1;
  }

  void check() const {
    for (std::size_t stage = 0; stage < arrives_.size(); ++stage) {
      const bool has_it = arrives_[stage] != 0 || stage == readers_.maker;
      const bool needs_it = sends_[stage] != 0 || readers_.reads[stage] != 0;
      if (has_it ? (arrives_[stage] != 0 && !needs_it) : needs_it) refuse(stage);
    }
  }

 private:
  [[noreturn]] void refuse(std::size_t stage) const {
    fail_to_fit(fmt::format("tensor {} does not come to stage {} as it should", tensor_, stage));
  }

  const std::size_t tensor_;
  const Readers readers_;
  std::vector<char> arrives_, sends_;
};

}  // namespace

Readers readers_of(const Decision& decision, const Tensor& tensor) {
  Readers readers;
  readers.reads.assign(decision.route.size(), 0);
  readers.maker = tensor.producer == kNone ? 0 : decision.position[tensor.producer];
  if (readers.maker == kNone) return readers;
  for (const std::size_t consumer : tensor.consumers) {
    const std::size_t stage = decision.position[consumer];
    if (stage == kNone) continue;
    if (stage < readers.maker)
      fail_to_fit(fmt::format("block {} reads tensor {} before it is made", consumer, tensor.name));
    readers.reads[stage] = 1;
  }
  return readers;
}

void check_crossings(const Problem& problem, const Decision& decision) {
  if (!std::ranges::is_sorted(decision.crossings)) fail_to_fit("its crossings are not in ascending order");
  std::vector<Spread> spreads;
  spreads.reserve(problem.tensors.size());
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor)
    spreads.emplace_back(problem, decision, tensor);
  for (const auto& crossing : decision.crossings) {
    check_one(problem, decision, crossing);
    spreads[crossing.tensor].add(crossing);
  }
  for (const auto& spread : spreads) spread.check();
}

bool is_encoded_for(const Decision& decision, std::size_t crossing) {
  if (crossing == 0) return true;
  const Crossing& here = decision.crossings[crossing];
  const Crossing& before = decision.crossings[crossing - 1];
  return before.hop != here.hop || before.tensor != here.tensor || before.encoding != here.encoding;
}

}  // namespace tandem::plan
