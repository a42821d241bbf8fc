#include "workspace/codec_trades.h"

#include <algorithm>

namespace tandem::workspace {
namespace {

const std::vector<double> kBounds = {0, 0.1, 0.5, 1, 2};  // percentage points

bool has_choice(const plan::Problem& problem) {
  return std::ranges::any_of(problem.tensors, [](const plan::Tensor& each) { return each.encodings.size() > 1; });
}

}  // namespace

std::optional<double> CodecTrades::bits_per_element(const std::string& tensor, double bytes) const {
  const auto count = elements.find(tensor);
  if (count == elements.end() || count->second == 0) return std::nullopt;
  return 8 * bytes / static_cast<double>(count->second);
}

std::optional<CodecTrades> trade_codecs(const plan::Problem& with_all_codecs, const plan::Problem& problem,
                                        const plan::Plan& best, const std::vector<cost::CodecRate>& rates,
                                        const plan::SolveOptions& options) {
  if (!has_choice(with_all_codecs)) return std::nullopt;
  CodecTrades report{plan::codec_trades(problem, best), plan::best_by_loss(with_all_codecs, kBounds, options), {}};
  for (const auto& rate : rates) report.elements[rate.tensor] = rate.elements;
  return report;
}

}  // namespace tandem::workspace
