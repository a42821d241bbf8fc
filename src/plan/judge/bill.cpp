#include "plan/judge/bill.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan/judge/crossings.h"
#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

constexpr double kTolerance = 1e-9;  // of sums of shares

double price_of_time(const Target& target, double ms) {
  constexpr double kMsPerHour = 3'600'000;
  return target.price_per_hour * ms / kMsPerHour;
}

double price_of_bytes(const Link& link, double bytes) {
  constexpr double kBytesPerGb = 1e9;
  return link.price_per_gb * bytes / kBytesPerGb;
}

// Encoding, and sending, of a stage over its hop and past others.
double encode_ms(const StageBill& stage) {
  double sum = stage.encode_ms;
  for (const auto& bypass : stage.bypasses) sum += bypass.encode_ms;
  return sum;
}
double upload_ms(const StageBill& stage) {
  double sum = stage.upload_ms;
  for (const auto& bypass : stage.bypasses) sum += bypass.upload_ms;
  return sum;
}

template <class Visit>
void for_each_bypass_to(const Bill& bill, std::size_t stage, const Visit& visit) {
  for (const auto& from : bill) {
    for (const auto& bypass : from.bypasses) {
      if (bypass.to == stage) visit(bypass);
    }
  }
}

// What a stage receives: decoding of it, and the time that it takes to arrive.
double decode_ms(const Bill& bill, std::size_t stage) {
  double sum = stage == 0 ? 0 : bill[stage - 1].decode_ms;
  for_each_bypass_to(bill, stage, [&](const BypassBill& bypass) { sum += bypass.decode_ms; });
  return sum;
}
double arrival_ms(const Bill& bill, std::size_t stage) {
  double sum = stage == 0 ? 0 : bill[stage - 1].upload_ms;
  for_each_bypass_to(bill, stage, [&](const BypassBill& bypass) { sum += bypass.upload_ms; });
  return sum;
}

}  // namespace

Priced::Priced(const Problem& problem, const Decision& decision)
    : problem_(problem), decision_(decision), phases_(phases_of(problem, decision.policy)) {
  check_route();
  check_positions();
  check_phases();
  check_crossings(problem, decision);
  steps_ = bill_steps(problem, decision, phases_);
  check_abilities();
  for (std::size_t stage = 0; stage < decision.route.size(); ++stage) segments_.push_back(find_segment(stage));
}

Bill Priced::bill_of(std::size_t phase) const {
  Bill bill = empty_bill();
  std::size_t last = 0;
  for (std::size_t block = 0; block < phases_.size(); ++block) {
    if (phases_[block] > phase) continue;
    const std::size_t stage = decision_.position[block];
    last = std::max(last, stage);
    if (decision_.is_parallel() && decision_.beside[block] != kNone) continue;
    bill[stage].runs_blocks = true;
    if (segments_[stage] == nullptr) bill[stage].compute_ms += target(stage).block_ms[block];
  }
  for (std::size_t stage = 0; stage <= last; ++stage) {
    if (bill[stage].runs_blocks) {
      const auto further_parts = static_cast<double>(part_count(stage, phase) - 1);
      const Segment* whole = segments_[stage];
      bill[stage].compute_ms += whole != nullptr ? whole->ms : target(stage).stage_overhead_ms;
      bill[stage].compute_ms += further_parts * target(stage).exit_ms;
    }
    bill[stage].compute_ms *= target(stage).load;
    for (std::size_t step = 1; !steps_.empty() && step < steps_[stage].size(); ++step)
      bill[stage].compute_ms += further_part_ms(target(stage));
  }
  for (std::size_t hop = 0; hop < last; ++hop) add_hop(bill[hop], hop);
  for (std::size_t i = 0; i < decision_.crossings.size(); ++i) {
    const Crossing& crossing = decision_.crossings[i];
    if (crossing.hop >= last) continue;
    const bool is_encoded = is_encoded_for(decision_, i);
    if (crossing.past == 0) add_crossing(bill[crossing.hop], crossing, is_encoded);
    if (crossing.past > 0) add_bypass(bill[crossing.hop], crossing, is_encoded, crossing.to() <= last);
  }
  for (std::size_t hop = 0; hop < last; ++hop) bill[hop].round_trip_ms += wait_ms(*links_[hop], bill[hop].sent_bytes);
  return bill;
}

Bill Priced::empty_bill() const {
  Bill bill(decision_.route.size());
  for (const auto& crossing : decision_.crossings) {
    auto& bypasses = bill[crossing.hop].bypasses;
    if (crossing.past == 0 || std::ranges::find(bypasses, crossing.to(), &BypassBill::to) != bypasses.end()) continue;
    const std::size_t link = find_link(problem_, decision_.route[crossing.hop], decision_.route[crossing.to()]);
    bypasses.push_back({crossing.to(), link});
  }
  for (auto& stage : bill) std::ranges::sort(stage.bypasses, {}, &BypassBill::to);
  return bill;
}

// The one that is exactly the blocks of a stage, if all of these are of one phase.
const Segment* Priced::find_segment(std::size_t stage) const {
  if (decision_.is_parallel()) return nullptr;
  const auto is_exact = [&](const Segment& segment) {
    for (std::size_t block = 0; block < phases_.size(); ++block) {
      const bool is_inside = segment.first <= block && block < segment.last;
      if (is_inside != (decision_.position[block] == stage)) return false;
      if (is_inside && phases_[block] != phases_[segment.first]) return false;
    }
    return true;
  };
  const auto& segments = target(stage).segments;
  const auto found = std::ranges::find_if(segments, is_exact);
  return found == segments.end() ? nullptr : &*found;
}

// A stage is one part for each phase that has blocks there: of requests that stop at this exit, up to its phase.
std::size_t Priced::part_count(std::size_t stage, std::size_t phase) const {
  std::size_t count = 0;
  for (std::size_t each = 0; each <= phase; ++each) {
    bool has_blocks = false;
    for (std::size_t block = 0; block < phases_.size() && !has_blocks; ++block)
      has_blocks = phases_[block] == each && decision_.position[block] == stage;
    if (has_blocks) ++count;
  }
  return count;
}

// Bytes of a request besides its tensors: more for each exit of its policy after the first.
double Priced::request_header_bytes() const {
  if (problem_.policies.empty()) return problem_.header_bytes;
  const std::size_t exits = problem_.policies[decision_.policy].exits.size();
  return problem_.header_bytes + static_cast<double>(exits - 1) * problem_.exit_header_bytes;
}

void Priced::add_hop(StageBill& bill, std::size_t hop) const {
  const Link& link = *links_[hop];
  bill.round_trip_ms += link.round_trip_ms + transmission_ms(request_header_bytes(), link.upload_mbps);
  bill.download_ms += transmission_ms(problem_.answer_bytes, link.download_mbps);
  bill.answer_bytes += problem_.answer_bytes;
}

void Priced::add_crossing(StageBill& bill, const Crossing& crossing, bool is_encoded) const {
  const Encoding& how = encoding(crossing);
  const std::size_t from = decision_.route[crossing.hop];
  const std::size_t to = decision_.route[crossing.hop + 1];
  if (is_encoded) bill.encode_ms += codec_ms(problem_, how.encode_ms, from);
  bill.decode_ms += codec_ms(problem_, how.decode_ms, to);
  bill.upload_ms += transmission_ms(how.bytes, links_[crossing.hop]->upload_mbps);
  bill.sent_bytes += how.bytes;
  bill.accuracy_loss += how.accuracy_loss;
}

void Priced::add_bypass(StageBill& bill, const Crossing& crossing, bool is_encoded, bool is_reached) const {
  const Encoding& how = encoding(crossing);
  BypassBill& bypass = *std::ranges::find(bill.bypasses, crossing.to(), &BypassBill::to);
  if (is_encoded) bypass.encode_ms += codec_ms(problem_, how.encode_ms, decision_.route[crossing.hop]);
  if (is_reached) bypass.decode_ms += codec_ms(problem_, how.decode_ms, decision_.route[crossing.to()]);
  bypass.upload_ms += transmission_ms(how.bytes, problem_.links[bypass.link].upload_mbps);
  bypass.sent_bytes += how.bytes;
  bypass.accuracy_loss += how.accuracy_loss;
}

Bill Priced::mean_bill() const {
  if (problem_.policies.empty()) return bill_of(0);
  const auto& exits = problem_.policies[decision_.policy].exits;
  Bill mean = empty_bill();
  for (std::size_t phase = 0; phase < exits.size(); ++phase) {
    const Bill bill = bill_of(phase);
    for (std::size_t stage = 0; stage < bill.size(); ++stage) mean[stage].add(exits[phase].share, bill[stage]);
  }
  return mean;
}

Bill Priced::latency_bill(const Bill& mean) const {
  if (problem_.latency_quantile == 0 || problem_.policies.empty()) return mean;
  const auto& exits = problem_.policies[decision_.policy].exits;
  std::size_t phase = 0;
  double stopped = exits[0].share;
  while (phase + 1 < exits.size() && stopped < problem_.latency_quantile - kTolerance) stopped += exits[++phase].share;
  return bill_of(phase);
}

double Priced::energy_j(const Bill& bill, std::size_t stage) const {
  static const StageBill kNothing;
  const StageBill& here = bill[stage];
  const StageBill& before = stage == 0 ? kNothing : bill[stage - 1];
  const double compute_ms = decode_ms(bill, stage) + here.compute_ms + encode_ms(here);
  const double send_ms = upload_ms(here) + before.download_ms;
  const double receive_ms = arrival_ms(bill, stage) + here.download_ms;
  const Target& at = target(stage);
  return (at.compute_watts * compute_ms + at.send_watts * send_ms + at.receive_watts * receive_ms) / 1000;
}

double Priced::caller_energy_j(const OffloadBill& offload) const {
  const Target& at = target(offload.stage);
  return (at.compute_watts * offload.encode_ms + at.send_watts * offload.upload_ms +
          at.receive_watts * offload.download_ms) /
         1000;
}

double Priced::offload_energy_j(const OffloadBill& offload) const {
  const Target& at = problem_.targets[offload.target];
  return (at.compute_watts * (offload.decode_ms + offload.compute_ms) + at.send_watts * offload.download_ms +
          at.receive_watts * offload.upload_ms) /
         1000;
}

double Priced::money(const Bill& bill, std::size_t stage) const {
  const double busy_ms = decode_ms(bill, stage) + bill[stage].compute_ms + encode_ms(bill[stage]);
  double sum = price_of_time(target(stage), busy_ms);
  if (stage == 0) return sum;
  sum += price_of_bytes(*links_[stage - 1], bill[stage - 1].sent_bytes + bill[stage - 1].answer_bytes);
  for_each_bypass_to(bill, stage, [&](const BypassBill& bypass) {
    sum += price_of_bytes(problem_.links[bypass.link], bypass.sent_bytes);
  });
  return sum;
}

double Priced::caller_money(const OffloadBill& offload) const {
  return price_of_time(target(offload.stage), offload.encode_ms);
}

double Priced::offload_money(const OffloadBill& offload) const {
  return price_of_time(problem_.targets[offload.target], offload.decode_ms + offload.compute_ms) +
         price_of_bytes(problem_.links[offload.link], offload.sent_bytes + offload.returned_bytes);
}

double Priced::period_ms(const Bill& bill) const {
  std::vector<double> targets(problem_.targets.size());
  std::vector<double> uploads(problem_.links.size());
  std::vector<double> downloads(problem_.links.size());
  for (std::size_t stage = 0; stage < bill.size(); ++stage) {
    targets[decision_.route[stage]] += decode_ms(bill, stage) + bill[stage].compute_ms + encode_ms(bill[stage]);
    for (const auto& bypass : bill[stage].bypasses) uploads[bypass.link] += bypass.upload_ms;
    if (stage + 1 == bill.size()) break;
    const auto link = static_cast<std::size_t>(links_[stage] - problem_.links.data());
    uploads[link] += bill[stage].upload_ms;
    downloads[link] += bill[stage].download_ms;
  }
  for_each_offload([&](const OffloadBill& offload) {
    targets[decision_.route[offload.stage]] += offload.encode_ms;
    targets[offload.target] += offload.decode_ms + offload.compute_ms;
    uploads[offload.link] += offload.upload_ms;
    downloads[offload.link] += offload.download_ms;
  });
  double busiest = 0;
  for (std::size_t target = 0; target < targets.size(); ++target)
    busiest = std::max(busiest, targets[target] / replicas(target));
  for (std::size_t link = 0; link < uploads.size(); ++link) {
    const double alike = std::max(replicas(problem_.links[link].from), replicas(problem_.links[link].to));
    busiest = std::max({busiest, uploads[link] / alike, downloads[link] / alike});
  }
  return busiest;
}

void Priced::check_route() {
  const auto& route = decision_.route;
  if (route.empty() || route[0] != 0) fail_to_fit("its route does not start at the first target");
  links_.reserve(route.size());
  for (std::size_t hop = 0; hop + 1 < route.size(); ++hop) {
    const std::size_t link = find_link(problem_, route[hop], route[hop + 1]);
    if (link == kNone) fail_to_fit(fmt::format("no link from target {} to {}", route[hop], route[hop + 1]));
    links_.push_back(&problem_.links[link]);
    if (std::ranges::count(route, route[hop + 1]) > 1)
      fail_to_fit(fmt::format("its route visits target {} twice", route[hop + 1]));
  }
}

void Priced::check_positions() const {
  const auto& position = decision_.position;
  if (position.size() != phases_.size()) fail_to_fit("it does not have one position a block");
  for (std::size_t block = 0; block < phases_.size(); ++block) {
    if (phases_[block] == kNone ? position[block] != kNone : position[block] >= decision_.route.size())
      fail_to_fit(fmt::format("block {} has no valid position", block));
  }
  const auto runs = [&](std::size_t stage) { return std::ranges::find(position, stage) != position.end(); };
  if (!runs(decision_.route.size() - 1)) fail_to_fit("its last target runs nothing");
  for (std::size_t stage = 1; stage + 1 < decision_.route.size() && !problem_.allows_relays; ++stage) {
    if (!runs(stage)) fail_to_fit(fmt::format("target {} is a relay", decision_.route[stage]));
  }
}

void Priced::check_abilities() const {
  for (std::size_t block = 0; block < phases_.size(); ++block) {
    const std::size_t at = decision_.target_of(block);
    if (at != kNone && problem_.targets[at].block_ms[block] == kCannotRun)
      fail_to_fit(fmt::format("block {} cannot run on target {}", block, at));
  }
  for (const auto& crossing : decision_.crossings)
    check_codec(encoding(crossing), decision_.route[crossing.hop], decision_.route[crossing.to()]);
  for (const auto& handing : decision_.handings) {
    check_codec(problem_.tensors[handing.tensor].encodings[handing.encoding], decision_.route[handing.stage],
                handing.target);
  }
}

void Priced::check_codec(const Encoding& how, std::size_t from, std::size_t to) const {
  if (!has_codec(how, from, to)) fail_to_fit(fmt::format("target {} or {} lacks codec '{}'", from, to, how.codec));
}

void Priced::check_phases() const {
  if (problem_.policies.empty()) return;
  const auto& exits = problem_.policies[decision_.policy].exits;
  for (std::size_t phase = 0; phase + 1 < exits.size(); ++phase) {
    const std::size_t decided = decision_.position[problem_.exits[exits[phase].exit].block];
    for (std::size_t block = 0; block < phases_.size(); ++block) {
      if (phases_[block] != kNone && phases_[block] > phase && decision_.position[block] < decided)
        fail_to_fit(fmt::format("block {} runs before exit {} is decided", block, exits[phase].exit));
    }
  }
}

}  // namespace tandem::plan
