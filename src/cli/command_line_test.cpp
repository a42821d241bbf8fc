#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace tandem::cli {
namespace {

std::optional<int> parse(CommandLine& command_line, std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  return command_line.parse(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, GoesOnOnceVariablesHaveTheirValues) {
  CommandLine command_line("A program");
  int runs = 1;
  std::vector<double> rates;
  bool json = false;
  command_line.root().add_option("--runs", runs).range(1, 10);
  command_line.root().add_option("--rates", rates).separated_by_commas();
  command_line.root().add_flag("--json", json);
  EXPECT_EQ(parse(command_line, {"--runs", "3", "--rates", "0.5,2", "--json"}), std::nullopt);
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(rates, std::vector<double>({0.5, 2}));
  EXPECT_TRUE(json);
}

TEST(CommandLine, EndsWithTwoAfterWrongUsage) {
  CommandLine command_line("A program");
  int runs = 1;
  command_line.root().add_option("--runs", runs).range(1, 10);
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse(command_line, {"--runs", "11"}), 2);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("--runs"), std::string::npos);
}

TEST(CommandLine, TakesHiddenOptionsWithoutShowingThem) {
  CommandLine command_line("A program");
  int runs = 1;
  command_line.root().add_option("--runs", runs);
  command_line.root().add_option("--repeats", runs).hidden();
  EXPECT_EQ(parse(command_line, {"--repeats", "3"}), std::nullopt);
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(command_line.root().long_names(), (std::vector<std::string>{"help", "runs"}));
  testing::internal::CaptureStdout();
  (void)parse(command_line, {"--help"});
  EXPECT_EQ(testing::internal::GetCapturedStdout().find("--repeats"), std::string::npos);
}

TEST(CommandLine, EndsWithZeroAfterHelp) {
  CommandLine command_line("A program");
  testing::internal::CaptureStdout();
  EXPECT_EQ(parse(command_line, {"--help"}), 0);
  EXPECT_TRUE(testing::internal::GetCapturedStdout().starts_with("A program"));
}

TEST(CommandLine, EndsWithTheExitCodeThatACallbackNames) {
  CommandLine command_line("A program");
  command_line.root().callback([] { exit_with(7); });
  EXPECT_EQ(parse(command_line, {}), 7);
}

TEST(CommandLine, RunsTheChosenSubcommandOnly) {
  CommandLine command_line("A program");
  std::string chosen;
  for (const char* name : {"one", "two"}) {
    command_line.root().add_subcommand(name, "").callback([&chosen, name] { chosen += name; });
  }
  EXPECT_EQ(parse(command_line, {"two"}), std::nullopt);
  EXPECT_EQ(chosen, "two");
  EXPECT_TRUE(command_line.root().has_chosen_subcommand());
}

}  // namespace
}  // namespace tandem::cli
