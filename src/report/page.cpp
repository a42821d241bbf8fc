#include "report/page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace tandem::report {

namespace {

constexpr std::int64_t kEndOfYear9999 = 253402300800;
constexpr std::size_t kOpenRows = 12;  // a longer table waits to be opened

// Three significant digits.
std::string digits(double value) {
  const double size = std::abs(value);
  if (size >= 1e6) return fmt::format("{:.3g}", value);
  return fmt::format("{:.{}f}", value, size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
}

bool takes_right(const std::string& heading) {
  return heading.starts_with('>');
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      case '\0':
        break;  // HTML has none
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string json_in_script(const base::Json& json) {
  std::string escaped;
  for (const char c : json.dump(-1, ' ', false, base::Json::error_handler_t::replace)) {
    c == '<' ? escaped += "\\u003c" : escaped += c;
  }
  return escaped;
}

std::string element(std::string_view tag, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>\n", tag, escape_html(text));
}

std::string human_ms(double milliseconds) {
  if (!std::isfinite(milliseconds)) return "–";
  if (milliseconds > 0 && milliseconds < 0.0005) return "< 0.001 ms";
  return milliseconds < 9995 ? digits(milliseconds) + " ms" : digits(milliseconds / 1000) + " s";
}

std::string human_bytes(double bytes) {
  if (!std::isfinite(bytes)) return "–";
  const char* unit = "B";
  for (const char* larger : {"KB", "MB", "GB"}) {
    if (std::abs(bytes) < 999.5) break;
    bytes /= 1000;
    unit = larger;
  }
  return unit == std::string_view("B") ? fmt::format("{:.0f} B", bytes) : digits(bytes) + " " + unit;
}

std::string human_percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.{}f} %", 100 * share, std::abs(share) < 0.0995 ? 1 : 0) : "–";
}

std::string human_time(std::int64_t unix_s) {
  if (unix_s <= 0 || unix_s >= kEndOfYear9999) return "unknown";
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(unix_s)));
}

std::string human_duration(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", std::max<std::int64_t>(seconds, 0));
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

HtmlTable::HtmlTable(const std::vector<std::string>& headings) {
  for (const auto& heading : headings) {
    is_right_.push_back(takes_right(heading));
    head_ += fmt::format("<th scope=\"col\"{}>{}</th>", is_right_.back() ? " class=\"number\"" : "",
                         escape_html(is_right_.back() ? heading.substr(1) : heading));
  }
}

void HtmlTable::add(const std::vector<Cell>& row) {
  rows_ += "<tr>";
  for (std::size_t column = 0; column < row.size(); ++column) {
    const auto& [text, note] = row[column];
    const char* tag = column == 0 ? "th" : "td";
    rows_ += fmt::format("<{}{}{}>{}{}</{}>", tag, column == 0 ? " scope=\"row\"" : "",
                         is_right_.at(column) ? " class=\"number\"" : "", escape_html(text),
                         note.empty() ? "" : " <small>" + escape_html(note) + "</small>", tag);
  }
  rows_ += "</tr>\n";
}

std::string HtmlTable::html() const {
  return fmt::format("<div class=\"scroll\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n",
                     head_, rows_);
}

std::string count_of(std::size_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string tile(const std::string& what, const std::string& value, const std::string& note) {
  return "<div class=\"tile\">\n" + element("dt", what) + "<dd>" + escape_html(value) + " " + element("small", note) +
         "</dd></div>\n";
}

std::string chart(const std::string& id, const std::string& label) {
  return fmt::format(
      "<div class=\"legend\" id=\"{0}-legend\"></div>\n<div class=\"chart\" id=\"{0}\" role=\"img\" "
      "aria-label=\"{1}\"></div>\n",
      id, escape_html(label));
}

std::string folded(const std::string& summary, std::size_t rows, const std::string& table) {
  return fmt::format("<details{}><summary>{}</summary>\n{}</details>\n", rows <= kOpenRows ? " open" : "",
                     escape_html(summary), table);
}

std::string no_script_note() {
  return "<p class=\"no-script\">The charts need JavaScript. The tables hold the same figures.</p>\n";
}

std::string footer() {
  return "<footer>Charts: Apache ECharts, copyright 2017–2026 The Apache Software Foundation, Apache License 2.0; "
         "carried by this page, which loads nothing.</footer>\n";
}

std::string assemble(const Page& page) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
      "style-src 'unsafe-inline'; img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  html += element("title", page.title);
  for (const auto style : page.styles) html += fmt::format("<style>\n{}</style>\n", style);
  html += "</head>\n<body>\n" + page.body;
  html += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n", json_in_script(page.data));
  for (const auto script : page.scripts) html += fmt::format("<script>\n{}\n</script>\n", script);
  return html + "</body>\n</html>\n";
}

}  // namespace tandem::report
