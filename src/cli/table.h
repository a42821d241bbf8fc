// Text tables for people: columns fit their content, numbers are right-aligned. A cell is one line of at most 60
// characters: of longer ones the middle becomes an ellipsis. Private to cli/.
#pragma once

#include <string>
#include <vector>

namespace tandem::cli {

class Table {
 public:
  // A heading that begins with '>' is right-aligned, and so is its column. The cells of one that begins with '|'
  // (plans, sentences) are not shortened.
  explicit Table(std::vector<std::string> headings);
  void add(std::vector<std::string> row);
  std::string text() const;

 private:
  std::vector<bool> is_right_;
  std::vector<bool> is_whole_;
  std::vector<std::vector<std::string>> rows_;  // the headings first
};

}  // namespace tandem::cli
