// Names with control characters, without UTF-8, and of 400 characters: nothing of them acts on a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/json.h"
#include "base/printable.h"
#include "cli/test_application.h"
#include "model/builder.h"

namespace tandem::cli {
namespace {

using base::ElementType;
using model::GraphBuilder;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kClear = "relu\x1b[2J\nall is well";
const std::string kLong = std::string(400, 'm') + "\xff";

class OddNames : public FleetTest {
 protected:
  OddNames() {
    GraphBuilder builder("odd");
    builder.input("in\rput", {ElementType::Float32, {1, 2}});
    builder.node("Relu", {"in\rput"}, {}, kClear);
    builder.node("Softmax", {kClear}, {{"axis", 1}}, kLong);
    builder.output(kLong, {ElementType::Float32, {1, 2}});
    builder.metadata(model::kLabelsKey, R"(["\u001b]0;title\u0007", "b\nc"])");
    model::write_onnx(builder.finish(), path());
  }
  std::string path() const { return folder / "m.onnx"; }

  static void expect_harmless(const Outcome& outcome) {
    for (const std::string& text : {outcome.output, outcome.errors}) EXPECT_EQ(base::printable_lines(text), text);
  }
  std::string harmless_output_of(const std::vector<std::string>& words) const {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.errors;
    expect_harmless(outcome);
    return outcome.output;
  }
};

TEST_F(OddNames, AreEscapedAndShortenedInTablesAndWholeInJson) {
  const std::string text = harmless_output_of({"inspect", path()});
  EXPECT_THAT(text, HasSubstr("relu\\u001b[2J\\nall is well"));
  EXPECT_THAT(text, HasSubstr("mmm…mmm"));
  EXPECT_THAT(text, HasSubstr("inputs: in\\rput float32 1x2\n"));
  EXPECT_THAT(text, HasSubstr("2 classes: \\u001b]0;title\\u0007, b\\nc\n"));
  const auto json = base::parse_json(harmless_output_of({"inspect", path(), "--json"}), "inspect");
  EXPECT_EQ(json["layers"][0]["name"], kClear);
  EXPECT_GE(json["layers"][1]["name"].get<std::string>().size(), 400u);
}

TEST_F(OddNames, ReachNoTerminalOnTheWholeWay) {
  harmless_output_of({"verify", path()});
  harmless_output_of(over_fleet({"profile", path(), "--precision", "50", "--longest", "20ms"}));
  harmless_output_of(over_fleet({"plan", path(), "--explain"}));
  for (const char* where : {"on 0-1 device", "on 1 edge"}) {
    const std::string answer = harmless_output_of(over_fleet({"run", path(), "--where", where}));
    EXPECT_THAT(answer, HasSubstr(" %  \\u001b]0;title\\u0007\n"));
  }
}

TEST_F(OddNames, ReachNoTerminalInAMessage) {
  for (const auto& words : {std::vector<std::string>{"inspect", "no\x1b[2J\xff.onnx"},
                            {"inspect", path(), "--shape", "no\x1b[2Jinput=1x2"},
                            {"inspect", path(), "--frob\x1b[2J"},
                            {"inspec\x1b[2J"},
                            {"extract", path(), "--first", "7", "--last", "9", "-o", "x\x1b[2J"}}) {
    const Outcome outcome = run(words);
    EXPECT_NE(outcome.code, 0);
    EXPECT_NE(outcome.errors, "");
    expect_harmless(outcome);
  }
}

}  // namespace
}  // namespace tandem::cli
