// For tests of pages: parts of a page.
#pragma once

#include <string>

#include "base/json.h"
#include "report/assets.h"

namespace tandem::report {

// The page without ECharts.
inline std::string without_library(std::string html) {
  return html.erase(html.find(echarts_script()), echarts_script().size());
}

// The data of the scripts.
inline base::Json data_of(const std::string& html) {
  const std::string opening = "id=\"data\">";
  const auto start = html.find(opening) + opening.size();
  return base::parse_json(html.substr(start, html.find("</script>", start) - start), "data");
}

// The page without the headings that its cells carry.
inline std::string without_labels(std::string html) {
  const std::string opening = " data-label=\"";
  for (auto at = html.find(opening); at != std::string::npos; at = html.find(opening, at))
    html.erase(at, html.find('"', at + opening.size()) + 1 - at);
  return html;
}

inline std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// Names that would become markup or script if a page did not escape them.
inline constexpr const char* kHostileNames[] = {"</script><img onerror=alert(1)>", "<!--<script>", "\"'><b>",
                                                "]]>&lt;"};

inline std::size_t tags_in(const std::string& html) {
  return occurrences(html, "<");
}

}  // namespace tandem::report
