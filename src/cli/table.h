// Text tables for people: columns fit their content, numbers are right-aligned. Private to cli/.
#pragma once

#include <string>
#include <vector>

namespace tandem::cli {

class Table {
 public:
  // A heading that begins with '>' is right-aligned, and so is its column.
  explicit Table(std::vector<std::string> headings);
  void add(std::vector<std::string> row);
  std::string text() const;

 private:
  std::vector<bool> is_right_;
  std::vector<std::vector<std::string>> rows_;  // the headings first
};

}  // namespace tandem::cli
