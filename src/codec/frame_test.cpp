#include "codec/frame.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "codec/open.h"
#include "codec/test_tensors.h"

namespace tandem::codec {
namespace {

using base::ElementType;
using base::ErrorKind;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

// The head of a frame of "fp32", whose fingerprint it has, up to the element type.
Bytes start_of_head() {
  Bytes frame = encode(open("fp32"), test::filled({1}, 0));
  frame.resize(2 + 1 + 1 + 4 + 4);
  return frame;
}

Bytes head_with(std::initializer_list<int> rest) {
  Bytes frame = start_of_head();
  for (const std::byte byte : bytes_of(rest)) frame.push_back(byte);
  return frame;
}

void expect_refused(const Bytes& frame, ErrorKind kind, const std::string& words, std::size_t limit = test::kLimit) {
  try {
    decode(open("fp32"), frame, limit);
    ADD_FAILURE() << "taken: expected '" << words << "'";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.message();
    EXPECT_NE(error.message().find(words), std::string::npos) << error.message();
  }
}

TEST(CodecFrame, IsLaidOutAsDocumented) {
  const Bytes frame = encode(open("fp32"), test::filled({1, 200}, 0));
  const std::uint32_t print = open("fp32")->fingerprint();
  Bytes head = bytes_of({'T', 'C', 1, 4, 'f', 'p', '3', '2'});
  for (int shift = 24; shift >= 0; shift -= 8) head.push_back(static_cast<std::byte>(print >> shift));
  // float32, rank 2, 1 × 200, 1 chunk, 800 bytes
  for (const std::byte byte : bytes_of({1, 2, 1, 0xc8, 1, 1, 0xa0, 6})) head.push_back(byte);
  ASSERT_EQ(frame.size(), head.size() + 800);
  EXPECT_TRUE(std::ranges::equal(std::span(frame).first(head.size()), head));
}

TEST(CodecFrame, HoldsAChunkThatIsNotFiniteRawAndMarksIt) {
  base::Tensor tensor = test::filled({1, 2, 256, 256}, 1);
  tensor.mutable_values<float>()[65536 + 9] = std::numeric_limits<float>::quiet_NaN();
  const auto codec = open("int8");
  const Bytes frame = encode(codec, tensor);
  const std::size_t head = read_frame_head(frame).head_bytes;
  constexpr std::size_t kFirst = 3 + 8 + 65536;  // its length, its range, its codes
  const Bytes mark = bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40});
  ASSERT_EQ(frame.size(), head + kFirst + mark.size() + 4 * 65536);
  EXPECT_TRUE(std::ranges::equal(std::span(frame).subspan(head + kFirst, mark.size()), mark));
  EXPECT_TRUE(test::same_bytes(decode(codec, frame, test::kLimit), tensor));
}

TEST(CodecFrame, RefusesARawChunkThatEndsEarly) {
  const auto codec = open("int8");
  const Bytes frame = encode(codec, test::filled({1, 3}, std::numeric_limits<float>::infinity()));
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_THROW(decode(codec, std::span(frame).first(size), test::kLimit), base::Error) << size;
}

TEST(CodecFrame, HasASmallHead) {
  const Bytes frame = encode(open("fp16"), test::sparse({1, 64, 8, 8}));
  EXPECT_LE(frame.size() - 2 * 64 * 8 * 8, 24U);
}

TEST(CodecFrame, SaysWhatItHolds) {
  const auto codec = open("jalad bits=3");
  const base::Tensor tensor = test::sparse({1, 64, 56, 56});
  const FrameHead head = read_frame_head(encode(codec, tensor));
  EXPECT_EQ(head.codec, "jalad");
  EXPECT_EQ(head.fingerprint, codec->fingerprint());
  EXPECT_EQ(head.type, tensor.type());
  EXPECT_EQ(head.chunk_count, 4U);
}

TEST(CodecFrame, IsDecodedPieceByPiece) {
  const auto codec = open("int8");
  const base::Tensor tensor = test::sparse({1, 64, 56, 56});
  Encoder encoder(codec, tensor);
  Decoder decoder(codec, tensor.type());
  Bytes piece;
  std::size_t pieces = 0;
  for (; encoder.next(piece); piece.clear()) {
    EXPECT_FALSE(decoder.is_complete());
    decoder.take(piece);
    ++pieces;
  }
  EXPECT_EQ(pieces, encoder.piece_count());
  EXPECT_EQ(pieces, 4U);
  EXPECT_TRUE(decoder.is_complete());
  EXPECT_TRUE(test::same_bytes(decoder.finish(), test::round_trip(codec, tensor)));
}

TEST(CodecFrame, AppendsToWhatIsThere) {
  const auto codec = open("fp16");
  const base::Tensor tensor = test::sparse({2, 3});
  Bytes out = bytes_of({1, 2, 3});
  Encoder(codec, tensor).next(out);
  EXPECT_TRUE(std::ranges::equal(std::span(out).subspan(3), encode(codec, tensor)));
}

TEST(CodecFrame, TakesChunksInTheirOrderOnly) {
  const auto codec = open("lossless");
  base::Tensor tensor = test::sparse({1, 2, 256, 256});
  ASSERT_EQ(Encoder(codec, tensor).piece_count(), 2U);
  Encoder encoder(codec, tensor);
  Bytes first, second;
  encoder.next(first);
  encoder.next(second);
  Decoder decoder(codec, tensor.type());
  EXPECT_THROW(decoder.take(second), base::Error) << "it has no head";
  Decoder another(codec, tensor.type());
  another.take(first);
  EXPECT_THROW(another.finish(), base::Error) << "a chunk is missing";
  another.take(second);
  EXPECT_THROW(another.take(second), base::Error) << "a chunk too many";
}

TEST(CodecFrame, RefusesEveryTruncation) {
  for (const Listing& listing : listings()) {
    const auto codec = open(listing.description);
    const bool is_picture = codec->takes_whole();
    const base::Tensor tensor =
        is_picture ? test::noise({ElementType::UInt8, {1, 3, 9, 10}}) : test::sparse({1, 3, 9, 10});
    const Bytes frame = encode(codec, tensor);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      EXPECT_THROW(decode(codec, std::span(frame).first(size), test::kLimit), base::Error)
          << listing.description << ", " << size << " of " << frame.size();
    }
  }
}

TEST(CodecFrame, RefusesWhatDoesNotBeginAsAFrame) {
  Bytes frame = encode(open("fp32"), test::filled({1}, 0));
  frame[0] = std::byte{'X'};
  expect_refused(frame, ErrorKind::InvalidInput, "'TC'");
  frame = encode(open("fp32"), test::filled({1}, 0));
  frame[2] = std::byte{2};
  expect_refused(frame, ErrorKind::InvalidInput, "version 2, expected 1");
  frame[2] = std::byte{1};
  frame[3] = std::byte{33};
  expect_refused(frame, ErrorKind::InvalidInput, "name of 33 bytes");
}

TEST(CodecFrame, RefusesAnotherCodecAndAnotherFittingOfTheSame) {
  expect_refused(encode(open("fp16"), test::filled({1}, 0)), ErrorKind::InvalidInput,
                 "of codec 'fp16', expected 'fp32'");
  const Bytes frame = encode(open("jalad bits=3"), test::filled({1}, 0));
  EXPECT_THROW(decode(open("jalad bits=4"), frame, test::kLimit), base::Error);
  EXPECT_NO_THROW(decode(open("jalad bits=3"), frame, test::kLimit));
}

TEST(CodecFrame, RefusesTypesThatItCannotAllocate) {
  expect_refused(head_with({0, 0, 1}), ErrorKind::InvalidInput, "element type 0");
  expect_refused(head_with({8, 0, 1}), ErrorKind::InvalidInput, "element type 8");
  expect_refused(head_with({0x81, 0x82, 1, 0, 1}), ErrorKind::InvalidInput, "element type");
  expect_refused(head_with({1, 17}), ErrorKind::InvalidInput, "17 dimensions, expected at most 16");
  expect_refused(head_with({1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}), ErrorKind::InvalidInput,
                 "more than 9 bytes");
  expect_refused(head_with({1, 2, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f, 1}), ErrorKind::InvalidInput,
                 "2^40");
  expect_refused(head_with({1, 1, 0x80, 0x80, 0x80, 0x80, 8, 1}), ErrorKind::ResourceExhausted, "at most 67108864");
}

TEST(CodecFrame, RefusesWrongCounts) {
  expect_refused(head_with({1, 1, 1, 0}), ErrorKind::InvalidInput, "0 chunks, expected 1");
  expect_refused(head_with({1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x7f}), ErrorKind::InvalidInput, "chunks, expected 1");
  expect_refused(head_with({1, 1, 1, 1, 5, 0, 0, 0, 0, 0}), ErrorKind::InvalidInput, "5 bytes, expected at most 4");
  expect_refused(head_with({1, 1, 1, 1, 3, 0, 0, 0}), ErrorKind::InvalidInput, "3 bytes, expected 4");
  expect_refused(head_with({1, 1, 1, 1, 4, 0, 0, 0, 0, 9}), ErrorKind::InvalidInput, "after its last chunk");
}

TEST(CodecFrame, KeepsToTheExpectedType) {
  const auto codec = open("fp32");
  Decoder decoder(codec, {ElementType::Float32, {2, 2}});
  try {
    decoder.take(encode(codec, test::filled({4}, 0)));
    FAIL() << "taken";
  } catch (const base::Error& error) {
    EXPECT_NE(error.message().find("float32 4, expected float32 2x2"), std::string::npos) << error.message();
  }
  EXPECT_THROW(Decoder(open("int8"), {ElementType::Int64, {4}}), base::Error);
}

TEST(CodecFrame, RefusesATypeThatTheCodecDoesNotTake) {
  const auto codec = open("fp16");
  Bytes frame = encode(codec, test::filled({1}, 0));
  frame[12] = std::byte{7};
  try {
    decode(codec, frame, test::kLimit);
    FAIL() << "taken";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::InvalidInput) << error.message();
  }
}

}  // namespace
}  // namespace tandem::codec
