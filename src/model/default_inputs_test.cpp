#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "base/error.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using base::ElementType;
using base::Tensor;
using testing::ElementsAre;

// y = x · w, with a default for w; a weight that is no input. `columns`: 4 is kept within the graph, 400 beside it.
TestModel scaled(std::int64_t columns = 4) {
  TestModel test;
  test.input("x", {1, columns}).input("w", {columns}).output("y");
  test.weight("w", {columns});
  test.weight("hidden", {columns});
  test.node("Mul", {"x", "w"}, {"scaled"});
  test.node("Add", {"scaled", "hidden"}, {"y"});
  return test;
}

Tensor counting(std::int64_t columns) {
  std::vector<float> values(static_cast<std::size_t>(columns));
  std::iota(values.begin(), values.end(), 1.f);
  return Tensor::of<float>({ElementType::Float32, {columns}}, values);
}

std::string digest_of(const Source& source) {
  return Model(source, {}).digest();
}

TEST(DefaultInputs, AreInitializersThatAreInputsToo) {
  EXPECT_THAT(scaled().source().default_inputs(), ElementsAre("w"));
  EXPECT_THAT(Model(scaled().source(), {}).graph().inputs, testing::SizeIs(1));
}

TEST(DefaultInputs, TakeAnotherValueWhichTheDigestTells) {
  for (const std::int64_t columns : {4, 400}) {
    const Source source = scaled(columns).source();
    const Source other = source.with_default({"w", counting(columns)});
    EXPECT_NE(digest_of(other), digest_of(source)) << columns;
    EXPECT_EQ(digest_of(other), digest_of(source.with_default({"w", counting(columns)}))) << columns;
    EXPECT_EQ(digest_of(source), digest_of(scaled(columns).source())) << "the source itself stays";
  }
}

TEST(DefaultInputs, RefuseAValueOfAnotherType) {
  try {
    (void)scaled().source().with_default({"w", counting(5)});
    FAIL() << "expected an error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "test.onnx: the value of input 'w' is float32 5, expected float32 4");
  }
}

}  // namespace
}  // namespace tandem::model
