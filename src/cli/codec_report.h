// What codecs give and cost in a plan: the trade that `tandem plan --explain` shows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cost/codec_rates.h"
#include "plan/ask/trade.h"

namespace tandem::cli {

struct CodecReport {
  std::vector<plan::CodecTrade> trades;         // of the best plan
  std::vector<plan::LossBound> bounds;          // what would be best if so much might be lost
  std::map<std::string, std::size_t> elements;  // of tensors, where known
};

// Of the best plan of `problem`. `with_all_codecs` may offer more of them: bounds are looked for there. Nothing where
// no tensor can be sent in more than one way.
std::optional<CodecReport> explain_codecs(const plan::Problem& with_all_codecs, const plan::Problem& problem,
                                          const plan::Plan& best, const std::vector<cost::CodecRate>& rates,
                                          const plan::SolveOptions& options);

base::Json to_json(const CodecReport& report);   // docs/formats.md, "Plan"
std::string to_text(const CodecReport& report);  // tables

// " (relu1 as klevel k=3)"; empty: all that crosses is sent raw.
std::string text_of_codecs(const plan::Plan& plan);

}  // namespace tandem::cli
