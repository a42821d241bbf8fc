#include "cost/codec_rates.h"

#include <algorithm>
#include <tuple>

#include "base/statistics.h"

namespace tandem::cost {

double CodecRate::worst_loss_points() const {
  double worst = 0;
  for (const auto& loss : losses) worst = std::max(worst, loss.loss_points);
  return worst;
}

double CodecRate::highest_loss_points() const {
  double highest = 0;
  for (const auto& loss : losses) highest = std::max(highest, loss.loss_high_points);
  return highest;
}

double finest_loss_points(std::size_t samples) {
  return base::binomial_interval(0, samples).high;
}

const CodecRate* smallest_within(const std::vector<CodecRate>& rates, const std::string& tensor,
                                 const std::string& family, double points) {
  const CodecRate* best = nullptr;
  for (const auto& rate : rates) {
    if (rate.tensor != tensor || rate.family() != family || rate.calibration_loss_points > points) continue;
    if (best == nullptr || rate.bytes < best->bytes) best = &rate;
  }
  return best;
}

std::vector<CodecRate> newest_of_each(std::vector<CodecRate> rates) {
  std::ranges::stable_sort(rates, [](const CodecRate& left, const CodecRate& right) {
    return std::tie(left.tensor, left.codec, right.measured_at_s) <
           std::tie(right.tensor, right.codec, left.measured_at_s);
  });
  const auto is_same = [](const CodecRate& left, const CodecRate& right) {
    return std::tie(left.tensor, left.codec) == std::tie(right.tensor, right.codec);
  };
  const auto repeated = std::ranges::unique(rates, is_same);
  rates.erase(repeated.begin(), repeated.end());
  return rates;
}

}  // namespace tandem::cost
