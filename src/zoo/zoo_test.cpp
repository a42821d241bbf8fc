#include "zoo/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"
#include "model/model.h"

namespace tandem::zoo {
namespace {

using testing::HasSubstr;

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& info : list()) names.push_back(info.name);
  return names;
}

model::Model model_of(const std::string& name, const Options& options = {}) {
  return {model::Source::from_part(build(name, options), name), {}};
}

std::string digest_with(const Options& options) {
  return digest_of(build("lenet5", options));
}

class EachArchitecture : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Zoo, EachArchitecture, testing::ValuesIn(names()),
                         [](const auto& each) { return each.param; });

TEST_P(EachArchitecture, HasAsManyParametersAsPublished) {
  const auto infos = list();
  const auto info = std::ranges::find(infos, GetParam(), &ArchitectureInfo::name);
  EXPECT_EQ(model_of(GetParam()).graph().parameters, info->parameters);
}

TEST(Zoo, MakesTheSameWeightsAgain) {
  EXPECT_EQ(digest_with({}), digest_with({}));
}

TEST(Zoo, MakesOtherWeightsFromAnotherSeed) {
  EXPECT_NE(digest_with({.seed = 2}), digest_with({.seed = 1}));
}

TEST(Zoo, TakesTheNumberOfClasses) {
  const auto part = build("lenet5", {.classes = 7});
  EXPECT_EQ(part.outputs.at(0).type.shape, (base::Shape{1, 7}));
}

TEST(Zoo, NamesTheKnownArchitecturesWhenOneIsUnknown) {
  try {
    build("lenet6");
    FAIL() << "built an unknown architecture";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::NotFound);
    EXPECT_THAT(error.message(), HasSubstr("lenet5"));
  }
}

TEST(Zoo, RefusesANegativeNumberOfClasses) {
  EXPECT_THROW(build("lenet5", {.classes = -1}), base::Error);
}

}  // namespace
}  // namespace tandem::zoo
