// Holds messages and help to the program: every flag and every subcommand that a text in src/ names is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "base/file.h"
#include "cli/test_application.h"

namespace tandem::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSource = 1 << 20;

using Matches = std::sregex_iterator;

// The flags of each command, by "tandem exits add", as the shell completes them.
std::map<std::string, std::set<std::string>> flags_by_command() {
  static const std::regex kCase("'(tandem[^']*)'\\) words='([^']*)'");
  static const std::regex kFlag("--[a-z0-9-]+");
  const std::string script = output_of({"completion", "bash"});
  std::map<std::string, std::set<std::string>> flags;
  for (Matches each(script.begin(), script.end(), kCase), end; each != end; ++each) {
    const std::string words = (*each)[2];
    auto& of_command = flags[(*each)[1]];
    for (Matches flag(words.begin(), words.end(), kFlag); flag != end; ++flag) of_command.insert(flag->str());
  }
  return flags;
}

std::vector<fs::path> sources() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(TANDEM_SOURCE_DIR "/src")) {
    const std::string name = entry.path().filename();
    const bool is_source = name.ends_with(".cpp") || name.ends_with(".h");
    if (is_source && !name.ends_with("_test.cpp") && !name.starts_with("test_")) paths.push_back(entry.path());
  }
  return paths;
}

// The string literals of a source, one a line; of commands of other programs only the beginning.
std::string texts_of(const fs::path& path) {
  static const std::regex kLiteral(R"~(//[^\n]*|'(?:\\.|[^'\\])'|R"\(([\s\S]*?)\)"|"((?:\\.|[^"\\\n])*)")~");
  static const std::regex kOtherPrograms("cmake [^`]*");
  const std::string source = base::read_file(path, kLargestSource);
  std::string texts;
  for (Matches each(source.begin(), source.end(), kLiteral), end; each != end; ++each)
    texts += std::regex_replace((*each)[1].str() + (*each)[2].str(), kOtherPrograms, "cmake") + "\n";
  return texts;
}

TEST(Texts, NameOnlyFlagsThatSomeCommandTakes) {
  static const std::regex kFlag("(?:^|[^A-Za-z0-9-])(--[a-z][a-z0-9-]*)");
  std::set<std::string> known;
  for (const auto& [command, flags] : flags_by_command()) known.insert(flags.begin(), flags.end());
  known.insert("--preset");  // hidden: the former name of --pixels
  std::size_t named = 0;
  for (const auto& path : sources()) {
    const std::string texts = texts_of(path);
    for (Matches each(texts.begin(), texts.end(), kFlag), end; each != end; ++each, ++named)
      EXPECT_TRUE(known.contains((*each)[1])) << path << " names " << (*each)[1];
  }
  EXPECT_GT(named, 100u);
}

TEST(Texts, NameOnlySubcommandsThatAreThere) {
  static const std::regex kCommand("`(tandem [a-z]+)( [a-z]+)?");
  const auto flags = flags_by_command();
  const auto has_subcommands = [&](const std::string& command) {
    return std::ranges::any_of(flags, [&](const auto& each) { return each.first.starts_with(command + " "); });
  };
  for (const auto& path : sources()) {
    const std::string texts = texts_of(path);
    for (Matches each(texts.begin(), texts.end(), kCommand), end; each != end; ++each) {
      const std::string command = (*each)[1];
      if (command == "tandem help") continue;
      EXPECT_TRUE(flags.contains(command)) << path << " names " << command;
      const bool names_two = (*each)[2].matched && has_subcommands(command);
      EXPECT_TRUE(!names_two || flags.contains(each->str().substr(1))) << path << " names " << each->str();
    }
  }
}

// A model with open dimensions is refused with a hint that names --shape.
TEST(Texts, NameAFlagForShapesThatEveryCommandWithAModelTakes) {
  const auto flags = flags_by_command();
  for (const char* command : {"inspect", "extract", "verify", "train", "exits add", "exits report", "profile", "plan",
                              "run", "bench", "codec tune", "codec show"}) {
    EXPECT_TRUE(flags.at(std::string("tandem ") + command).contains("--shape")) << command;
  }
}

}  // namespace
}  // namespace tandem::cli
