// The page of the experiment that asks JALAD's question (experiments/jalad): how few bits a cut of a trained network
// needs, where that lets a split win, and what it does to latency. One HTML file that needs no network; tables are
// plain HTML, charts are drawn by Apache ECharts, which the page carries. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace tandem::jalad {

// A whole file, UTF-8, of a "tandem.jalad" document as the experiment writes it: what it holds is believed. Any text
// may stand in it: none of it becomes markup or script. Throws base::Json::exception when a member is not there or of
// another kind.
std::string jalad_page(const base::Json& experiment);

}  // namespace tandem::jalad
