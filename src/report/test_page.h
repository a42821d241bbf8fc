// What tests look at in a page. Private to report/.
#pragma once

#include <string>

#include "base/json.h"
#include "report/assets.h"

namespace tandem::report {

inline std::string without_library(std::string html) {
  return html.erase(html.find(echarts_script()), echarts_script().size());
}

// What the scripts are given.
inline base::Json data_of(const std::string& html) {
  const std::string opening = "id=\"data\">";
  const auto start = html.find(opening) + opening.size();
  return base::parse_json(html.substr(start, html.find("</script>", start) - start), "data");
}

}  // namespace tandem::report
