#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/statistics.h"
#include "base/tensor.h"
#include "base/yaml.h"

namespace tandem::base {
namespace {

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(Error, IsOneLineOfBoundedLengthWhateverWentIntoIt) {
  const Error error(ErrorKind::InvalidInput, "name 'a\nb\x1b[2J'" + std::string(10'000, 'x'));
  EXPECT_TRUE(error.message().starts_with("name 'a b [2J'"));
  EXPECT_EQ(error.message().size(), 2000u);
}

TEST(Shape, ParsesWhatItPrints) {
  EXPECT_EQ(to_string(parse_shape("1x3x224x224")), "1x3x224x224");
}

TEST(Shape, RefusesZeroesSignsAndGiants) {
  for (const char* text : {"", "0", "-1x3", "1x", "1xx3", "a", "1x3 ", "99999999999999999999", "1099511627776x2"}) {
    EXPECT_THROW(parse_shape(text), Error) << text;
  }
}

TEST(TensorSize, IsCheckedBeforeAnythingIsAllocated) {
  EXPECT_THROW(Tensor::allocate({ElementType::Float32, {1 << 30, 1 << 30}}), Error);
  EXPECT_THROW(Tensor::allocate({ElementType::Float32, {-1}}), Error);
  EXPECT_THROW(Tensor::allocate({ElementType::String, {1}}), Error);
}

TEST(TensorView, RefusesAWrongByteCount) {
  std::array<std::byte, 8> bytes{};
  EXPECT_THROW(Tensor::view({ElementType::Float32, {3}}, nullptr, bytes.data(), bytes.size()), Error);
}

TEST(RelativeDifference, ScalesByTheLargestMagnitude) {
  const TensorType type{ElementType::Float32, {2}};
  const Tensor expected = Tensor::of<float>(type, std::array{10.0f, 0.0f});
  const Tensor actual = Tensor::of<float>(type, std::array{10.0f, 0.1f});
  EXPECT_NEAR(relative_difference(actual, expected), 0.01, 1e-6);
  EXPECT_EQ(relative_difference(expected, expected), 0);
}

TEST(RelativeDifference, IsInfiniteForNanAgainstNumberAndOtherTypes) {
  const TensorType type{ElementType::Float32, {1}};
  const Tensor number = Tensor::of<float>(type, std::array{1.0f});
  const Tensor nan = Tensor::of<float>(type, std::array{std::nanf("")});
  const Tensor other = Tensor::of<std::int32_t>({ElementType::Int32, {1}}, std::array{1});
  EXPECT_TRUE(std::isinf(relative_difference(nan, number)));
  EXPECT_TRUE(std::isinf(relative_difference(number, nan)));
  EXPECT_TRUE(std::isinf(relative_difference(other, number)));
}

TEST(HalfToFloat, CoversNormalSubnormalAndInfinity) {
  EXPECT_EQ(half_to_float(0x3c00), 1.0f);
  EXPECT_EQ(half_to_float(0xc000), -2.0f);
  EXPECT_EQ(half_to_float(0x0001), std::ldexp(1.0f, -24));
  EXPECT_TRUE(std::isinf(half_to_float(0x7c00)));
}

TEST(Digest, IsSha256) {
  EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(is_digest(digest_of("abc")));
  EXPECT_FALSE(is_digest("BA"));
}

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

TEST(WriteFile, LeavesNothingBehindWithoutCommit) {
  const auto folder = std::filesystem::temp_directory_path() / "tandem-base-test";
  std::filesystem::create_directories(folder);
  { AtomicFile(folder / "x").write("half"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  write_file(folder / "x", "whole");
  EXPECT_EQ(read_file(folder / "x", 100), "whole");
  EXPECT_THROW(read_file(folder / "x", 4), Error);
  std::filesystem::remove_all(folder);
}

TEST(MapFile, ShowsTheFileContent) {
  const auto path = std::filesystem::temp_directory_path() / "tandem-map-test";
  write_file(path, "mapped");
  const MappedFile mapped = map_file(path);
  EXPECT_EQ(mapped.bytes.size(), 6u);
  EXPECT_EQ(static_cast<char>(mapped.bytes[0]), 'm');
  std::filesystem::remove(path);
}

TEST(Statistics, TheInterquartileMeanIsDeafToOutliersAndBetweenTwoModes) {
  EXPECT_EQ(interquartile_mean({1000, 2, 3, 4, 5, 0, 3, 4}), 3.5);
  EXPECT_EQ(interquartile_mean({10, 20, 10, 20, 10, 20, 10, 20}), 15);
  EXPECT_EQ(interquartile_mean({7}), 7);
  EXPECT_TRUE(std::isnan(interquartile_mean({})));
}

TEST(Statistics, MedianAndItsIntervalOfOneToHundred) {
  std::vector<double> samples;
  for (int i = 1; i <= 100; ++i) samples.push_back(i);
  EXPECT_DOUBLE_EQ(median(samples), 50.5);
  EXPECT_DOUBLE_EQ(quantile(samples, 0.0), 1);
  EXPECT_DOUBLE_EQ(quantile(samples, 1.0), 100);
  const Interval interval = median_interval(samples);
  EXPECT_NEAR(interval.low, 41, 1);
  EXPECT_NEAR(interval.high, 61, 1);
}

void expect_interval(std::size_t right, std::size_t count, double low, double high) {
  const Interval interval = binomial_interval(right, count);
  EXPECT_NEAR(interval.low, low, 0.005) << right << " of " << count;
  EXPECT_NEAR(interval.high, high, 0.005) << right << " of " << count;
}

TEST(BinomialInterval, IsThatOfClopperAndPearson) {
  expect_interval(0, 10, 0, 30.85);
  expect_interval(8, 10, 44.39, 97.48);
  expect_interval(10, 10, 69.15, 100);
  expect_interval(1, 1, 2.5, 100);
  expect_interval(0, 0, 0, 100);
}

TEST(BinomialInterval, NarrowsWithMoreSamplesAndLessCertainty) {
  const auto width = [](std::size_t right, std::size_t count, double probability) {
    const Interval interval = binomial_interval(right, count, probability);
    EXPECT_LT(interval.low, 90);
    EXPECT_GT(interval.high, 90);
    return interval.high - interval.low;
  };
  EXPECT_LT(width(9000, 10'000, 0.95), width(90, 100, 0.95));
  EXPECT_LT(width(90, 100, 0.9), width(90, 100, 0.99));
  EXPECT_NEAR(width(9'000'000, 10'000'000, 0.95), 0.0372, 0.0001);
}

std::string invalid_input_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
    return error.message();
  }
  return "no error";
}

TEST(BinomialInterval, RefusesWhatCannotBe) {
  EXPECT_THAT(invalid_input_of([] { binomial_interval(3, 2); }), testing::HasSubstr("3 of 2 right"));
  EXPECT_THAT(invalid_input_of([] { binomial_interval(1, 2, 1); }), testing::HasSubstr("probability 1"));
}

}  // namespace
}  // namespace tandem::base
