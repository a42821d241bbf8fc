// The costs of a decision's requests, by exit and stage: the sums behind price.h. Private to plan/judge/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/judge/steps.h"
#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The costs of a request for the tensors that a stage sends past others.
struct BypassBill {
  std::size_t to = 0;  // a stage
  std::size_t link = 0;
  double encode_ms = 0;
  double upload_ms = 0;
  double decode_ms = 0;  // on the target of stage `to`
  double sent_bytes = 0;
  double accuracy_loss = 0;

  double exchange_ms() const { return encode_ms + upload_ms + decode_ms; }

  void add(double share, const BypassBill& other) {
    encode_ms += share * other.encode_ms;
    upload_ms += share * other.upload_ms;
    decode_ms += share * other.decode_ms;
    sent_bytes += share * other.sent_bytes;
    accuracy_loss += share * other.accuracy_loss;
  }
};

// The costs of a request for a stage and for the hop to the next stage.
struct StageBill {
  bool runs_blocks = false;
  double compute_ms = 0;  // overhead and blocks of its own
  double encode_ms = 0;
  double round_trip_ms = 0;  // with the header and what its tensors wait
  double upload_ms = 0;
  double download_ms = 0;
  double decode_ms = 0;  // on the next stage's target
  double sent_bytes = 0;
  double answer_bytes = 0;  // that come back over the hop
  double accuracy_loss = 0;
  std::vector<BypassBill> bypasses;  // by stage that they lead to; the same ones in all bills of a decision

  double exchange_ms() const { return encode_ms + round_trip_ms + upload_ms + download_ms + decode_ms; }

  void add(double share, const StageBill& other) {
    compute_ms += share * other.compute_ms;
    encode_ms += share * other.encode_ms;
    round_trip_ms += share * other.round_trip_ms;
    upload_ms += share * other.upload_ms;
    download_ms += share * other.download_ms;
    decode_ms += share * other.decode_ms;
    sent_bytes += share * other.sent_bytes;
    answer_bytes += share * other.answer_bytes;
    accuracy_loss += share * other.accuracy_loss;
    for (std::size_t i = 0; i < bypasses.size(); ++i) bypasses[i].add(share, other.bypasses[i]);
  }
};
using Bill = std::vector<StageBill>;  // by stage

// A decision with its problem, checked against the problem's structure.
class Priced {
 public:
  // Throws Error(Internal) when the decision breaks the problem's structure. Both must outlive this.
  Priced(const Problem& problem, const Decision& decision);

  // Of a request that stops at this exit of the policy.
  Bill bill_of(std::size_t phase) const;
  Bill mean_bill() const;
  // The one that latencies follow: the mean, or that of the exit at the quantile.
  Bill latency_bill(const Bill& mean) const;

  // Joules of the target of this stage.
  double energy_j(const Bill& bill, std::size_t stage) const;
  // The price of the target of this stage, and of the link that leads to it.
  double money(const Bill& bill, std::size_t stage) const;
  double period_ms(const Bill& bill) const;

  // By stage; empty where the decision is not parallel.
  const std::vector<std::vector<StepBill>>& steps() const { return steps_; }
  template <class Visit>
  void for_each_offload(const Visit& visit) const {
    for (const auto& stage : steps_) {
      for (const auto& step : stage) {
        for (const auto& offload : step.offloads) visit(offload);
      }
    }
  }
  // Joules, or the price, of either end of an offload: of the stage's target, and of the target beside it.
  double caller_energy_j(const OffloadBill& offload) const;
  double offload_energy_j(const OffloadBill& offload) const;
  double caller_money(const OffloadBill& offload) const;
  double offload_money(const OffloadBill& offload) const;  // with its link

 private:
  const Target& target(std::size_t stage) const { return problem_.targets[decision_.route[stage]]; }
  double replicas(std::size_t target) const { return static_cast<double>(problem_.targets[target].replicas); }
  const Encoding& encoding(const Crossing& crossing) const {
    return problem_.tensors[crossing.tensor].encodings[crossing.encoding];
  }
  std::size_t part_count(std::size_t stage, std::size_t phase) const;
  const Segment* find_segment(std::size_t stage) const;
  double request_header_bytes() const;
  void add_hop(StageBill& bill, std::size_t hop) const;
  void add_crossing(StageBill& bill, const Crossing& crossing, bool is_encoded) const;
  void add_bypass(StageBill& bill, const Crossing& crossing, bool is_encoded, bool is_reached) const;
  Bill empty_bill() const;

  void check_route();
  void check_positions() const;
  void check_abilities() const;
  void check_codec(const Encoding& how, std::size_t from, std::size_t to) const;
  void check_phases() const;

  const Problem& problem_;
  const Decision& decision_;
  std::vector<std::size_t> phases_;  // by block
  std::vector<const Link*> links_;   // by hop
  std::vector<std::vector<StepBill>> steps_;
  std::vector<const Segment*> segments_;  // by stage; nullptr: its time is the sum of its parts
};

}  // namespace tandem::plan
