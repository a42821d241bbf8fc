#include "cli/table.h"

#include <algorithm>

#include "base/printable.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kWidestCell = 60;

// The number of columns on screen: bytes that do not continue a UTF-8 character.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

Table::Table(std::vector<std::string> headings) {
  for (auto& heading : headings) {
    is_right_.push_back(heading.starts_with('>'));
    is_whole_.push_back(heading.starts_with('|'));
    if (is_right_.back() || is_whole_.back()) heading.erase(0, 1);
  }
  rows_.push_back(std::move(headings));
}

void Table::add(std::vector<std::string> row) {
  row.resize(is_right_.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i] = base::printable(row[i]);
    if (!is_whole_[i]) row[i] = base::shortened(row[i], kWidestCell);
  }
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(is_right_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (is_right_[i] ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace tandem::cli
