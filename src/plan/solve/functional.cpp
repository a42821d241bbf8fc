#include "plan/solve/functional.h"

#include <algorithm>

namespace tandem::plan {
namespace {

// Visits the indices in a list; all indices if it is empty.
template <class Visit>
void for_each_or_all(const std::vector<std::size_t>& some, std::size_t count, const Visit& visit) {
  if (some.empty()) {
    for (std::size_t i = 0; i < count; ++i) visit(i);
  }
  for (const std::size_t i : some) visit(i);
}

double transmission_ms(double bytes, double mbps) {
  return bytes * 8 / (mbps * 1000);
}

}  // namespace

bool is_bytes_only(const std::vector<Encoding>& encodings) {
  return encodings.size() == 1 && encodings[0].encode_ms.empty() && encodings[0].decode_ms.empty() &&
         encodings[0].accuracy_loss == 0;
}

std::size_t link_between(const Problem& problem, std::size_t from, std::size_t to) {
  const auto leads = [&](const Link& link) { return link.from == from && link.to == to; };
  const auto found = std::ranges::find_if(problem.links, leads);
  return found == problem.links.end() ? kNone : static_cast<std::size_t>(found - problem.links.begin());
}

bool can_send(const Problem& problem, const Encoding& encoding, std::size_t link) {
  const auto has_codec = [](const std::vector<double>& times, std::size_t target) {
    return times.empty() || times[target] != kCannotRun;
  };
  return has_codec(encoding.encode_ms, problem.links[link].from) &&
         has_codec(encoding.decode_ms, problem.links[link].to);
}

double Times::upload_ms(const Link& link, double bytes) {
  return transmission_ms(bytes, link.upload_mbps);
}

double Times::download_ms(const Link& link, double bytes) {
  return transmission_ms(bytes, link.download_mbps);
}

double Times::round_trip_ms(const Problem& problem, const Link& link, std::size_t policy) {
  const std::size_t exits = problem.policies.empty() ? 1 : problem.policies[policy].exits.size();
  const double header_bytes = problem.header_bytes + static_cast<double>(exits - 1) * problem.exit_header_bytes;
  return link.round_trip_ms + upload_ms(link, header_bytes);
}

double Times::encode_ms(const Problem& problem, const Encoding& encoding, std::size_t link) {
  const std::size_t from = problem.links[link].from;
  return encoding.encode_ms.empty() ? 0 : encoding.encode_ms[from] * problem.targets[from].load;
}

double Times::decode_ms(const Problem& problem, const Encoding& encoding, std::size_t link) {
  const std::size_t to = problem.links[link].to;
  return encoding.decode_ms.empty() ? 0 : encoding.decode_ms[to] * problem.targets[to].load;
}

Functional::Functional(const Problem& problem)
    : compute_time_(problem.targets.size()),
      compute_mean_(problem.targets.size()),
      stage_(problem.targets.size()),
      exchange_time_(problem.links.size()),
      upload_mean_(problem.links.size()),
      sending_mean_(problem.links.size()),
      answer_mean_(problem.links.size()),
      byte_(problem.links.size()),
      hop_(problem.links.size()) {}

void Functional::add_latency(double weight) {
  add_compute({}, weight);
  add_exchange({}, weight);
}

void Functional::add_compute(const std::vector<std::size_t>& targets, double weight) {
  for_each_or_all(targets, compute_time_.size(), [&](std::size_t i) { compute_time_[i] += weight; });
}

void Functional::add_exchange(const std::vector<std::size_t>& links, double weight) {
  for_each_or_all(links, exchange_time_.size(), [&](std::size_t i) { exchange_time_[i] += weight; });
}

void Functional::add_upload(const std::vector<std::size_t>& links, double weight) {
  for_each_or_all(links, upload_mean_.size(), [&](std::size_t i) { upload_mean_[i] += weight; });
}

void Functional::add_size(std::size_t link, double weight_of_byte, double weight_of_hop) {
  byte_[link] += weight_of_byte;
  hop_[link] += weight_of_hop;
}

void Functional::add_stages(const std::vector<std::size_t>& targets, double weight) {
  for (const std::size_t target : targets) stage_[target] += weight;
}

void Functional::add_energy(const Problem& problem, const std::vector<std::size_t>& targets, double weight) {
  for_each_or_all(targets, compute_mean_.size(), [&](std::size_t i) {
    const Target& target = problem.targets[i];
    compute_mean_[i] += weight * target.compute_watts / 1000;
    for (std::size_t link = 0; link < problem.links.size(); ++link) {
      if (problem.links[link].from == i) {
        sending_mean_[link] += weight * target.send_watts / 1000;
        answer_mean_[link] += weight * target.receive_watts / 1000;
      }
      if (problem.links[link].to == i) {
        sending_mean_[link] += weight * target.receive_watts / 1000;
        answer_mean_[link] += weight * target.send_watts / 1000;
      }
    }
  });
}

void Functional::add_money(const Problem& problem, const std::vector<std::size_t>& targets, double weight) {
  constexpr double kMsPerHour = 3'600'000;
  constexpr double kBytesPerGb = 1e9;
  for_each_or_all(targets, compute_mean_.size(), [&](std::size_t i) {
    compute_mean_[i] += weight * problem.targets[i].price_per_hour / kMsPerHour;
    for (std::size_t link = 0; link < problem.links.size(); ++link) {
      if (problem.links[link].to != i) continue;
      const double price_of_byte = weight * problem.links[link].price_per_gb / kBytesPerGb;
      upload_mean_[link] += price_of_byte;
      answer_mean_[link] += price_of_byte / Times::download_ms(problem.links[link], 1);
    }
  });
}

double Functional::hop(const Problem& problem, std::size_t policy, std::size_t link, double time_reach,
                       double mean_reach) const {
  const Link& costs = problem.links[link];
  const double answer_ms = Times::download_ms(costs, problem.answer_bytes);
  return exchange_time_[link] * time_reach * (Times::round_trip_ms(problem, costs, policy) + answer_ms) +
         answer_mean_[link] * mean_reach * answer_ms + hop_[link];
}

double Functional::crossing(const Problem& problem, const Encoding& encoding, std::size_t link, double time_reach,
                            double mean_reach) const {
  const Link& costs = problem.links[link];
  const double encode_ms = Times::encode_ms(problem, encoding, link);
  const double decode_ms = Times::decode_ms(problem, encoding, link);
  const double upload_ms = Times::upload_ms(costs, encoding.bytes);
  return byte_[link] * encoding.bytes + exchange_time_[link] * time_reach * (encode_ms + upload_ms + decode_ms) +
         mean_reach *
             (encode_ms * compute_mean_[costs.from] + decode_ms * compute_mean_[costs.to] +
              upload_ms * sending_mean_[link] + encoding.bytes * upload_mean_[link] + encoding.accuracy_loss * error_);
}

double Functional::byte_time(const Problem& problem, std::size_t link) const {
  return exchange_time_[link] * Times::upload_ms(problem.links[link], 1);
}

double Functional::byte_mean(const Problem& problem, std::size_t link) const {
  return upload_mean_[link] + sending_mean_[link] * Times::upload_ms(problem.links[link], 1);
}

void Functional::add(const Functional& other, double weight) {
  const auto add_all = [&](std::vector<double>& to, const std::vector<double>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += weight * from[i];
  };
  add_all(compute_time_, other.compute_time_);
  add_all(compute_mean_, other.compute_mean_);
  add_all(stage_, other.stage_);
  add_all(exchange_time_, other.exchange_time_);
  add_all(upload_mean_, other.upload_mean_);
  add_all(sending_mean_, other.sending_mean_);
  add_all(answer_mean_, other.answer_mean_);
  add_all(byte_, other.byte_);
  add_all(hop_, other.hop_);
  error_ += weight * other.error_;
}

}  // namespace tandem::plan
