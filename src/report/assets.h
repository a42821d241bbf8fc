// Files that pages carry, embedded by assets.S. Private to report/.
#pragma once

#include <string_view>

namespace tandem::report {

std::string_view page_style();    // of every page; first
std::string_view edgent_style();  // after it; of both experiments

std::string_view echarts_script();
std::string_view charts_script();  // after ECharts, before those that draw
std::string_view profile_script();
std::string_view edgent_script();
std::string_view jalad_script();

}  // namespace tandem::report
