#include "base/tensor.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cmath>

#include "base/error.h"
#include "base/test_files.h"

namespace tandem::base {
namespace {

TEST(Shape, ParsesWhatItPrints) {
  EXPECT_EQ(to_string(parse_shape("1x3x224x224")), "1x3x224x224");
}

TEST(Shape, NamesWhatIsUnknown) {
  EXPECT_EQ(to_string(TensorType{ElementType::Float32, {kUnknownDimension, 3}}), "float32 ?x3");
  EXPECT_EQ(to_string(TensorType{ElementType::Int64, {kUnknownRank}}), "int64 unknown shape");
  EXPECT_EQ(to_string(TensorType{ElementType::Bool, {}}), "bool scalar");
  EXPECT_EQ(to_string(TensorType{ElementType::String, {2}}), "string 2");
  EXPECT_EQ(to_string(TensorType{ElementType::Sequence, {}}), "sequence");
}

TEST(Shape, IsFixedWhereItsTensorsHaveOneSize) {
  EXPECT_TRUE(is_fixed({ElementType::Float32, {}}));
  EXPECT_TRUE(is_fixed({ElementType::Float32, {0, 3}}));
  EXPECT_FALSE(is_fixed({ElementType::Float32, {kUnknownDimension, 3}}));
  EXPECT_FALSE(is_fixed({ElementType::Float32, {kUnknownRank}}));
  EXPECT_FALSE(is_fixed({ElementType::String, {2}}));
  EXPECT_FALSE(is_fixed({ElementType::Sequence, {}}));
}

TEST(Shape, TakesZeroForADimension) {
  EXPECT_EQ(parse_shape("1x8x0x64"), (Shape{1, 8, 0, 64}));
}

TEST(Shape, RefusesSignsAndGiants) {
  for (const char* text : {"", "-1x3", "1x", "1xx3", "a", "1x3 ", "99999999999999999999", "1099511627776x2"}) {
    EXPECT_THROW(parse_shape(text), Error) << text;
  }
}

TEST(TensorSize, IsCheckedBeforeAnythingIsAllocated) {
  EXPECT_THROW(Tensor::allocate({ElementType::Float32, {1 << 30, 1 << 30}}), Error);
  EXPECT_THROW(Tensor::allocate({ElementType::Float32, {-1}}), Error);
  EXPECT_THROW(Tensor::allocate({ElementType::String, {1}}), Error);
}

TEST(TensorSize, BeyondTheMemoryIsAnError) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take terabytes of addresses";
#endif
  rlimit before{};
  ::getrlimit(RLIMIT_AS, &before);
  const rlimit limit{rlim_t{8} << 30, before.rlim_max};
  ::setrlimit(RLIMIT_AS, &limit);
  const std::string message = message_of([] { Tensor::allocate({ElementType::UInt8, {1 << 20, 1 << 14}}); });
  ::setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(message, "a tensor of uint8 1048576x16384: no memory for its 17179869184 bytes");
}

TEST(TensorView, RefusesAWrongByteCount) {
  std::array<std::byte, 8> bytes{};
  EXPECT_THROW(Tensor::view({ElementType::Float32, {3}}, nullptr, bytes.data(), bytes.size()), Error);
}

TEST(TensorView, OfNothingIsATensor) {
  const Tensor none = Tensor::view({ElementType::Float32, {0, 4}}, nullptr, nullptr, 0);
  EXPECT_FALSE(none.empty());
  EXPECT_EQ(none.size(), 0u);
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

TEST(HalfToFloat, KeepsTheSignOfZeroAndNan) {
  EXPECT_TRUE(std::signbit(half_to_float(0x8000)));
  EXPECT_TRUE(std::isnan(half_to_float(0x7e00)));
}

TEST(ElementType, HasANameAndASize) {
  EXPECT_EQ(name_of(ElementType::Float32), "float32");
  EXPECT_EQ(name_of(ElementType::BFloat16), "bfloat16");
  EXPECT_EQ(name_of(static_cast<ElementType>(99)), "element type 99");
  EXPECT_EQ(element_size(ElementType::Bool), 1u);
  EXPECT_EQ(element_size(ElementType::Float16), 2u);
  EXPECT_EQ(element_size(ElementType::UInt32), 4u);
  EXPECT_EQ(element_size(ElementType::Complex64), 8u);
  EXPECT_EQ(element_size(ElementType::Complex128), 16u);
  EXPECT_EQ(element_size(ElementType::String), 0u);
}

TEST(CopyBytes, RefusesAWrongByteCount) {
  EXPECT_THROW(Tensor::of<float>({ElementType::Float32, {3}}, std::array{1.0f}), Error);
  EXPECT_TRUE(Tensor::of<float>({ElementType::Float32, {0}}, {}).bytes().empty());
}

TEST(TensorOf, HoldsTheBytesOfAText) {
  const Tensor tensor = tensor_of("k=3");
  EXPECT_EQ(tensor.type(), (TensorType{ElementType::UInt8, {3}}));
  EXPECT_EQ(text_of(tensor), "k=3");
  EXPECT_EQ(text_of(tensor_of("")), "");
}

// The difference between {1, expected} and {1, actual}, as elements of `type`.
template <class T>
double difference(ElementType type, T expected, T actual, T one) {
  return relative_difference(Tensor::of<T>({type, {2}}, std::array{one, actual}),
                             Tensor::of<T>({type, {2}}, std::array{one, expected}));
}

TEST(RelativeDifference, ReadsEveryFloatingType) {
  EXPECT_DOUBLE_EQ(difference<double>(ElementType::Float64, 2, 3, 1), 0.5);
  EXPECT_DOUBLE_EQ(difference<std::uint16_t>(ElementType::Float16, 0x4000, 0x4200, 0x3c00), 0.5);
  EXPECT_DOUBLE_EQ(difference<std::uint16_t>(ElementType::BFloat16, 0x4000, 0x4040, 0x3f80), 0.5);
}

TEST(RelativeDifference, OfIntegersIsWhetherTheyDiffer) {
  EXPECT_EQ(difference<std::int32_t>(ElementType::Int32, 5, 5, 1), 0);
  EXPECT_EQ(difference<std::int32_t>(ElementType::Int32, 5, 6, 1), 1);
}

TEST(RelativeDifference, TakesInfinityForEqualToItselfOnly) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(difference<float>(ElementType::Float32, infinity, infinity, 1), 0);
  EXPECT_TRUE(std::isinf(difference<float>(ElementType::Float32, infinity, 7, 1)));
  const float nan = std::nanf("");
  EXPECT_EQ(difference<float>(ElementType::Float32, nan, nan, 1), 0);
}

TEST(RelativeDifference, IsInfiniteWhereZeroWasExpected) {
  EXPECT_TRUE(std::isinf(difference<float>(ElementType::Float32, 0, 1, 0))) << "a zero as the other element";
  EXPECT_EQ(difference<float>(ElementType::Float32, 0, 0, 0), 0);
}

TEST(Fits, LeavesOpenWhatIsUnknown) {
  const TensorType type{ElementType::Float32, {2, 3}};
  EXPECT_TRUE(fits(type, type));
  EXPECT_TRUE(fits(type, {ElementType::Float32, {kUnknownDimension, 3}}));
  EXPECT_TRUE(fits(type, {ElementType::Float32, {kUnknownRank}}));
  EXPECT_TRUE(fits(type, {}));
  EXPECT_FALSE(fits(type, {ElementType::Float32, {2, 4}}));
  EXPECT_FALSE(fits(type, {ElementType::Float32, {2}}));
  EXPECT_FALSE(fits(type, {ElementType::Float32, {}}));
  EXPECT_FALSE(fits(type, {ElementType::Int32, {2, 3}}));
}

}  // namespace
}  // namespace tandem::base
