#include "plan/judge/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

// A decision's steps under a problem, whose other parts have been checked.
class Steps {
 public:
  Steps(const Problem& problem, const Decision& decision, const std::vector<std::size_t>& phases)
      : problem_(problem), decision_(decision), phases_(phases), places_(offload_places(decision)) {
    check_sizes();
    check_dependences();
    check_answers();
    check_handings();
  }

  std::vector<std::vector<StepBill>> bills() const {
    std::vector<std::vector<StepBill>> bills(decision_.route.size());
    add_own(bills);
    for (const auto& place : places_) {
      if (bills[place.stage].size() <= place.step || bills[place.stage][place.step].compute_ms < 0)
        fail_to_fit(fmt::format("stage {} runs nothing itself in step {}", place.stage, place.step));
      bills[place.stage][place.step].offloads.push_back(bill_of(place));
    }
    for (std::size_t stage = 0; stage < bills.size(); ++stage) check_steps(bills[stage], stage);
    return bills;
  }

 private:
  const Target& target_at(std::size_t stage) const { return problem_.targets[decision_.route[stage]]; }
  bool runs(std::size_t block) const { return decision_.position[block] != kNone; }
  bool is_own(std::size_t block) const { return runs(block) && decision_.beside[block] == kNone; }

  void add_own(std::vector<std::vector<StepBill>>& bills) const {
    constexpr double kEmpty = -1;
    for (std::size_t block = 0; block < decision_.position.size(); ++block) {
      if (!is_own(block)) continue;
      auto& steps = bills[decision_.position[block]];
      const std::size_t step = decision_.step[block];
      if (step >= problem_.blocks.size()) fail_to_fit(fmt::format("block {} has no valid step", block));
      if (step >= steps.size()) steps.resize(step + 1, {kEmpty, {}});
      const Target& target = target_at(decision_.position[block]);
      if (steps[step].compute_ms == kEmpty)
        steps[step].compute_ms = step == 0 ? target.stage_overhead_ms * target.load : further_part_ms(target);
      steps[step].compute_ms += target.block_ms[block] * target.load;
    }
  }

  OffloadBill bill_of(const OffloadPlace& place) const {
    const std::size_t from = decision_.route[place.stage];
    const Target& target = problem_.targets[place.target];
    OffloadBill bill{place.stage, place.step, place.target, find_link(problem_, from, place.target)};
    if (bill.link == kNone) fail_to_fit(fmt::format("no link from target {} to {}", from, place.target));
    const Link& link = problem_.links[bill.link];
    bill.compute_ms = target.stage_overhead_ms;
    for (std::size_t block = 0; block < phases_.size(); ++block)
      bill.compute_ms += is_at(decision_, block, place) ? target.block_ms[block] : 0;
    bill.compute_ms *= target.load;
    bill.round_trip_ms = link.round_trip_ms + transmission_ms(problem_.header_bytes, link.upload_mbps);
    for (const auto& handing : decision_.handings) {
      if (OffloadPlace{handing.stage, handing.step, handing.target} == place) add_sent(bill, handing);
    }
    bill.round_trip_ms += wait_ms(link, bill.sent_bytes);
    for (const auto& tensor : problem_.tensors) {
      if (is_returned(decision_, tensor, place)) bill.returned_bytes += raw_bytes(tensor);
    }
    bill.download_ms = transmission_ms(bill.returned_bytes, link.download_mbps);
    return bill;
  }

  void add_sent(OffloadBill& bill, const Handing& handing) const {
    const Encoding& encoding = problem_.tensors[handing.tensor].encodings[handing.encoding];
    bill.encode_ms += codec_ms(problem_, encoding.encode_ms, decision_.route[handing.stage]);
    bill.decode_ms += codec_ms(problem_, encoding.decode_ms, handing.target);
    bill.upload_ms += transmission_ms(encoding.bytes, problem_.links[bill.link].upload_mbps);
    bill.sent_bytes += encoding.bytes;
    bill.accuracy_loss += encoding.accuracy_loss;
  }

  double raw_bytes(const Tensor& tensor) const {
    const std::size_t raw = raw_encoding(tensor);
    if (raw == kNone) fail_to_fit(fmt::format("tensor {} cannot be returned raw", tensor.name));
    return tensor.encodings[raw].bytes;
  }

  // Every step has blocks of the stage itself, and of two in a row at least one has offloads.
  void check_steps(const std::vector<StepBill>& steps, std::size_t stage) const {
    for (std::size_t step = 0; step < steps.size(); ++step) {
      if (steps[step].compute_ms < 0) fail_to_fit(fmt::format("stage {} runs nothing itself in step {}", stage, step));
      if (step > 0 && steps[step].offloads.empty() && steps[step - 1].offloads.empty())
        fail_to_fit(fmt::format("stage {} has no offload in steps {} and {}", stage, step - 1, step));
    }
  }

  void check_sizes() const {
    const std::size_t count = phases_.size();
    if (!problem_.allows_parallel) fail_to_fit("it works in parallel");
    if (decision_.step.size() != count || decision_.beside.size() != count)
      fail_to_fit("it does not have one step and one target beside it a block");
    if (places_.empty()) fail_to_fit("it has steps and no offloads");
    if (!problem_.policies.empty() && problem_.policies[decision_.policy].exits.size() > 1)
      fail_to_fit("it works in parallel under several exits");
    for (std::size_t block = 0; block < count; ++block) {
      if (!runs(block) && (decision_.step[block] != 0 || decision_.beside[block] != kNone))
        fail_to_fit(fmt::format("block {} has a step, and does not run", block));
    }
    for (const auto& place : places_) {
      if (place.target >= problem_.targets.size()) fail_to_fit(fmt::format("there is no target {}", place.target));
    }
  }

  // Within a stage, a block reads from earlier steps, or from its own target's share of its own.
  void check_dependences() const {
    for (const auto& tensor : problem_.tensors) {
      if (tensor.producer == kNone || !runs(tensor.producer)) continue;
      for (const std::size_t consumer : tensor.consumers) {
        if (runs(consumer) && !may_read(tensor.producer, consumer))
          fail_to_fit(fmt::format("block {} reads tensor {} before it is there", consumer, tensor.name));
      }
    }
  }

  bool may_read(std::size_t producer, std::size_t consumer) const {
    if (decision_.position[producer] != decision_.position[consumer]) return true;
    const std::size_t made = decision_.step[producer];
    const std::size_t read = decision_.step[consumer];
    return made < read || (made == read && decision_.beside[producer] == decision_.beside[consumer]);
  }

  // A block whose outputs no block reads makes an answer, which stays with the stage.
  void check_answers() const {
    std::vector<bool> is_read(phases_.size());
    for (const auto& tensor : problem_.tensors) {
      if (tensor.producer != kNone && std::ranges::any_of(tensor.consumers, [&](std::size_t b) { return runs(b); }))
        is_read[tensor.producer] = true;
    }
    for (std::size_t block = 0; block < phases_.size(); ++block) {
      if (runs(block) && !is_own(block) && !is_read[block])
        fail_to_fit(fmt::format("block {} makes an answer beside its stage", block));
    }
  }

  void check_handings() const {
    std::size_t next = 0;
    for (const auto& place : places_) {
      for (std::size_t tensor = 0; tensor < problem_.tensors.size(); ++tensor) {
        if (!is_handed(decision_, problem_.tensors[tensor], place)) continue;
        if (next == decision_.handings.size()) fail_to_fit("an offload lacks a tensor");
        const Handing& handing = decision_.handings[next++];
        if (OffloadPlace{handing.stage, handing.step, handing.target} != place || handing.tensor != tensor)
          fail_to_fit("its handings are not all tensors that offloads read, in ascending order");
        if (handing.encoding >= problem_.tensors[tensor].encodings.size())
          fail_to_fit(fmt::format("tensor {} has no encoding {}", tensor, handing.encoding));
      }
    }
    if (next != decision_.handings.size()) fail_to_fit("an offload is sent a tensor that it does not read");
  }

  const Problem& problem_;
  const Decision& decision_;
  const std::vector<std::size_t>& phases_;
  const std::vector<OffloadPlace> places_;
};

}  // namespace

double StepBill::latency_ms() const {
  double longest = compute_ms;
  for (const auto& offload : offloads) longest = std::max(longest, offload.latency_ms());
  return longest;
}

double further_part_ms(const Target& target) {
  return target.exit_ms * target.load;
}

bool is_at(const Decision& decision, std::size_t block, const OffloadPlace& place) {
  return decision.position[block] == place.stage && decision.step[block] == place.step &&
         decision.beside[block] == place.target;
}

std::vector<OffloadPlace> offload_places(const Decision& decision) {
  std::set<OffloadPlace> places;
  for (std::size_t block = 0; block < decision.beside.size() && block < decision.step.size(); ++block) {
    if (decision.beside[block] != kNone && block < decision.position.size())
      places.insert({decision.position[block], decision.step[block], decision.beside[block]});
  }
  return {places.begin(), places.end()};
}

bool is_handed(const Decision& decision, const Tensor& tensor, const OffloadPlace& place) {
  if (tensor.producer != kNone &&
      (decision.position[tensor.producer] == kNone || is_at(decision, tensor.producer, place)))
    return false;
  return std::ranges::any_of(tensor.consumers, [&](std::size_t block) { return is_at(decision, block, place); });
}

bool is_returned(const Decision& decision, const Tensor& tensor, const OffloadPlace& place) {
  if (tensor.producer == kNone || !is_at(decision, tensor.producer, place)) return false;
  return std::ranges::any_of(tensor.consumers, [&](std::size_t block) {
    return decision.position[block] != kNone && !is_at(decision, block, place);
  });
}

std::size_t raw_encoding(const Tensor& tensor) {
  const auto raw = std::ranges::find(tensor.encodings, kRaw, &Encoding::codec);
  return raw == tensor.encodings.end() ? kNone : static_cast<std::size_t>(raw - tensor.encodings.begin());
}

std::vector<std::vector<StepBill>> bill_steps(const Problem& problem, const Decision& decision,
                                              const std::vector<std::size_t>& phases) {
  if (!decision.is_parallel()) {
    if (!decision.beside.empty() || !decision.handings.empty()) fail_to_fit("it has offloads and no steps");
    return {};
  }
  return Steps(problem, decision, phases).bills();
}

}  // namespace tandem::plan
