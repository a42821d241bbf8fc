// Reads short texts, such as those of constraint_text.h, word by word: symbols, numbers, names. Private to
// plan/problem/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem::plan {

// At most 120 bytes of the text, for messages.
std::string abbreviated(std::string_view text);

struct WrittenName {
  std::string text;
  bool is_quoted = false;
};

// A position in a text, which must outlive the reader. Blanks before anything are skipped. Functions throw
// Error(InvalidInput) on other input: one line that starts with `what` and quotes the text.
class TextReader {
 public:
  TextReader(std::string_view what, std::string_view text) : what_(what), text_(text) {}

  bool is_at_end();
  bool starts_with_number();
  bool take(std::string_view symbol);  // reads it if it comes next; whether it did
  std::string_view take_rest();        // all to the end, without blanks before it
  void expect(std::string_view symbol);
  void expect_end(std::string_view or_else);
  std::string keyword();  // letters and hyphens from a letter on; empty: something else comes next
  double number();        // finite, not negative

  // A name ends at a blank, a comma, an arrow, a comparison or the closing bracket of a list; or it stands in quotes.
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

}  // namespace tandem::plan
