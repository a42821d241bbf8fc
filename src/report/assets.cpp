#include "report/assets.h"

extern "C" {
extern const char tandem_page_style_begin[], tandem_page_style_end[];
extern const char tandem_edgent_style_begin[], tandem_edgent_style_end[];
extern const char tandem_echarts_script_begin[], tandem_echarts_script_end[];
extern const char tandem_charts_script_begin[], tandem_charts_script_end[];
extern const char tandem_profile_script_begin[], tandem_profile_script_end[];
extern const char tandem_edgent_script_begin[], tandem_edgent_script_end[];
extern const char tandem_jalad_script_begin[], tandem_jalad_script_end[];
}

namespace tandem::report {

std::string_view page_style() {
  return {tandem_page_style_begin, tandem_page_style_end};
}
std::string_view edgent_style() {
  return {tandem_edgent_style_begin, tandem_edgent_style_end};
}
std::string_view echarts_script() {
  return {tandem_echarts_script_begin, tandem_echarts_script_end};
}
std::string_view charts_script() {
  return {tandem_charts_script_begin, tandem_charts_script_end};
}
std::string_view profile_script() {
  return {tandem_profile_script_begin, tandem_profile_script_end};
}
std::string_view edgent_script() {
  return {tandem_edgent_script_begin, tandem_edgent_script_end};
}
std::string_view jalad_script() {
  return {tandem_jalad_script_begin, tandem_jalad_script_end};
}

}  // namespace tandem::report
