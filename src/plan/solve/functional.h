// Costs as linear functionals of a plan's elements: an objective, a limit and any weighted sum of them have the same
// form in solvers. Private to plan/solve/.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// Times of links and codecs in milliseconds, loads included.
struct Times {
  static double upload_ms(const Link& link, double bytes);
  static double download_ms(const Link& link, double bytes);
  // With the header of a request of this policy.
  static double round_trip_ms(const Problem& problem, const Link& link, std::size_t policy);
  static double encode_ms(const Problem& problem, const Encoding& encoding, std::size_t link);
  static double decode_ms(const Problem& problem, const Encoding& encoding, std::size_t link);
  static double total_ms(const Problem& problem, const Encoding& encoding, std::size_t link) {
    return encode_ms(problem, encoding, link) + upload_ms(problem.links[link], encoding.bytes) +
           decode_ms(problem, encoding, link);
  }
};

// Whether there is one encoding, which costs only its bytes. Then the cost of a crossing is proportional to them.
bool is_bytes_only(const std::vector<Encoding>& encodings);

// The link from one target to another; kNone: there is none.
std::size_t link_between(const Problem& problem, std::size_t from, std::size_t to);

// Whether both ends of a link have the encoding's codec.
bool can_send(const Problem& problem, const Encoding& encoding, std::size_t link);

// A linear functional: the contribution of each element of a plan to a metric or a weighted sum of metrics.
// Coefficients are per millisecond or byte; the reach of a phase multiplies them.
class Functional {
 public:
  Functional() = default;
  explicit Functional(const Problem& problem);  // zero

  void add_latency(double weight);
  void add_compute(const std::vector<std::size_t>& targets, double weight);
  void add_exchange(const std::vector<std::size_t>& links, double weight);
  void add_upload(const std::vector<std::size_t>& links, double weight);
  void add_energy(const Problem& problem, const std::vector<std::size_t>& targets, double weight);
  void add_money(const Problem& problem, const std::vector<std::size_t>& targets, double weight);
  void add_error(double weight) { error_ += weight; }
  // Of a hop over this link, however many requests cross it: each byte of its tensors, and the hop itself.
  void add_size(std::size_t link, double weight_of_byte, double weight_of_hop);
  void add_stages(const std::vector<std::size_t>& targets, double weight);  // for each that runs a block

  // Values: of a block of `milliseconds` on a target (load included), of a hop, of one tensor that crosses.
  double compute(std::size_t target, double milliseconds, double time_reach, double mean_reach) const {
    return milliseconds * (compute_time_[target] * time_reach + compute_mean_[target] * mean_reach);
  }
  double hop(const Problem& problem, std::size_t policy, std::size_t link, double time_reach, double mean_reach) const;
  double crossing(const Problem& problem, const Encoding& encoding, std::size_t link, double time_reach,
                  double mean_reach) const;

  // Of a stage, whatever its time and however many requests reach it.
  double stage(std::size_t target) const { return stage_[target]; }
  // The value besides the time of what comes back over a link for `milliseconds`.
  double returned(std::size_t link, double milliseconds) const { return milliseconds * answer_mean_[link]; }

  // The value of one byte of an encoding that costs only its bytes.
  double byte_time(const Problem& problem, std::size_t link) const;
  double byte_mean(const Problem& problem, std::size_t link) const;

  // this += weight × other
  void add(const Functional& other, double weight);

 private:
  std::vector<double> compute_time_, compute_mean_, stage_;                       // by target
  std::vector<double> exchange_time_, upload_mean_, sending_mean_, answer_mean_;  // by link
  std::vector<double> byte_, hop_;                                                // by link, without reach
  double error_ = 0;
};

struct Limit {
  Functional functional;
  double limit = 0;
  double slack = 0;  // for rounding

  double most() const { return limit + slack; }
  bool holds(double value) const { return value <= most(); }
};

// Whether a limit holds up to rounding; price.h has the same tolerance.
inline double slack_of(double limit) {
  return 1e-9 * std::abs(limit);
}
inline double most_within(double limit) {
  return limit == kUnlimited ? limit : limit + slack_of(limit);
}
inline bool is_within(double value, double limit) {
  return value <= most_within(limit);
}
// The limit with this as most_within().
inline double limit_that_ends_at(double value) {
  return value / (value < 0 ? 1 - 1e-9 : 1 + 1e-9);
}

}  // namespace tandem::plan
