// Text from files and peers made safe for a terminal. Used by errors, logs, tables and the output of commands. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tandem::base {

// Control characters and those that turn the direction of text become escapes as in JSON (\n, \u001b, \u202e), bytes
// that are no UTF-8 escapes such as \xff. Safe to apply twice, and to JSON.
std::string printable(std::string_view text);
// The same for text of several lines: newlines and tabs stay.
std::string printable_lines(std::string_view text);

// At most this many characters: of longer text, the middle becomes an ellipsis. Takes UTF-8. `most` ≥ 1.
std::string shortened(const std::string& text, std::size_t most);

}  // namespace tandem::base
