#include "plan/judge/crossings.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

enum Mark : unsigned char { kMade = 1, kReads = 2, kArrives = 4, kSends = 8 };

// The stage that makes a tensor, and those that read it; none of a tensor that is not made.
template <class Visit>
void for_each_reader(const Decision& decision, const Tensor& tensor, const Visit& visit) {
  const std::size_t maker = tensor.producer == kNone ? 0 : decision.position[tensor.producer];
  if (maker == kNone) return;
  visit(maker, kMade);
  for (const std::size_t consumer : tensor.consumers) {
    const std::size_t stage = decision.position[consumer];
    if (stage == kNone) continue;
    if (stage < maker) fail_to_fit(fmt::format("block {} reads tensor {} before it is made", consumer, tensor.name));
    visit(stage, kReads);
  }
}

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

// By tensor and stage: whether the tensor is made there, is read, arrives, and is sent on. One block of memory, since
// every plan that is priced needs it.
class Spread {
 public:
  Spread(const Problem& problem, const Decision& decision)
      : stages_(decision.route.size()), marks_(problem.tensors.size() * stages_, 0) {
    for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
      for_each_reader(decision, problem.tensors[tensor],
                      [&](std::size_t stage, Mark mark) { set(tensor, stage, mark); });
    }
  }

  void add(const Crossing& crossing) {
    if (has(crossing.tensor, crossing.to(), kArrives | kMade)) refuse(crossing.tensor, crossing.to());
    set(crossing.tensor, crossing.to(), kArrives);
    set(crossing.tensor, crossing.hop, kSends);
  }

  void check() const {
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      const bool has_it = (marks_[i] & (kMade | kArrives)) != 0;
      const bool needs_it = (marks_[i] & (kReads | kSends)) != 0;
      if (needs_it ? !has_it : (marks_[i] & kArrives) != 0) refuse(i / stages_, i % stages_);
    }
  }

 private:
  void set(std::size_t tensor, std::size_t stage, Mark mark) { marks_[tensor * stages_ + stage] |= mark; }
  bool has(std::size_t tensor, std::size_t stage, int marks) const {
    return (marks_[tensor * stages_ + stage] & marks) != 0;
  }
  [[noreturn]] static void refuse(std::size_t tensor, std::size_t stage) {
    fail_to_fit(fmt::format("tensor {} does not come to stage {} as it should", tensor, stage));
  }

  const std::size_t stages_;
  std::vector<unsigned char> marks_;
};

}  // namespace

Readers readers_of(const Decision& decision, const Tensor& tensor) {
  Readers readers;
  readers.reads.assign(decision.route.size(), 0);
  for_each_reader(decision, tensor, [&](std::size_t stage, Mark mark) {
    if (mark == kMade) readers.maker = stage;
    if (mark == kReads) readers.reads[stage] = 1;
  });
  return readers;
}

void check_crossings(const Problem& problem, const Decision& decision) {
  if (!std::ranges::is_sorted(decision.crossings)) fail_to_fit("its crossings are not in ascending order");
  Spread spread(problem, decision);
  for (const auto& crossing : decision.crossings) {
    check_one(problem, decision, crossing);
    spread.add(crossing);
  }
  spread.check();
}

bool is_encoded_for(const Decision& decision, std::size_t crossing) {
  if (crossing == 0) return true;
  const Crossing& here = decision.crossings[crossing];
  const Crossing& before = decision.crossings[crossing - 1];
  return before.hop != here.hop || before.tensor != here.tensor || before.encoding != here.encoding;
}

}  // namespace tandem::plan
