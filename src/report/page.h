// Building blocks of an HTML page that needs no network: escaped text, figures, tables, tiles, places for charts, and
// the file around them. Used by the profile page and by the pages of experiments. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/figures.h"
#include "base/json.h"
#include "base/markup.h"

namespace tandem::report {

using base::escape_markup;
using base::human_duration;
using base::human_percent;
using base::human_time;

// Pages show three digits.
inline std::string human_ms(double milliseconds) {
  return base::human_ms(milliseconds, base::Digits::Three);
}
inline std::string human_bytes(double bytes) {
  return base::human_bytes(bytes, base::Digits::Three);
}

// Throws Error(Unsupported) in a build without ECharts. For commands to call before their work; assemble() does too.
void require_charts();

std::string json_in_script(const base::Json& json);                // for <script type="application/json">: has no '<'
std::string element(std::string_view tag, std::string_view text);  // <tag>escaped text</tag>

struct Cell {
  std::string text;
  std::string note = {};  // small print after the text
};

// A heading that begins with '>' is right-aligned, and so is its column. The first cell of a row is the row's heading.
// Each cell carries its column's heading, which a narrow screen shows beside it.
class HtmlTable {
 public:
  explicit HtmlTable(const std::vector<std::string>& headings);
  void add(const std::vector<Cell>& row);
  std::string html() const;

 private:
  std::vector<bool> is_right_;
  std::vector<std::string> headings_;  // as markup
  std::string head_;
  std::string rows_;
};

std::string count_of(std::size_t count, const std::string& what);  // "1 layer", "2 layers"

// A highlighted figure, for <dl class="tiles">: its name, its value, and a note in small print.
std::string tile(const std::string& name, const std::string& value, const std::string& note);

// An empty place that a script fills with a chart. `label` describes the chart to screen readers.
std::string chart(const std::string& id, const std::string& label);

// A table of `rows` rows under a summary that opens and closes it. Initially closed when it has more than twelve rows.
std::string folded(const std::string& summary, std::size_t rows, const std::string& table);

std::string no_script_note();
std::string footer();

struct Page {
  std::string title;
  std::vector<std::string_view> styles = {};   // beside page.css
  std::string body = {};                       // HTML
  base::Json data = {};                        // for the scripts: the content of #data
  std::vector<std::string_view> scripts = {};  // beside ECharts and charts.js, after them
};

// The whole file. Its content security policy forbids browsers to load anything.
std::string assemble(const Page& page);

}  // namespace tandem::report
