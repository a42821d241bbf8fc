// Gain and cost of each codec in a plan: a part of the explanation of a plan.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cost/codec_rates.h"
#include "plan/ask/trade.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::workspace {

struct CodecTrades {
  std::vector<plan::CodecTrade> trades;         // of the best plan
  std::vector<plan::LossBound> bounds;          // the best plan for each bound of accuracy loss
  std::map<std::string, std::size_t> elements;  // of tensors, where known

  std::optional<double> bits_per_element(const std::string& tensor, double bytes) const;
};

// For `best`, a plan of `problem`. Bounds are evaluated on `with_all_codecs`, which may offer more codecs. Nothing
// where no tensor has an alternative encoding.
std::optional<CodecTrades> trade_codecs(const plan::Problem& with_all_codecs, const plan::Problem& problem,
                                        const plan::Plan& best, const std::vector<cost::CodecRate>& rates,
                                        const plan::SolveOptions& options);

}  // namespace tandem::workspace
