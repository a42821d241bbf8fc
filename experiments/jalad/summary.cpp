#include "summary.h"

#include <algorithm>

#include "base/statistics.h"

namespace tandem::jalad {
namespace {

template <class Value>
std::vector<double> values_of(const std::vector<CutSummary>& cuts, Value&& value) {
  std::vector<double> values;
  for (const auto& cut : cuts) values.push_back(value(cut));
  return values;
}

}  // namespace

Choice best_within(const std::vector<cost::CodecRate>& rates, const std::string& family, double points) {
  const auto* best = rates.empty() ? nullptr : cost::smallest_within(rates, rates.front().tensor, family, points);
  if (best == nullptr || best->bits_per_element() >= Choice().bits) return {};
  return {best->codec, best->bits_per_element(), best->calibration_loss_points, best->worst_loss_points(),
          best->highest_loss_points()};
}

CutSummary summarize(const std::string& network, const std::vector<cost::CodecRate>& rates, double points) {
  const auto& first = rates.front();
  return {network,
          first.tensor,
          first.elements,
          best_within(rates, kOurs, points),
          best_within(rates, kJalad, points),
          best_within(rates, kBytesPacked, kNoBound)};
}

Totals totals_of(const std::vector<CutSummary>& cuts) {
  const auto ours = values_of(cuts, [](const CutSummary& cut) { return cut.ours.bits; });
  const auto losses = values_of(cuts, [](const CutSummary& cut) { return cut.ours.loss_points; });
  const auto few = std::ranges::count_if(ours, [](double bits) { return bits <= 1; });
  Totals totals;
  totals.cuts = cuts.size();
  totals.median_bits = base::median(ours);
  totals.upper_quartile_bits = base::quantile(ours, 0.75);
  totals.least_bits = base::quantile(ours, 0);
  totals.share_of_one_bit = static_cast<double>(few) / static_cast<double>(cuts.size());
  totals.median_jalad_bits = base::median(values_of(cuts, [](const CutSummary& cut) { return cut.jalad.bits; }));
  totals.median_packed_bits = base::median(values_of(cuts, [](const CutSummary& cut) { return cut.packed.bits; }));
  totals.median_ratio_to_jalad = base::median(values_of(cuts, [](const auto& cut) { return cut.ratio_to_jalad(); }));
  totals.median_ratio_to_packed = base::median(values_of(cuts, [](const auto& cut) { return cut.ratio_to_packed(); }));
  totals.median_loss_points = base::median(losses);
  totals.most_loss_points = base::quantile(losses, 1);
  return totals;
}

}  // namespace tandem::jalad
