// Comma-separated values with a line of column names: the importers' tables. Cells have no quotes; blanks around them
// do not count. Private to plan/import/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plan/import/import.h"

namespace tandem::plan {

class CsvTable {
 public:
  // Throws Error(InvalidInput) on a row with another number of cells than there are columns, and on too many rows.
  explicit CsvTable(const ImportFile& file);

  bool has_column(std::string_view column) const;
  std::size_t size() const { return rows_.size(); }
  // Throw Error(InvalidInput) where the column is missing, or the cell is no number in [minimum, maximum].
  const std::string& text(std::size_t row, std::string_view column) const;
  double number(std::size_t row, std::string_view column, double minimum, double maximum) const;
  std::size_t index(std::size_t row, std::string_view column, std::size_t maximum) const;

  std::string place(std::size_t row) const;  // "blocks.csv, line 3"

 private:
  struct Row {
    std::size_t line = 0;
    std::vector<std::string> cells;
  };
  void add(std::size_t line, std::string_view text);
  std::size_t column_index(std::string_view column) const;

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace tandem::plan
