#include "codec/codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "codec/open.h"
#include "codec/test_tensors.h"
#include "input/encode_image.h"
#include "input/image.h"

namespace tandem::codec {
namespace {

using base::ElementType;
using base::Shape;
using base::Tensor;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

const std::vector<Shape> kShapes = {{},
                                    {1},
                                    {7},
                                    {3, 5},
                                    {0},
                                    {2, 0, 3},
                                    {1, 3, 11},
                                    {2, 3, 4, 5},
                                    {1, 5, 13, 17},
                                    {1, 2, 3, 4, 5},
                                    {1, 1, 1, 1},
                                    {70001},
                                    {1, 2, 200, 333}};

std::vector<std::string> float_codecs() {
  std::vector<std::string> list = {"int8 scale=0.01 zero=12", "uint8 scale=0.03125 shift=-1"};
  for (const Listing& listing : listings()) {
    if (!open(listing.description)->takes_whole()) list.push_back(listing.description);
  }
  return list;
}

std::vector<float> values_of(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

std::vector<float> after(const std::string& description, const std::vector<float>& values) {
  return values_of(
      test::round_trip(open(description), test::floats({static_cast<std::int64_t>(values.size())}, values)));
}

double largest_error(const Tensor& actual, const Tensor& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < expected.values<float>().size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(actual.values<float>()[i]) -
                                         static_cast<double>(expected.values<float>()[i])));
  }
  return largest;
}

std::string message_of(const std::string& description) {
  try {
    open(description);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
    return error.message();
  }
  return "taken";
}

// ---- all

TEST(Codecs, GiveBackTheTypeAndFiniteValuesForEveryShape) {
  for (const std::string& description : float_codecs()) {
    for (const Shape& shape : kShapes) {
      const Tensor tensor = test::sparse(shape);
      const Tensor decoded = test::round_trip(open(description), tensor);
      ASSERT_EQ(decoded.type(), tensor.type()) << description;
      for (const float value : decoded.values<float>()) ASSERT_TRUE(std::isfinite(value)) << description;
    }
  }
}

TEST(Codecs, OpenAgainFromTheirDescriptions) {
  for (const std::string& description : float_codecs()) {
    const auto codec = open(description);
    EXPECT_EQ(codec->description(), description);
    EXPECT_EQ(open(codec->description())->fingerprint(), codec->fingerprint());
    EXPECT_EQ(id_of(*codec), description) << "nothing is in it but its name and parameters";
    EXPECT_TRUE(description.starts_with(codec->name()));
  }
}

TEST(Codecs, GiveEqualCodecsEqualDescriptions) {
  EXPECT_EQ(open("int8+zstd")->description(), "int8+zstd level=3");
  EXPECT_EQ(open("int8 zero=3 scale=5e-1")->description(), "int8 scale=0.5 zero=3");
}

TEST(Codecs, NeverTakeMoreBytesThanTheySay) {
  for (const std::string& description : float_codecs()) {
    const auto codec = open(description);
    for (const Shape& shape : kShapes) {
      const base::TensorType type{ElementType::Float32, shape};
      const Tensor tensor = test::noise(type);
      for (const Chunk& chunk : chunks_of(layout_of(shape), false)) {
        std::vector<std::byte> bytes;
        codec->encode(tensor, chunk, bytes);
        EXPECT_LE(bytes.size(), codec->worst_case_bytes(type, chunk)) << description << " " << base::to_string(shape);
      }
    }
  }
}

TEST(Codecs, EncodeAnyBits) {
  for (const std::string& description : float_codecs()) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
      const Tensor tensor = test::noise({ElementType::Float32, {1, 3, 5, 7}}, seed);
      EXPECT_EQ(test::round_trip(open(description), tensor).type(), tensor.type()) << description;
    }
    EXPECT_EQ(after(description, {kNan, kNan, kNan}).size(), 3U) << description;
    EXPECT_EQ(after(description, {kInfinity, -kInfinity}).size(), 2U) << description;
  }
}

TEST(Codecs, NeverTurnNanOrInfinityIntoANumber) {
  for (const std::string& description : float_codecs()) {
    for (const float odd : {kNan, kInfinity, -kInfinity}) {
      EXPECT_FALSE(std::isfinite(after(description, {0, odd, 255, 7})[1])) << description << ", " << odd;
      for (const float value : after(description, std::vector<float>(40, odd)))
        EXPECT_FALSE(std::isfinite(value)) << description << ", " << odd;
    }
  }
}

TEST(Codecs, GiveTheSameBytesInEveryThreadAndEveryTime) {
  const Tensor tensor = test::sparse({1, 8, 30, 30});
  for (const std::string& description : float_codecs()) {
    EXPECT_EQ(encode(open(description), tensor), encode(open(description), tensor)) << description;
  }
}

// Other machines must give the same bytes. Only codecs without a library: libraries may change.
TEST(Codecs, GiveTheRecordedBytes) {
  const std::pair<const char*, const char*> kDigests[] = {
      {"fp32", "16ad351717ca3919"},
      {"fp16", "a94a864032aa566c"},
      {"int8", "2a23136f585c881e"},
      {"int8 scale=0.01 zero=12", "60e5cb9a6666e922"},
      {"uint8 scale=0.03125 shift=-1", "95586ddc0d40e82e"},
      {"jalad bits=1", "ab5db8ad36b33598"},
      {"jalad bits=4", "008dddee2bc455de"},
      {"jalad bits=8", "9479fd09724f7344"},
  };
  for (const auto& [description, digest] : kDigests) {
    const auto codec = open(description);
    const auto frame = encode(codec, test::sparse({1, 5, 13, 17}));
    base::Digester digester;
    digester.add(frame);
    digester.add(decode(codec, frame, test::kLimit).bytes());
    EXPECT_EQ(digester.finish().substr(0, 16), digest) << description;
  }
}

TEST(Codecs, RefuseDescriptionsThatAreWrong) {
  EXPECT_NE(message_of("").find("expected one of klevel, fp32, fp16"), std::string::npos);
  EXPECT_NE(message_of("zip").find("'zip': no such codec"), std::string::npos);
  EXPECT_NE(message_of("jalad").find("bits= is missing"), std::string::npos);
  EXPECT_NE(message_of("jalad bits=9").find("bits=9, expected a number from 1 to 8"), std::string::npos);
  EXPECT_NE(message_of("jalad bits=3x").find("bits=3x"), std::string::npos);
  EXPECT_NE(message_of("jalad bits=3 bits=3").find("given twice"), std::string::npos);
  EXPECT_NE(message_of("jalad  bits=3").find("key=value was expected"), std::string::npos);
  EXPECT_NE(message_of("fp32 bits=3").find("unknown 'bits=3'"), std::string::npos);
  EXPECT_NE(message_of("int8 scale=0 zero=3").find("scale=0"), std::string::npos);
  EXPECT_NE(message_of("int8 scale=nan zero=3").find("scale=nan"), std::string::npos);
  EXPECT_NE(message_of("jalad " + std::string(300, 'x')).find("306 bytes"), std::string::npos);
  EXPECT_NE(message_of(std::string(kMostDescriptionBytes + 1, 'x')).find("expected at most 8388608"),
            std::string::npos);
}

TEST(Codecs, SayWhatTheyTake) {
  for (const char* const description :
       {"fp16", "int8", "jalad bits=3", "int8+zstd", "int8+lz4", "uint8 scale=1 shift=0"}) {
    try {
      open(description)->check({ElementType::Int64, {3}});
      ADD_FAILURE() << description << " takes int64";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::Unsupported);
      EXPECT_NE(error.message().find("takes float32, not int64"), std::string::npos) << error.message();
    }
  }
}

TEST(Codecs, RefuseOrDecodeSpoiltBytes) {
  const Tensor tensor = test::sparse({1, 3, 9, 10});
  std::mt19937 random(1);
  for (const std::string& description : float_codecs()) {
    const auto codec = open(description);
    const auto frame = encode(codec, tensor);
    const std::size_t head = read_frame_head(frame).head_bytes;
    for (int i = 0; i < 300; ++i) {
      auto spoilt = frame;
      for (int change = 0; change < 3; ++change) {
        spoilt[head + random() % (frame.size() - head)] = static_cast<std::byte>(random());
      }
      try {
        EXPECT_EQ(decode(codec, spoilt, test::kLimit).type(), tensor.type());
      } catch (const base::Error& error) {
        EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput) << error.message();
      }
    }
  }
}

// ---- without loss

TEST(Lossless, KeepsEveryBitOfEveryElementType) {
  for (int element = 1; element <= 16; ++element) {
    const base::TensorType type{static_cast<ElementType>(element), {1, 3, 5, 7}};
    if (base::element_size(type.element) == 0) continue;
    const Tensor tensor = test::noise(type);
    for (const char* const description : {"fp32", "lossless", "lossless level=19"}) {
      EXPECT_TRUE(test::same_bytes(test::round_trip(open(description), tensor), tensor))
          << description << ", " << base::name_of(type.element);
    }
  }
}

TEST(Lossless, CompressesSmallIntegers) {
  Tensor tensor = Tensor::allocate({ElementType::Int64, {1000}});
  std::mt19937 random(1);
  for (std::int64_t& value : tensor.mutable_values<std::int64_t>()) value = random() % 200;
  EXPECT_LT(encode(open("lossless"), tensor).size(), 1100U);
}

// ---- floats

TEST(Fp16, RoundsToTheNearestHalfToEven) {
  EXPECT_EQ(after("fp16", {1, -2.5F, 65504, 0x1p-14F, 0x1p-24F, 0.1F}),
            (std::vector<float>{1, -2.5F, 65504, 0x1p-14F, 0x1p-24F, 0.0999755859375F}));
  EXPECT_EQ(after("fp16", {1 + 0x1p-11F, 1 + 0x3p-11F, 0x1p-25F, 0x3p-25F}),
            (std::vector<float>{1, 1 + 0x2p-10F, 0, 0x2p-24F}));
  EXPECT_EQ(after("fp16", {65519, 65520, -1e30F, kInfinity}),
            (std::vector<float>{65504, kInfinity, -kInfinity, kInfinity}));
}

TEST(Fp16, KeepsNanAndTheSignOfZero) {
  const auto values = after("fp16", {kNan, -0.0F, std::bit_cast<float>(0x7f800001U)});
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_TRUE(std::signbit(values[1]));
  EXPECT_TRUE(std::isnan(values[2]));
}

// The processor's path takes eight at a time: one alone goes the portable path.
TEST(Fp16, IsTheSameOnBothPathsForEveryHalfAndItsNeighbours) {
  const auto codec = open("fp16");
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    Tensor one = Tensor::allocate({ElementType::Float32, {1}});
    Tensor eight = Tensor::allocate({ElementType::Float32, {8}});
    const std::byte code[] = {static_cast<std::byte>(half), static_cast<std::byte>(half >> 8)};
    std::vector<std::byte> codes;
    for (int i = 0; i < 8; ++i) codes.insert(codes.end(), code, code + 2);
    codec->decode(code, {0, 1}, one);
    codec->decode(codes, {0, 1}, eight);
    const auto bits = std::bit_cast<std::uint32_t>(one.values<float>()[0]);
    ASSERT_EQ(bits, eight.values<std::uint32_t>()[7]) << half;
    for (const std::uint32_t step : {0U, 1U, 0xfffU, 0x1000U, 0x1001U, ~0U, ~0xfffU}) {
      one.mutable_values<std::uint32_t>()[0] = bits + step;
      for (std::uint32_t& value : eight.mutable_values<std::uint32_t>()) value = bits + step;
      std::vector<std::byte> portable, fast;
      codec->encode(one, {0, 1}, portable);
      codec->encode(eight, {0, 1}, fast);
      ASSERT_TRUE(std::ranges::equal(portable, std::span(fast).last(2))) << "bits " << bits + step;
    }
  }
}

TEST(Int8, IsWithinHalfAStep) {
  const Tensor tensor = test::sparse({1, 3, 40, 41});
  const auto values = tensor.values<float>();
  const double step = (*std::ranges::max_element(values) - *std::ranges::min_element(values)) / 255;
  EXPECT_LE(largest_error(test::round_trip(open("int8"), tensor), tensor), 0.5001 * step);
}

TEST(Int8, KeepsAConstantAndTheEndsOfTheRange) {
  EXPECT_EQ(after("int8", {-3.25F, -3.25F, -3.25F}), (std::vector<float>{-3.25F, -3.25F, -3.25F}));
  EXPECT_EQ(after("int8", {0, 255, 7}), (std::vector<float>{0, 255, 7}));
}

TEST(Int8, TakesTheLargestNumbers) {
  for (const float value : after("int8", {-3e38F, 3e38F, 0})) EXPECT_LE(std::abs(value), 1.01e38F);
}

TEST(Int8, HasARangeForEachChunk) {
  Tensor tensor = test::filled({1, 2, 256, 256}, 1);
  tensor.mutable_values<float>()[0] = 0;
  tensor.mutable_values<float>()[65536] = 1000;
  EXPECT_LE(largest_error(test::round_trip(open("int8"), tensor), tensor), 1e-4);
}

TEST(Int8, WithAScaleAgreesWithQuantizeLinear) {
  std::vector<std::byte> codes;
  const auto codec = open("int8 scale=0.5 zero=100");
  codec->encode(test::floats({9}, {0, 0.25F, 0.75F, -0.25F, 1, 77.5F, 1000, -1000, kNan}), {0, 1}, codes);
  const int expected[] = {100, 100, 102, 100, 102, 255, 255, 0, 0};
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(std::to_integer<int>(codes[i]), expected[i]) << i;
  EXPECT_EQ(after("int8 scale=0.5 zero=100", {0, 0.5F, -50, 77.5F}), (std::vector<float>{0, 0.5F, -50, 77.5F}));
}

TEST(Uint8, GivesBackValuesThatAreBytes) {
  std::vector<float> values;
  for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(i) * 0.0078125F + -1.0F);
  EXPECT_EQ(after("uint8 scale=0.0078125 shift=-1", values), values);
}

TEST(Jalad, IsWithinHalfAStepAtEveryNumberOfBits) {
  const Tensor tensor = test::sparse({1, 3, 40, 41});
  const auto values = tensor.values<float>();
  const double range = *std::ranges::max_element(values) - *std::ranges::min_element(values);
  for (int bits = 1; bits <= 8; ++bits) {
    const auto codec = open("jalad bits=" + std::to_string(bits));
    EXPECT_LE(largest_error(test::round_trip(codec, tensor), tensor), 0.5001 * range / ((1 << bits) - 1)) << bits;
  }
}

TEST(Jalad, IsSmallerWithFewerBits) {
  const Tensor tensor = test::sparse({1, 16, 28, 28});
  std::size_t last = 0;
  for (int bits = 1; bits <= 8; ++bits) {
    const std::size_t size = encode(open("jalad bits=" + std::to_string(bits)), tensor).size();
    EXPECT_GT(size, last) << bits;
    last = size;
  }
  EXPECT_LT(last, tensor.size() / 4) << "8 bits without Huffman";
}

TEST(Jalad, SendsAConstantAsItsRangeAlone) {
  const auto frame = encode(open("jalad bits=8"), test::filled({1, 16, 28, 28}, 2.5F));
  EXPECT_EQ(frame.size(), read_frame_head(frame).head_bytes + 1 + 8);
  EXPECT_EQ(after("jalad bits=8", {2.5F, 2.5F}), (std::vector<float>{2.5F, 2.5F}));
}

TEST(CompressedInt8, DecodesToWhatInt8DoesAndIsSmaller) {
  const Tensor tensor = test::sparse({1, 16, 56, 57});
  const Tensor expected = test::round_trip(open("int8"), tensor);
  for (const char* const description : {"int8+zstd", "int8+zstd level=19", "int8+lz4"}) {
    EXPECT_TRUE(test::same_bytes(test::round_trip(open(description), tensor), expected)) << description;
    EXPECT_LT(encode(open(description), tensor).size(), tensor.size() / 4) << description;
  }
}

// ---- pictures

Tensor smooth_picture(std::int64_t channels, std::int64_t height, std::int64_t width) {
  Tensor tensor = Tensor::allocate({ElementType::UInt8, {1, channels, height, width}});
  std::size_t i = 0;
  for (std::uint8_t& sample : tensor.mutable_values<std::uint8_t>()) {
    const auto x = static_cast<std::int64_t>(i) % width;
    const auto y = static_cast<std::int64_t>(i++) / width % height;
    sample = static_cast<std::uint8_t>(100 + 50 * x / width + 50 * y / height);
  }
  return tensor;
}

Tensor as_floats(const Tensor& bytes, float scale, float shift) {
  Tensor tensor = Tensor::allocate({ElementType::Float32, bytes.shape()});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    tensor.mutable_values<float>()[i] = static_cast<float>(bytes.values<std::uint8_t>()[i]) * scale + shift;
  }
  return tensor;
}

TEST(Pictures, ArriveAsTheyWereByPng) {
  for (const Shape& shape : {Shape{1, 3, 17, 31}, Shape{1, 1, 17, 31}, Shape{1, 3, 1, 1}, Shape{1, 3, 300, 400}}) {
    const Tensor picture = test::noise({ElementType::UInt8, shape});
    EXPECT_TRUE(test::same_bytes(test::round_trip(open("png"), picture), picture)) << base::to_string(shape);
    const Tensor floats = as_floats(picture, 0.0078125F, -1);
    EXPECT_TRUE(test::same_bytes(test::round_trip(open("png scale=0.0078125 shift=-1"), floats), floats));
  }
}

TEST(Pictures, ArriveAsTheyWereWithNanAmongTheirFloats) {
  Tensor floats = as_floats(test::noise({ElementType::UInt8, {1, 3, 17, 31}}), 0.5F, -1);
  floats.mutable_values<float>()[100] = kNan;
  for (const char* const description : {"png scale=0.5 shift=-1", "jpeg quality=50 scale=0.5 shift=-1"})
    EXPECT_TRUE(test::same_bytes(test::round_trip(open(description), floats), floats)) << description;
}

TEST(Pictures, ArriveNearlyAsTheyWereByJpeg) {
  for (const std::int64_t channels : {1, 3}) {
    const Tensor picture = smooth_picture(channels, 37, 51);
    const Tensor decoded = test::round_trip(open("jpeg quality=95"), picture);
    ASSERT_EQ(decoded.type(), picture.type());
    for (std::size_t i = 0; i < picture.size(); ++i) {
      ASSERT_NEAR(decoded.values<std::uint8_t>()[i], picture.values<std::uint8_t>()[i], 6) << i;
    }
  }
}

TEST(Pictures, AreSmallerAtLowerQuality) {
  const Tensor picture = test::noise({ElementType::UInt8, {1, 3, 64, 64}});
  const auto size_at = [&](int quality) {
    return encode(open("jpeg quality=" + std::to_string(quality)), picture).size();
  };
  EXPECT_LT(size_at(30), size_at(60));
  EXPECT_LT(size_at(60), size_at(95));
}

TEST(Pictures, NeverTakeMoreBytesThanTheySay) {
  for (const Shape& shape : {Shape{1, 3, 1, 1}, Shape{1, 1, 1, 900}, Shape{1, 3, 900, 1}, Shape{1, 3, 250, 251}}) {
    const Tensor picture = test::noise({ElementType::UInt8, shape});
    for (const char* const description : {"png", "jpeg quality=100", "jpeg quality=1"}) {
      const auto codec = open(description);
      const Chunk chunk = chunks_of(layout_of(shape), true).at(0);
      std::vector<std::byte> bytes;
      codec->encode(picture, chunk, bytes);
      EXPECT_LE(bytes.size(), codec->worst_case_bytes(picture.type(), chunk)) << description << base::to_string(shape);
    }
  }
}

TEST(Pictures, AreOneRgbOrGreyPicture) {
  for (const base::TensorType& type : {base::TensorType{ElementType::UInt8, {2, 3, 4, 4}},
                                       {ElementType::UInt8, {1, 4, 4, 4}},
                                       {ElementType::UInt8, {3, 4, 4}},
                                       {ElementType::UInt8, {1, 3, 0, 4}},
                                       {ElementType::UInt8, {1, 3, 70000, 4}},
                                       {ElementType::UInt8, {1, 3, 60000, 60000}},
                                       {ElementType::Float32, {1, 3, 4, 4}}}) {
    EXPECT_THROW(open("png")->check(type), base::Error) << base::to_string(type.shape);
  }
  EXPECT_NO_THROW(open("png scale=1 shift=0")->check({ElementType::Float32, {1, 3, 4, 4}}));
}

TEST(Pictures, AreRefusedInAnotherSizeOrFormat) {
  const auto chunk_of = [](const std::string& description, const Tensor& picture) {
    std::vector<std::byte> bytes;
    open(description)->encode(picture, {0, 3}, bytes);
    return bytes;
  };
  Tensor picture = smooth_picture(3, 8, 9);
  const Chunk whole{0, 3};
  EXPECT_NO_THROW(open("png")->decode(chunk_of("png", picture), whole, picture));
  EXPECT_THROW(open("png")->decode(chunk_of("png", smooth_picture(3, 9, 8)), whole, picture), base::Error);
  EXPECT_THROW(open("png")->decode(chunk_of("png", smooth_picture(3, 900, 8)), whole, picture), base::Error);
  EXPECT_THROW(open("png")->decode(chunk_of("jpeg quality=90", picture), whole, picture), base::Error);
  EXPECT_THROW(open("jpeg quality=90")->decode(chunk_of("png", picture), whole, picture), base::Error);
}

}  // namespace
}  // namespace tandem::codec
