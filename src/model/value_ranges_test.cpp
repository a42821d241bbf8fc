#include "model/value_ranges.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/builder.h"

namespace tandem::model {
namespace {

using base::ElementType;
using base::Tensor;

const base::TensorType kIds{ElementType::Int64, {1, 4}};
const base::TensorType kTable{ElementType::Float32, {100, 8}};

Tensor integers(const std::vector<std::int64_t>& values) {
  return Tensor::of<std::int64_t>({ElementType::Int64, {static_cast<std::int64_t>(values.size())}}, values);
}

// A graph that reads `ids` and a table of 100 rows.
class ValueRanges : public testing::Test {
 protected:
  ValueRanges() {
    builder.input("ids", kIds);
    builder.weight("table", Tensor::allocate(kTable));
  }

  std::optional<ValueRange> range_of(const std::string& input) {
    const RangeByInput ranges = value_ranges(builder.finish());
    const auto found = ranges.find(input);
    return found == ranges.end() ? std::nullopt : std::optional(found->second);
  }

  GraphBuilder builder{"ranges"};
};

TEST_F(ValueRanges, OfIndicesAreThePlacesOfTheTable) {
  builder.node("Gather", {"table", "ids"}, {{"axis", 0}}, "y");
  EXPECT_EQ(range_of("ids"), (ValueRange{0, 99}));
}

TEST_F(ValueRanges, GoThroughOperatorsThatKeepValues) {
  builder.constant("all", integers({-1}));
  builder.node("Reshape", {"ids", "all"}, {}, "flat");
  builder.node("Cast", {"flat"}, {{"to", 6}}, "narrow");
  builder.node("Clip", {"narrow"}, {}, "clipped");
  builder.node("Concat", {"clipped", "narrow"}, {{"axis", 0}}, "twice");
  builder.node("Gather", {"table", "twice"}, {{"axis", 1}}, "y");
  EXPECT_EQ(range_of("ids"), (ValueRange{0, 7}));
}

TEST_F(ValueRanges, EndAtOperatorsThatComputeOthers) {
  builder.constant("hundred", integers({100}));
  builder.node("Sub", {"ids", "hundred"}, {}, "index");
  builder.node("Gather", {"table", "index"}, {{"axis", 0}}, "y");
  EXPECT_EQ(range_of("ids"), std::nullopt);
}

TEST_F(ValueRanges, FitAllReaders) {
  builder.node("Gather", {"table", "ids"}, {{"axis", 0}}, "rows");
  builder.node("Gather", {"table", "ids"}, {{"axis", 1}}, "columns");
  EXPECT_EQ(range_of("ids"), (ValueRange{0, 7}));
}

TEST_F(ValueRanges, OfLengthsAreWithinTheSequence) {
  builder.input("x", {ElementType::Float32, {5, 1, 3}});
  builder.input("lengths", {ElementType::Int32, {1}});
  builder.weight("w", Tensor::allocate({ElementType::Float32, {1, 6, 3}}));
  builder.weight("r", Tensor::allocate({ElementType::Float32, {1, 6, 2}}));
  builder.node("GRU", {"x", "w", "r", "", "lengths"}, {{"hidden_size", 2}}, "y");
  EXPECT_EQ(range_of("lengths"), (ValueRange{1, 5}));
}

TEST_F(ValueRanges, OfDivisorsLeaveOutZero) {
  builder.input("n", kIds);
  builder.node("Mod", {"ids", "n"}, {}, "y");
  EXPECT_EQ(range_of("n"), (ValueRange{1, 4, false}));
}

TEST_F(ValueRanges, OfAShapeKeepTheSize) {
  for (const auto& [name, count] : {std::pair{"one", 1}, {"two", 2}, {"three", 3}}) {
    builder.input(name, {ElementType::Int64, {count}});
    builder.node("Reshape", {"ids", name}, {}, std::string("y") + name);
  }
  const auto ranges = value_ranges(builder.finish());
  EXPECT_EQ(ranges.at("one").each, (std::vector<double>{-1}));
  EXPECT_EQ(ranges.at("two").each, (std::vector<double>{0, 0}));
  EXPECT_EQ(ranges.at("three").each, (std::vector<double>{0, 0, 1}));
}

TEST_F(ValueRanges, OfAxesAreDifferent) {
  builder.input("axes", {ElementType::Int64, {2}});
  builder.node("Unsqueeze", {"ids", "axes"}, {}, "y");
  EXPECT_EQ(range_of("axes"), (ValueRange{0, 1, true, {0, 1}}));
}

TEST_F(ValueRanges, OfShareSizesAddUp) {
  builder.input("sizes", {ElementType::Int64, {3}});
  builder.node("Split", {"ids", "sizes"}, {{"axis", 1}}, "y");
  EXPECT_EQ(range_of("sizes"), (ValueRange{1, 2, true, {1, 1, 2}}));
}

TEST_F(ValueRanges, NeedAGraph) {
  EXPECT_THROW((void)value_ranges({.graph = "no graph", .weights = {}, .inputs = {}, .outputs = {}}), base::Error);
}

}  // namespace
}  // namespace tandem::model
