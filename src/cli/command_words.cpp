#include "cli/command_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace tandem::cli {
namespace {

// Levenshtein's distance: insertions, deletions and replacements of a character.
std::size_t distance(const std::string& from, const std::string& to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string complaint(const std::string& word, Command command, const std::string& path) {
  std::vector<std::string> names;
  for (const Command& subcommand : command.subcommands()) names.push_back(subcommand.name());
  const auto nearest =
      std::ranges::min_element(names, {}, [&](const std::string& name) { return distance(word, name); });
  const bool is_near = distance(word, *nearest) <= std::max<std::size_t>(1, nearest->size() / 2);
  return fmt::format("no subcommand '{}'; {}", path + word,
                     is_near ? fmt::format("did you mean '{}{}'? `tandem help` lists all", path, *nearest)
                             : fmt::format("expected one of: {}", fmt::join(names, ", ")));
}

bool is_flag(const std::string& word) {
  return word.starts_with('-');
}

}  // namespace

std::vector<std::string> without_help(std::vector<std::string> words) {
  if (words.empty() || words[0] != "help") return words;
  words.erase(words.begin());
  words.emplace_back("--help");
  return words;
}

std::optional<std::string> complaint_about(const std::vector<std::string>& words, Command application) {
  Command command = application;
  std::string path;
  for (const auto& word : words) {
    if (is_flag(word)) continue;  // before a subcommand, none takes a value
    if (!command.needs_subcommand()) return std::nullopt;
    const auto subcommands = command.subcommands();
    const auto named = std::ranges::find_if(subcommands, [&](const Command& each) { return each.name() == word; });
    if (named == subcommands.end()) return complaint(word, command, path);
    command = *named;
    path += word + " ";
  }
  return std::nullopt;
}

}  // namespace tandem::cli
