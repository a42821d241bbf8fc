#include "plan/import/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "plan/import/parts.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostRows = 1'000'000;
constexpr std::size_t kMostColumns = 100;

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  for (std::size_t begin = 0; begin <= line.size() && cells.size() <= kMostColumns;) {
    const std::size_t comma = std::min(line.find(',', begin), line.size());
    cells.emplace_back(without_blanks(line.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  return cells;
}

}  // namespace

CsvTable::CsvTable(const ImportFile& file) : path_(file.path) {
  const std::string_view content = file.content;
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    add(++line, content.substr(begin, end - begin));
    begin = end + 1;
  }
  if (columns_.empty()) refuse(path_, "it is empty, expected a line of column names");
}

void CsvTable::add(std::size_t line, std::string_view text) {
  if (without_blanks(text).empty()) return;
  std::vector<std::string> cells = cells_of(text);
  if (columns_.empty()) {
    columns_ = std::move(cells);
    return;
  }
  if (cells.size() != columns_.size())
    refuse(fmt::format("{}, line {}", path_, line),
           fmt::format("{} cells, expected {}: {}", cells.size(), columns_.size(), fmt::join(columns_, ", ")));
  if (rows_.size() >= kMostRows) refuse(path_, fmt::format("more than {} lines", kMostRows));
  rows_.push_back({line, std::move(cells)});
}

bool CsvTable::has_column(std::string_view column) const {
  return std::ranges::find(columns_, column) != columns_.end();
}

std::size_t CsvTable::column_index(std::string_view column) const {
  const auto found = std::ranges::find(columns_, column);
  if (found == columns_.end())
    refuse(path_, fmt::format("no column '{}', found {}", column, fmt::join(columns_, ", ")));
  return static_cast<std::size_t>(found - columns_.begin());
}

std::string CsvTable::place(std::size_t row) const {
  return fmt::format("{}, line {}", path_, rows_[row].line);
}

const std::string& CsvTable::text(std::size_t row, std::string_view column) const {
  return rows_[row].cells[column_index(column)];
}

double CsvTable::number(std::size_t row, std::string_view column, double minimum, double maximum) const {
  const std::string& cell = text(row, column);
  double value = 0;
  const char* const end = cell.data() + cell.size();
  const auto result = std::from_chars(cell.data(), end, value);
  if (cell.empty() || result.ec != std::errc() || result.ptr != end || !(value >= minimum && value <= maximum))
    refuse(place(row), fmt::format("{}: expected a number from {} to {}, found '{}'", column, minimum, maximum, cell));
  return value;
}

std::size_t CsvTable::index(std::size_t row, std::string_view column, std::size_t maximum) const {
  const double value = number(row, column, 0, static_cast<double>(maximum));
  if (value != std::floor(value))
    refuse(place(row), fmt::format("{}: expected a whole number, found '{}'", column, text(row, column)));
  return static_cast<std::size_t>(value);
}

}  // namespace tandem::plan
