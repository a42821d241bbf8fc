// Files that pages carry, embedded by assets.S. Private to report/.
#pragma once

#include <string_view>

namespace tandem::report {

std::string_view echarts_script();
std::string_view profile_script();
std::string_view profile_style();

}  // namespace tandem::report
