#include "base/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/test_files.h"

namespace tandem::base {
namespace {

TEST(ParseYaml, ReadsScalarsByTheCoreSchema) {
  const Json json = parse_yaml("{a: 1, b: 1.5, c: true, d: text, e: '1', f: ~}", "fleet.yaml");
  EXPECT_EQ(json.dump(), R"({"a":1,"b":1.5,"c":true,"d":"text","e":"1","f":null})");
}

TEST(ParseYaml, DoesNotExpandAliasesWithoutBound) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j ? ", " : "") + before;
    bomb += "]\n";
  }
  EXPECT_THROW(parse_yaml(bomb, "bomb.yaml"), Error);
}

TEST(ParseYaml, SaysWhereTheFileIsBroken) {
  EXPECT_NE(message_of([] { parse_yaml("a: [1, 2\nb: }", "fleet.yaml"); }).find("fleet.yaml:"), std::string::npos);
}

TEST(ParseYaml, RefusesASecondDocument) {
  EXPECT_EQ(message_of([] { parse_yaml("a: 1\n---\na: 2\n", "x.yaml"); }),
            "x.yaml:2: a second document (after --- or ...), expected one");
  EXPECT_EQ(parse_yaml("---\na: 1\n...\n", "x.yaml").dump(), R"({"a":1})");
}

TEST(ParseYaml, ReadsListsAndAnEmptyFile) {
  EXPECT_EQ(parse_yaml("- false\n- null\n- ''\n- [-2]\n", "x.yaml").dump(), R"([false,null,"",[-2]])");
  EXPECT_TRUE(parse_yaml("", "x.yaml").is_null());
}

TEST(ParseYaml, RefusesKeysGivenTwiceAndKeysThatAreNotText) {
  EXPECT_EQ(message_of([] { parse_yaml("a: 1\na: 2\n", "x.yaml"); }), "x.yaml:2: key 'a' is given twice");
  EXPECT_EQ(message_of([] { parse_yaml("{[1]: 2}", "x.yaml"); }), "x.yaml:1: expected plain text as a key");
}

TEST(ParseYaml, StopsAtDeepNesting) {
  EXPECT_THAT(message_of([] { parse_yaml(std::string(70, '[') + std::string(70, ']'), "x.yaml"); }),
              testing::HasSubstr("more than 64 levels"));
}

}  // namespace
}  // namespace tandem::base
