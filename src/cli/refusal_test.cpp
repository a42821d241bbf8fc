// What is refused before any work, and how.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "cli/test_application.h"

namespace tandem::cli {
namespace {

using testing::HasSubstr;

TEST(CommandWords, NameTheNearestSubcommand) {
  const Outcome outcome = run({"pln", "a.onnx"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("tandem: no subcommand 'pln'; did you mean 'plan'?"));
  EXPECT_THAT(run({"-v", "codec", "tun"}).errors, HasSubstr("no subcommand 'codec tun'; did you mean 'codec tune'?"));
  EXPECT_THAT(run({"frobnicate"}).errors, HasSubstr("no subcommand 'frobnicate'; expected one of: inspect, extract, "));
}

TEST(CommandWords, BeginWithHelp) {
  EXPECT_EQ(output_of({"help"}), output_of({"--help"}));
  EXPECT_EQ(output_of({"help", "plan"}), output_of({"plan", "--help"}));
  EXPECT_EQ(output_of({"help", "zoo", "export"}), output_of({"zoo", "export", "--help"}));
  EXPECT_THAT(run({"help", "pln"}).errors, HasSubstr("did you mean 'plan'?"));
}

base::Json error_in(const Outcome& outcome) {
  return base::parse_json(outcome.output, "stdout")["error"];
}

TEST(Refusal, IsJsonOnRequest) {
  const Outcome outcome = run({"inspect", "/nowhere/model.onnx", "--json"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.errors, testing::StartsWith("tandem: /nowhere/model.onnx: cannot open"));
  EXPECT_EQ(error_in(outcome)["kind"], "not found");
  EXPECT_EQ(error_in(outcome)["exit_code"], 4);
  EXPECT_EQ(fmt::format("tandem: {}\n", error_in(outcome)["message"].get<std::string>()), outcome.errors);
}

TEST(Refusal, OfWrongUsageIsJsonOnRequest) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"plan", "--json"}, {"pln", "--json"}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(error_in(outcome)["kind"], "wrong usage");
    EXPECT_EQ(error_in(outcome)["exit_code"], 2);
    EXPECT_NE(error_in(outcome)["message"], "");
  }
}

TEST(Refusal, OfAPageOfAnUnknownKindComesBeforeAnyWork) {
  for (const std::string command : {"profile", "bench"}) {
    const Outcome outcome =
        run({command, "/nowhere/model.onnx", "--fleet", "/nowhere/fleet.yaml", "--report", "out.pdf"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr("--report: 'out.pdf': expected a file name that ends in .html"));
    const Outcome nowhere =
        run({command, "/nowhere/model.onnx", "--fleet", "/nowhere/fleet.yaml", "--report", "/nowhere/out.html"});
    EXPECT_EQ(nowhere.code, 4);
    EXPECT_THAT(nowhere.errors, HasSubstr("/nowhere/out.html: cannot write there: expected a writable folder"));
  }
}

}  // namespace
}  // namespace tandem::cli
