// Reads the short texts of constraint_text.h: words, numbers, and the names of what a problem has. Private to plan/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// At most 120 bytes of it, for messages.
std::string abbreviated(std::string_view text);

struct WrittenName {
  std::string text;
  bool is_quoted = false;
};

// A text and how far it has been read; the text must outlive it. Blanks before anything are skipped. What it throws is
// Error(InvalidInput), one line that starts with what the text is and quotes it.
class TextReader {
 public:
  TextReader(std::string_view what, std::string_view text) : what_(what), text_(text) {}

  bool is_at_end();
  bool starts_with_number();
  bool take(std::string_view symbol);  // whether it comes next
  void expect(std::string_view symbol);
  void expect_end(std::string_view or_else);
  std::string keyword();  // letters and hyphens from a letter on; empty: something else comes next
  double number();        // finite, not negative

  // Up to a blank, a comma, an arrow, a comparison, or a bracket that the name did not open itself; or in quotes.
  WrittenName name(std::string_view expected);

  [[noreturn]] void fail(std::string_view message) const;
  [[noreturn]] void fail_expecting(std::string_view expected);

 private:
  std::string_view rest() const { return text_.substr(at_); }
  bool ends_name(int depth) const;
  std::string quoted();

  std::string_view what_;
  std::string_view text_;
  std::size_t at_ = 0;
};

std::string_view without_outer_blanks(std::string_view text);

// Lists with commas, as sets of indices in ascending order. A tier stands for its targets, a layer for its block.
std::vector<std::size_t> read_targets(const Problem& problem, TextReader& reader);
std::vector<std::size_t> read_links(const Problem& problem, TextReader& reader);
std::vector<std::size_t> read_blocks(const Problem& problem, TextReader& reader, const WrittenName& first);

// The same lists as text.
std::string target_list(const Problem& problem, const std::vector<std::size_t>& targets);
std::string link_list(const Problem& problem, const std::vector<std::size_t>& links);
std::string block_list(const Problem& problem, const std::vector<std::size_t>& blocks);
std::string in_brackets(const std::string& list);  // nothing around nothing

}  // namespace tandem::plan
