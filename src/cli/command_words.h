// The first words of a command line, which name a subcommand. Private to cli/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"

namespace tandem::cli {

// "help plan" as "plan --help"; other words as they are.
std::vector<std::string> without_help(std::vector<std::string> words);

// What to say of a word that stands where a subcommand is expected and names none: "no subcommand 'pln'; did you mean
// 'plan'? …". Nothing where there is no such word.
std::optional<std::string> complaint_about(const std::vector<std::string>& words, Command application);

}  // namespace tandem::cli
