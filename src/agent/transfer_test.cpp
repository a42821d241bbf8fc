#include "agent/transfer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "agent/test_parts.h"
#include "codec/open.h"

namespace tandem::agent {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;

const std::string kDigest(64, 'd');

base::Tensor waves(std::int64_t channels) {
  base::Tensor tensor = base::Tensor::allocate({base::ElementType::Float32, {1, channels, 64, 64}});
  const auto values = tensor.mutable_values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i) * 0.01f);
  return tensor;
}

class TransferTest : public testing::Test {
 protected:
  TensorSender sender(double slowdown = 1) { return {Pace(slowdown, clock_), Deadline::never()}; }

  FakeClock clock_;
  const std::shared_ptr<const codec::Codec> fp16_ = codec::open("fp16");
};

TEST_F(TransferTest, SendsASmallTensorInTheRequest) {
  TensorSender sends = sender();
  rpc::RunRequest request;
  sends.add({"x", waves(1)}, fp16_, kDigest, request);
  ASSERT_EQ(request.encoded.size(), 1u);
  EXPECT_EQ(request.encoded[0].pieces, 1u);
  EXPECT_EQ(request.encoded[0].codec, kDigest);
  EXPECT_EQ(request.encoded[0].content.size(), static_cast<std::size_t>(sends.sent_bytes()));
  const auto decoder = receiver(fp16_, waves(1).type(), Pace(1, clock_), Deadline::never());
  decoder->take(request.encoded[0].content.bytes());
  EXPECT_LT(base::relative_difference(decoder->finish(), waves(1)), 1e-3);
}

TEST_F(TransferTest, SendsLargeTensorsInPieces) {
  TensorSender sends = sender();
  rpc::RunRequest request;
  sends.add({"raw", vector_of(1)}, request);
  sends.add({"x", waves(40)}, fp16_, kDigest, request);
  sends.add({"y", waves(80)}, fp16_, kDigest, request);
  ASSERT_EQ(request.encoded.size(), 2u);
  EXPECT_EQ(sends.sent_bytes(), 16) << "nothing is encoded before its time";
  std::size_t bytes = 16;
  for (const rpc::EncodedTensor& tensor : request.encoded) {
    EXPECT_GT(tensor.pieces, 1u);
    const auto decoder = receiver(fp16_, tensor.type, Pace(1, clock_), Deadline::never());
    for (std::uint32_t i = 0; i < tensor.pieces; ++i) {
      std::vector<std::byte> piece;
      sends.next(piece);
      bytes += piece.size();
      decoder->take(piece);
    }
    EXPECT_LT(base::relative_difference(decoder->finish(), waves(tensor.type.shape[1])), 1e-3) << tensor.name;
  }
  EXPECT_EQ(sends.sent_bytes(), static_cast<std::int64_t>(bytes));
  EXPECT_LT(bytes, 120 * 64 * 64 * 2 + 1000);
}

TEST_F(TransferTest, SendsAnEmptyTensor) {
  TensorSender sends = sender();
  rpc::RunRequest request;
  sends.add({"x", base::Tensor::allocate({base::ElementType::Float32, {1, 0, 4}})}, fp16_, kDigest, request);
  EXPECT_EQ(request.tensors.size() + request.encoded.size(), 1u);
}

TEST_F(TransferTest, RefusesTensorsThatTheCodecDoesNotTake) {
  TensorSender sends = sender();
  rpc::RunRequest request;
  const base::NamedTensor longs{"x", base::Tensor::allocate({base::ElementType::Int64, {4}})};
  try {
    sends.add(longs, fp16_, kDigest, request);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Unsupported);
  }
}

TEST_F(TransferTest, RefusesAFrameOfAnotherTypeThanAnnounced) {
  TensorSender sends = sender();
  rpc::RunRequest request;
  sends.add({"x", waves(1)}, fp16_, kDigest, request);
  const auto decoder =
      receiver(fp16_, {base::ElementType::Float32, {1, 1, 64, 63}}, Pace(1, clock_), Deadline::never());
  EXPECT_THROW(decoder->take(request.encoded[0].content.bytes()), base::Error);
}

TEST_F(TransferTest, TimesACodec) {
  const auto reply = time_codec(fp16_, waves(40), 2, 3, Pace(1, base::steady_clock()));
  EXPECT_EQ(reply.encode_samples_ms.size(), 3u);
  EXPECT_EQ(reply.decode_samples_ms.size(), 3u);
  for (const double sample : reply.encode_samples_ms) EXPECT_GT(sample, 0);
  EXPECT_GT(reply.encoded_bytes, 40 * 64 * 64 * 2);
  EXPECT_LT(reply.encoded_bytes, 40 * 64 * 64 * 2 + 1000);
}

TEST(Pace, StretchesWorkByTheSlowdown) {
  FakeClock clock;
  const auto work = [&] { clock.pass(Milliseconds(10)); };
  const base::Instant start = clock.now();
  EXPECT_DOUBLE_EQ(Pace(8, clock).stretch(Deadline::never(), work).count(), 80);
  EXPECT_DOUBLE_EQ(Milliseconds(clock.now() - start).count(), 80);
  EXPECT_DOUBLE_EQ(Pace(8, clock).time(work).count(), 80);
  EXPECT_DOUBLE_EQ(Milliseconds(clock.now() - start).count(), 90) << "without waiting";
  EXPECT_DOUBLE_EQ(Pace(1, clock).stretch(Deadline::never(), work).count(), 10);
}

TEST(Pace, StretchesNoLongerThanTheDeadline) {
  FakeClock clock;
  const base::Instant start = clock.now();
  Pace(8, clock).stretch(Deadline::after(Milliseconds(50), clock), [&] { clock.pass(Milliseconds(10)); });
  EXPECT_DOUBLE_EQ(Milliseconds(clock.now() - start).count(), 50);
}

}  // namespace
}  // namespace tandem::agent
