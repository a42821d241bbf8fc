// What every page is made of: text that is safe in HTML, figures for people, tables, and the file around them. Pure.
// Private to report/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace tandem::report {

std::string escape_html(std::string_view text);                    // for text and for quoted attributes
std::string json_in_script(const base::Json& json);                // for <script type="application/json">: has no '<'
std::string element(std::string_view tag, std::string_view text);  // <tag>escaped text</tag>

std::string human_ms(double milliseconds);         // "0.052 ms", "41.2 ms", "12.3 s"; not finite: "–"
std::string human_bytes(double bytes);             // "602 KB", "97.8 MB"
std::string human_percent(double share);           // of 1: "3.1 %"
std::string human_time(std::int64_t unix_s);       // "2026-11-22 03:40 UTC"; not positive: "unknown"
std::string human_duration(std::int64_t seconds);  // "40 s", "3 min", "2 h", "5 days"

struct Cell {
  std::string text;
  std::string note = {};  // smaller, behind it
};

// A heading that begins with '>' stands to the right, with its column. The first cell of a row is its head.
class HtmlTable {
 public:
  explicit HtmlTable(const std::vector<std::string>& headings);
  void add(const std::vector<Cell>& row);
  std::string html() const;

 private:
  std::vector<bool> is_right_;
  std::string head_;
  std::string rows_;
};

std::string count_of(std::size_t count, const std::string& what);  // "1 layer", "2 layers"

// For <dl class="tiles">: a figure that a reader should see first, and what it is of.
std::string tile(const std::string& what, const std::string& value, const std::string& note);

// The place of a chart that a script draws; the label is for those who cannot see it.
std::string chart(const std::string& id, const std::string& label);

// A table of that many rows, to be opened and closed; a long one begins closed.
std::string folded(const std::string& summary, std::size_t rows, const std::string& table);

std::string no_script_note();
std::string footer();

struct Page {
  std::string title;
  std::vector<std::string_view> styles;
  std::string body;  // HTML
  base::Json data;   // for the scripts: the content of #data
  std::vector<std::string_view> scripts;
};

// The file. Its policy lets a browser fetch nothing, whatever it holds.
std::string assemble(const Page& page);

}  // namespace tandem::report
