#include "base/markup.h"

namespace tandem::base {
namespace {

// Empty for a character that stands for itself.
std::string_view reference_of(char character) {
  switch (character) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    const std::string_view reference = reference_of(character);
    if (!reference.empty()) {
      escaped += reference;
    } else if (character != '\0') {
      escaped += character;
    }
  }
  return escaped;
}

}  // namespace tandem::base
