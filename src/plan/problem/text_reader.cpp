#include "plan/problem/text_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"

namespace tandem::plan {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string abbreviated(std::string_view text) {
  return text.size() <= 120 ? std::string(text) : fmt::format("{}...", text.substr(0, 117));
}

void TextReader::fail(std::string_view message) const {
  throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{} '{}': {}", what_, abbreviated(text_), message));
}

void TextReader::fail_expecting(std::string_view expected) {
  const std::string found = is_at_end() ? "the end" : fmt::format("'{}'", abbreviated(rest()));
  fail(fmt::format("expected {}, found {}", expected, found));
}

bool TextReader::is_at_end() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ == text_.size();
}

bool TextReader::starts_with_number() {
  return !is_at_end() && (is_digit(text_[at_]) || text_[at_] == '.');
}

bool TextReader::take(std::string_view symbol) {
  if (is_at_end() || !rest().starts_with(symbol)) return false;
  at_ += symbol.size();
  return true;
}

std::string_view TextReader::take_rest() {
  if (is_at_end()) return "";
  const std::string_view all = rest();
  at_ = text_.size();
  return all;
}

void TextReader::expect(std::string_view symbol) {
  if (!take(symbol)) fail_expecting(fmt::format("'{}'", symbol));
}

void TextReader::expect_end(std::string_view or_else) {
  if (!is_at_end()) fail_expecting(fmt::format("{} or the end", or_else));
}

std::string TextReader::keyword() {
  if (is_at_end() || !is_letter(text_[at_])) return "";
  const std::size_t begin = at_;
  while (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '-')) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

double TextReader::number() {
  if (!starts_with_number()) fail_expecting("a number that is not negative");
  double value = 0;
  const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  if (error != std::errc() || !std::isfinite(value)) fail_expecting("a number");
  at_ = static_cast<std::size_t>(end - text_.data());
  return value;
}

WrittenName TextReader::name(std::string_view expected) {
  if (is_at_end()) fail_expecting(expected);
  if (text_[at_] == '\'' || text_[at_] == '"') return {quoted(), true};
  const std::size_t begin = at_;
  int depth = 0;
  for (; at_ < text_.size() && !ends_name(depth); ++at_) {
    if (text_[at_] == '(') ++depth;
    if (text_[at_] == ')') --depth;
  }
  if (at_ == begin) fail_expecting(expected);
  return {std::string(text_.substr(begin, at_ - begin)), false};
}

bool TextReader::ends_name(int depth) const {
  const char c = text_[at_];
  if (is_space(c) || c == ',' || (c == ')' && depth == 0)) return true;
  constexpr std::string_view kEnds[] = {"->", "<=", ">=", "≤", "≥"};
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return rest().starts_with(end); });
}

std::string TextReader::quoted() {
  const std::size_t end = text_.find(text_[at_], at_ + 1);
  if (end == std::string_view::npos) fail("a quote is not closed");
  const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  return std::string(inside);
}

std::string_view without_outer_blanks(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace tandem::plan
