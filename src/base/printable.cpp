#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace tandem::base {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The first character of a text that is not empty; none where it is no UTF-8.
std::optional<Character> first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return Character{lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return std::nullopt;
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues_a_character(text[i])) return std::nullopt;
    code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest.at(bytes) || code > 0x10FFFF || is_surrogate) return std::nullopt;
  return Character{code, bytes};
}

bool acts_on_a_terminal(char32_t code) {
  const bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool is_separator = code == 0x2028 || code == 0x2029;
  const bool turns_direction = code == 0x061C || code == 0x200E || code == 0x200F ||
                               (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return is_control || is_separator || turns_direction;
}

std::string escape(char32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code == '\t') return "\\t";
  return fmt::format("\\u{:04x}", static_cast<unsigned>(code));
}

std::string escaped(std::string_view text, std::string_view kept) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    const std::size_t bytes = character ? character->bytes : 1;
    if (!character)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else if (acts_on_a_terminal(character->code) && kept.find(text[0]) == std::string_view::npos)
      result += escape(character->code);
    else
      result += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return result;
}

// Where the character with this number begins.
std::size_t offset_of(std::string_view text, std::size_t character) {
  std::size_t offset = 0;
  for (; offset < text.size(); ++offset) {
    if (continues_a_character(text[offset])) continue;
    if (character-- == 0) break;
  }
  return offset;
}

}  // namespace

std::string printable(std::string_view text) {
  return escaped(text, "");
}

std::string printable_lines(std::string_view text) {
  return escaped(text, "\n\t");
}

std::string shortened(const std::string& text, std::size_t most) {
  const auto count = text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_a_character));
  if (count <= most) return text;
  const std::size_t tail = (most - 1) / 2;
  return text.substr(0, offset_of(text, most - 1 - tail)) + "…" + text.substr(offset_of(text, count - tail));
}

}  // namespace tandem::base
