#include "report/page.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/palette.h"
#include "report/assets.h"

namespace tandem::report {

namespace {

constexpr std::size_t kLongHeading = 20;  // bytes; a longer one, such as a target's name, breaks anywhere
constexpr std::size_t kOpenRows = 12;     // a longer table begins closed

bool takes_right(const std::string& heading) {
  return heading.starts_with('>');
}

std::string look_of(const std::string& heading) {
  std::string classes = takes_right(heading) ? "number" : "";
  if (heading.size() > kLongHeading) classes += classes.empty() ? "long" : " long";
  return classes.empty() ? "" : " class=\"" + classes + "\"";
}

std::string style(std::string_view text) {
  return fmt::format("<style>\n{}</style>\n", text);
}

std::string variables(std::string_view base::Colour::*scheme) {
  std::string text;
  for (const auto& colour : base::palette()) text += fmt::format("--{}: {}; ", colour.name, colour.*scheme);
  return ":root { " + text + "}";
}

// Paper is printed on light.
std::string palette_style() {
  return style(fmt::format("{}\n@media screen and (prefers-color-scheme: dark) {{ {} }}\n",
                           variables(&base::Colour::light), variables(&base::Colour::dark)));
}

std::string script(std::string_view text) {
  return fmt::format("<script>\n{}\n</script>\n", text);
}

}  // namespace

void require_charts() {
  if (echarts_script().empty())
    throw base::Error(
        base::ErrorKind::Unsupported,
        "this tandem was built without Apache ECharts, which draws pages; run scripts/setup.sh and build again");
}

std::string json_in_script(const base::Json& json) {
  std::string escaped;
  for (const char c : json.dump(-1, ' ', false, base::Json::error_handler_t::replace)) {
    c == '<' ? escaped += "\\u003c" : escaped += c;
  }
  return escaped;
}

std::string element(std::string_view tag, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>\n", tag, escape_markup(text));
}

HtmlTable::HtmlTable(const std::vector<std::string>& headings) {
  for (const auto& heading : headings) {
    is_right_.push_back(takes_right(heading));
    headings_.push_back(escape_markup(is_right_.back() ? heading.substr(1) : heading));
    head_ += fmt::format("<th scope=\"col\"{}>{}</th>", look_of(heading), headings_.back());
  }
}

void HtmlTable::add(const std::vector<Cell>& row) {
  rows_ += "<tr>";
  for (std::size_t column = 0; column < row.size(); ++column) {
    const auto& [text, note] = row[column];
    const char* tag = column == 0 ? "th" : "td";
    rows_ += fmt::format("<{}{}{} data-label=\"{}\">{}{}</{}>", tag, column == 0 ? " scope=\"row\"" : "",
                         is_right_.at(column) ? " class=\"number\"" : "", headings_.at(column), escape_markup(text),
                         note.empty() ? "" : " <small>" + escape_markup(note) + "</small>", tag);
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

std::string tile(const std::string& name, const std::string& value, const std::string& note) {
  return "<div class=\"tile\">\n" + element("dt", name) + "<dd>" + escape_markup(value) + " " + element("small", note) +
         "</dd></div>\n";
}

std::string chart(const std::string& id, const std::string& label) {
  return fmt::format(
      "<div class=\"legend\" id=\"{0}-legend\"></div>\n<div class=\"chart\" id=\"{0}\" role=\"img\" "
      "aria-label=\"{1}\"></div>\n",
      id, escape_markup(label));
}

std::string folded(const std::string& summary, std::size_t rows, const std::string& table) {
  return fmt::format("<details{}><summary>{}</summary>\n{}</details>\n", rows <= kOpenRows ? " open" : "",
                     escape_markup(summary), table);
}

std::string no_script_note() {
  return "<p class=\"no-script\">The charts need JavaScript. The tables hold the same figures.</p>\n";
}

std::string footer() {
  return "<footer>Charts: Apache ECharts, copyright 2017–2026 The Apache Software Foundation, Apache License 2.0; "
         "carried by this page, which loads nothing.</footer>\n";
}

std::string assemble(const Page& page) {
  require_charts();
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
      "style-src 'unsafe-inline'; img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  html += element("title", page.title);
  html += palette_style() + style(page_style());
  for (const auto text : page.styles) html += style(text);
  html += "</head>\n<body>\n" + page.body;
  html += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n", json_in_script(page.data));
  html += script(echarts_script()) + script(charts_script());
  for (const auto text : page.scripts) html += script(text);
  return html + "</body>\n</html>\n";
}

}  // namespace tandem::report
