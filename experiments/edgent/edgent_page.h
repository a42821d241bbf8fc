// The page of the experiment that asks Edgent's questions of live processes (experiments/edgent): which exit and which
// cut each method chooses under a deadline, and what comes of it. One HTML file that needs no network; tables are plain
// HTML, charts are drawn by Apache ECharts, which the page carries. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace tandem::edgent {

// A whole file, UTF-8, of a "tandem.edgent" document as the experiment writes it: what it holds is believed. Any text
// may stand in it: none of it becomes markup or script. Throws base::Json::exception when a member is not there or of
// another kind.
std::string edgent_page(const base::Json& experiment);

}  // namespace tandem::edgent
