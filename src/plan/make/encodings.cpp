#include "plan/make/encodings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace tandem::plan {
namespace {

using Key = std::pair<std::string, std::string>;  // tensor and codec

// Times of codecs on the targets of a problem.
class CodecTimes {
 public:
  CodecTimes(const Problem& problem, const std::vector<cost::ModelCosts>& models, const Codecs& codecs)
      : whole_ms_(problem.targets.size(), 0) {
    for (const auto& costs : models) {
      if (const std::size_t target = index_of(problem, costs.identity.target); target != kNone)
        whole_ms_[target] = costs.whole_ms;
    }
    for (const auto& time : codecs.times) note(index_of(problem, time.identity.target), time);
  }

  // By target; nothing: the codec was timed on none of them.
  struct Times {
    std::vector<double> encode_ms;
    std::vector<double> decode_ms;
  };
  std::optional<Times> of(const Key& key) const {
    const auto known = known_.find(key);
    if (known == known_.end()) return std::nullopt;
    Times times;
    for (std::size_t target = 0; target < whole_ms_.size(); ++target) {
      const std::size_t source = nearest(known->second, target);
      const double ratio = source == target ? 1 : whole_ms_[target] / whole_ms_[source];
      times.encode_ms.push_back(ratio * known->second.at(source)->encode_ms);
      times.decode_ms.push_back(ratio * known->second.at(source)->decode_ms);
    }
    return times;
  }

 private:
  using ByTarget = std::map<std::size_t, const cost::CodecTime*>;

  static std::size_t index_of(const Problem& problem, const std::string& name) {
    const auto found = std::ranges::find(problem.targets, name, &Target::name);
    return found == problem.targets.end() ? kNone : static_cast<std::size_t>(found - problem.targets.begin());
  }

  void note(std::size_t target, const cost::CodecTime& time) {
    if (target == kNone || !(whole_ms_[target] > 0)) return;
    auto& newest = known_[{time.tensor, time.codec}][target];
    if (newest == nullptr || newest->measured_at_s < time.measured_at_s) newest = &time;
  }

  // The target itself if it was timed, else the timed one whose speed is nearest by ratio.
  std::size_t nearest(const ByTarget& known, std::size_t target) const {
    const auto distance = [&](const auto& each) {
      return each.first == target ? -1 : std::abs(std::log(whole_ms_[target] / whole_ms_[each.first]));
    };
    return std::ranges::min_element(known, {}, distance)->first;
  }

  std::vector<double> whole_ms_;  // of the model, by target
  std::map<Key, ByTarget> known_;
};

std::vector<double> sum_of(std::vector<double> times, const std::vector<double>& more) {
  for (std::size_t target = 0; target < more.size(); ++target) times[target] += more[target];
  return times;
}

Encoding make_encoding(const Encoding& raw, const cost::CodecRate& rate, const CodecTimes::Times& times) {
  return {rate.codec, rate.bytes, rate.worst_loss_points(), sum_of(times.encode_ms, raw.encode_ms),
          sum_of(times.decode_ms, raw.decode_ms)};
}

bool is_no_worse(const Encoding& left, const Encoding& right) {
  return left.bytes <= right.bytes && left.accuracy_loss <= right.accuracy_loss &&
         std::ranges::equal(left.encode_ms, right.encode_ms, std::less_equal<>()) &&
         std::ranges::equal(left.decode_ms, right.decode_ms, std::less_equal<>());
}

// Of equal encodings the first stays.
std::vector<Encoding> undominated(const std::vector<Encoding>& all) {
  std::vector<Encoding> kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool is_beaten = false;
    for (std::size_t j = 0; j < all.size() && !is_beaten; ++j)
      is_beaten = i != j && is_no_worse(all[j], all[i]) && (j < i || !is_no_worse(all[i], all[j]));
    if (!is_beaten) kept.push_back(all[i]);
  }
  return kept;
}

double sum_ms(const Encoding& encoding) {
  double sum = 0;
  for (const double each : encoding.encode_ms) sum += each;
  for (const double each : encoding.decode_ms) sum += each;
  return sum;
}

// A doubling of bytes or time counts like a percentage point of accuracy.
double distance(const Encoding& left, const Encoding& right) {
  const auto doublings = [](double a, double b) { return std::abs(std::log2((a + 1e-9) / (b + 1e-9))); };
  return doublings(left.bytes, right.bytes) + doublings(sum_ms(left), sum_ms(right)) +
         std::abs(left.accuracy_loss - right.accuracy_loss);
}

void drop_one_of_the_most_alike(std::vector<Encoding>& encodings) {
  std::size_t dropped = 0;
  double least = kUnlimited;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    for (std::size_t j = i + 1; j < encodings.size(); ++j) {
      const double apart = distance(encodings[i], encodings[j]);
      if (apart >= least) continue;
      least = apart;
      dropped = encodings[i].accuracy_loss > encodings[j].accuracy_loss ? i : j;
    }
  }
  encodings.erase(encodings.begin() + static_cast<std::ptrdiff_t>(dropped));
}

void add_to(Tensor& tensor, const std::vector<const cost::CodecRate*>& rates, const CodecTimes& times) {
  const Encoding raw = tensor.encodings.front();
  std::vector<Encoding> made;
  for (const auto* rate : rates) {
    if (rate->bytes >= raw.bytes || rate->codec == kRaw) continue;
    if (const auto known = times.of({rate->tensor, rate->codec})) made.push_back(make_encoding(raw, *rate, *known));
  }
  made = undominated(made);
  while (made.size() + tensor.encodings.size() > kMostEncodings) drop_one_of_the_most_alike(made);
  tensor.encodings.insert(tensor.encodings.end(), made.begin(), made.end());
}

}  // namespace

void add_encodings(Problem& problem, const std::vector<cost::ModelCosts>& models, const Codecs& codecs) {
  const CodecTimes times(problem, models, codecs);
  const auto rates = cost::newest_of_each(codecs.rates);
  std::map<std::string, std::vector<const cost::CodecRate*>> rates_of;
  for (const auto& rate : rates) rates_of[rate.tensor].push_back(&rate);
  for (Tensor& tensor : problem.tensors) {
    if (!tensor.encodings.empty()) add_to(tensor, rates_of[tensor.name], times);
  }
}

}  // namespace tandem::plan
