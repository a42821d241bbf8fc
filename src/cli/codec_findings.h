// The findings of `tandem codec tune` and `show`, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "workspace/codec_tuning.h"

namespace tandem::cli {

base::Json to_json(const workspace::CodecFindings& findings, const std::string& model);
// The fitted codec's bits per element for each bound of accuracy loss, and those of other codecs for the last bound.
std::string overview(const workspace::CodecFindings& findings, const std::vector<double>& losses);
// Every codec and setting.
std::string full_table(const workspace::CodecFindings& findings);

}  // namespace tandem::cli
