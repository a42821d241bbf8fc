#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/test_files.h"

namespace tandem::base {
namespace {

TEST(JsonView, NamesThePathTheValueAndWhatWasExpected) {
  const Json json = parse_json(R"({"links":[{"bandwidth_mbps":"fast"}]})", "fleet.json");
  const JsonView root(json, "fleet.json");
  EXPECT_EQ(message_of([&] { (void)root["links"].items()[0]["bandwidth_mbps"].number(); }),
            R"(fleet.json: links[0]: bandwidth_mbps: expected a number, found "fast")");
  EXPECT_EQ(message_of([&] { (void)root["targets"]; }), "fleet.json: 'targets' is missing");
  EXPECT_EQ(message_of([&] { root.allow_only({"targets"}); }),
            "fleet.json: unknown key 'links', expected one of: targets");
}

TEST(JsonView, RefusesNumbersOutOfRange) {
  const Json json = parse_json("[18446744073709551615, 1.5, 7]", "x");
  const auto items = JsonView(json, "x").items();
  EXPECT_THROW((void)items[0].integer(0, 10), Error);
  EXPECT_THROW((void)items[1].integer(0, 10), Error);
  EXPECT_THROW((void)items[2].integer(0, 6), Error);
  EXPECT_EQ(items[2].integer(0, 7), 7);
}

TEST(ParseJson, StopsAtDeepNesting) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THROW(parse_json(deep, "deep.json"), Error);
}

TEST(ParseJson, RefusesAKeyGivenTwiceInOneObject) {
  EXPECT_EQ(message_of([] { parse_json(R"({"a": {"b": 1, "c": 2, "b": 3}})", "x.json"); }),
            "x.json: key 'b' is given twice in one object");
  EXPECT_EQ(message_of([] { parse_json(R"({"a": 1, "b": [{"a": 2}, {"a": 3}], "a": 4})", "x.json"); }),
            "x.json: key 'a' is given twice in one object");
  EXPECT_EQ(parse_json(R"({"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 3}})", "x.json").size(), 2u);
}

// The message of reading `text` by `read`.
std::string refusal_of(const std::string& text, const std::function<void(const JsonView&)>& read) {
  const Json json = parse_json(text, "x");
  return message_of([&] { read(JsonView(json, "x")); });
}

TEST(JsonView, ReadsEveryKindOfValue) {
  const Json json = parse_json(R"({"text": "a", "yes": true, "half": 0.5, "none": null})", "x");
  const JsonView root(json, "x");
  EXPECT_EQ(root["text"].string(), "a");
  EXPECT_TRUE(root["yes"].boolean());
  EXPECT_EQ(root["half"].number(), 0.5);
  EXPECT_FALSE(root.find("none"));
  const auto members = root.members();
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[1].first, "yes");
  EXPECT_EQ(members[1].second.where(), "x: yes");
}

TEST(JsonView, RefusesOtherKinds) {
  EXPECT_EQ(refusal_of("[1]", [](const JsonView& view) { view.find("a"); }), "x: expected an object, found [1]");
  EXPECT_EQ(refusal_of("[1]", [](const JsonView& view) { view.members(); }), "x: expected an object, found [1]");
  EXPECT_EQ(refusal_of("[1]", [](const JsonView& view) { view.allow_only({}); }), "x: expected an object, found [1]");
  EXPECT_EQ(refusal_of("{}", [](const JsonView& view) { view.items(); }), "x: expected a list, found {}");
  EXPECT_EQ(refusal_of("1", [](const JsonView& view) { (void)view.string(); }), "x: expected text, found 1");
  EXPECT_EQ(refusal_of("1", [](const JsonView& view) { (void)view.boolean(); }), "x: expected true or false, found 1");
  EXPECT_EQ(refusal_of("1.5", [](const JsonView& view) { (void)view.integer(0, 9); }),
            "x: expected a whole number, found 1.5");
}

TEST(JsonView, RefusesWhatExceedsItsLimits) {
  EXPECT_EQ(refusal_of("[1,2]", [](const JsonView& view) { view.items(1); }), "x: 2 entries, expected at most 1");
  EXPECT_EQ(refusal_of(R"("abc")", [](const JsonView& view) { (void)view.string(2); }),
            R"(x: expected text of at most 2 bytes, found "abc")");
  EXPECT_EQ(refusal_of("7", [](const JsonView& view) { (void)view.number(0, 6); }),
            "x: expected a number in [0, 6], found 7");
}

TEST(JsonView, AbbreviatesLongValues) {
  const std::string message =
      refusal_of('"' + std::string(100, 'a') + '"', [](const JsonView& view) { (void)view.number(); });
  EXPECT_EQ(message, "x: expected a number, found \"" + std::string(56, 'a') + "...");
}

TEST(ParseJson, SaysWhereTheTextIsBroken) {
  EXPECT_THAT(
      message_of([] { parse_json("{\n  \"a\": }", "fleet.json"); }),
      testing::AllOf(testing::StartsWith("fleet.json: not valid JSON: "), testing::HasSubstr("line 2, column")));
}

}  // namespace
}  // namespace tandem::base
