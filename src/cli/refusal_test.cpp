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

TEST(Refusal, OfAnEmptyValueIsWrongUsage) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"inspect", ""},
                                             {"plan", "--problem", ""},
                                             {"plan", "--problem", "p.json", "--deadline", ""},
                                             {"plan", "--problem", "p.json", "--where", ""},
                                             {"plan", "--problem", "p.json", "--max-accuracy-loss", ""},
                                             {"inspect", "m.onnx", "--shape", ""},
                                             {"zoo", "export", "lenet5", "-o", ""},
                                             {"link", "--to", "h:1", "--delay", ""}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_THAT(outcome.errors, HasSubstr("expected a value, found an empty one"));
  }
}

TEST(Refusal, OfATimeWithoutItsUnitNamesTheUnits) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"plan", "--problem", "p.json", "--deadline", "20"},
                                             {"plan", "--problem", "p.json", "--time-limit", "20"},
                                             {"profile", "m.onnx", "--fleet", "f", "--longest", "20"},
                                             {"link", "--to", "h:1", "--delay", "20"},
                                             {"link", "--to", "h:1", "--jitter", "20"}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 3) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_THAT(outcome.errors, HasSubstr("'20': expected a time "));
    EXPECT_THAT(outcome.errors, HasSubstr(" with its unit (ms, s, min), such as 60ms or 1.5s"));
  }
}

TEST(Refusal, OfAnAddressNamesTheForm) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"agent", "--listen", "127.0.0.1", "--name", "edge"},
                                             {"link", "--to", "127.0.0.1"},
                                             {"link", "--to", "127.0.0.1:1", "--listen", "::1:7101"}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 3) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_THAT(outcome.errors, HasSubstr("is no address: "));
    EXPECT_THAT(outcome.errors, HasSubstr("expected HOST:PORT, such as "));
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
