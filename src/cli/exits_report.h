// The report of `tandem exits report`, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <string>

#include "base/json.h"
#include "workspace/exit_report.h"

namespace tandem::cli {

base::Json to_json(const workspace::ExitReport& report, const std::string& model,
                   const workspace::ExitReportOptions& options);
std::string to_text(const workspace::ExitReport& report, const workspace::ExitReportOptions& options);

}  // namespace tandem::cli
