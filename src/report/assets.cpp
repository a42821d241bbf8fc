#include "report/assets.h"

extern "C" {
extern const char tandem_echarts_script_begin[], tandem_echarts_script_end[];
extern const char tandem_profile_script_begin[], tandem_profile_script_end[];
extern const char tandem_profile_style_begin[], tandem_profile_style_end[];
}

namespace tandem::report {

std::string_view echarts_script() {
  return {tandem_echarts_script_begin, tandem_echarts_script_end};
}
std::string_view profile_script() {
  return {tandem_profile_script_begin, tandem_profile_script_end};
}
std::string_view profile_style() {
  return {tandem_profile_style_begin, tandem_profile_style_end};
}

}  // namespace tandem::report
