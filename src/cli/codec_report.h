// Codecs in reports of plans, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <string>

#include "base/json.h"
#include "plan/problem/plan.h"
#include "workspace/codec_trades.h"

namespace tandem::cli {

base::Json to_json(const workspace::CodecTrades& report);  // docs/formats.md, "Plan"
std::string to_text(const workspace::CodecTrades& report);

// A codec as a table shows it, without its scales, steps and fingerprint, which JSON has: "klevel k=3", "jpeg
// quality=50", "int8 static".
std::string short_name(const std::string& codec);

// " (relu1 as klevel k=3)"; empty: every tensor that crosses is sent raw.
std::string text_of_codecs(const plan::Plan& plan);

}  // namespace tandem::cli
