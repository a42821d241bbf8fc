// Text tables for people: columns as wide as they need to be, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace tandem::cli {

class Table {
 public:
  // A heading that begins with '>' stands to the right, with its column.
  explicit Table(std::vector<std::string> headings);
  void add(std::vector<std::string> row);
  std::string text() const;

 private:
  std::vector<bool> is_right_;
  std::vector<std::vector<std::string>> rows_;  // the headings first
};

}  // namespace tandem::cli
