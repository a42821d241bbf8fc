#include "rpc/pieces.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rpc/access.h"
#include "rpc/testing.h"

namespace tandem::rpc {
namespace {

using base::ErrorKind;
using Message = std::vector<std::byte>;

base::NamedTensor counting(const std::string& name, std::size_t size) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i);
  return {name, floats(std::move(values))};
}

class ArrivalTest : public testing::Test {
 protected:
  static std::vector<Message> messages_of(const RunRequest& request) {
    MessageBuffers buffers;
    PieceSender sender(request, buffers);
    std::vector<Message> messages;
    while (const auto message = sender.next()) messages.push_back(*message);
    return messages;
  }
  // The error of a request whose messages have been changed.
  ErrorKind failure(const std::function<void(std::vector<Message>&)>& change) {
    const RunRequest request = request_in_pieces(tensors_, 3);
    std::vector<Message> messages = messages_of(request);
    change(messages);
    try {
      Arrival arrival(request, handler_, limits_);
      for (const Message& message : messages) arrival.take(message);
      return arrival.is_complete() ? ErrorKind::Internal : ErrorKind::Unavailable;
    } catch (const base::Error& error) {
      return error.kind();
    }
  }

  const std::vector<base::NamedTensor> tensors_{counting("x", 9), counting("y", 600)};
  FakeHandler handler_;
  Limits limits_;
};

TEST_F(ArrivalTest, PutsSeveralTensorsTogether) {
  RunRequest request = request_in_pieces(tensors_, 3);
  request.encoded.insert(request.encoded.begin() + 1, encoded(counting("single", 5)));
  request.tensors.push_back(counting("raw", 2));
  Arrival arrival(request, handler_, limits_);
  for (const Message& message : messages_of(request)) {
    EXPECT_FALSE(arrival.is_complete());
    arrival.take(message);
  }
  ASSERT_TRUE(arrival.is_complete());
  const RunRequest arrived = arrival.finish();
  EXPECT_TRUE(arrived.encoded.empty());
  std::map<std::string, base::Tensor> found;
  for (const auto& [name, tensor] : arrived.tensors) found[name] = tensor;
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(base::relative_difference(found["x"], tensors_[0].tensor), 0);
  EXPECT_EQ(base::relative_difference(found["y"], tensors_[1].tensor), 0);
  EXPECT_EQ(base::relative_difference(found["single"], counting("", 5).tensor), 0);
}

TEST_F(ArrivalTest, AddsUpDecodingTimes) {
  RunRequest request = request_in_pieces(tensors_, 3);
  request.encoded.push_back(encoded(counting("single", 5)));
  Arrival arrival(request, handler_, limits_);
  for (const Message& message : messages_of(request)) arrival.take(message);
  EXPECT_DOUBLE_EQ(arrival.finish().decoding.count(), 7 * 2);
}

TEST_F(ArrivalTest, HappensWithoutAWireToo) {
  const auto reply = access_here(handler_)->run(request_in_pieces(tensors_, 3));
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  ASSERT_EQ(reply.value().tensors.size(), 2u);
  EXPECT_EQ(base::relative_difference(reply.value().tensors[1].tensor, tensors_[1].tensor), 0);
  RunRequest unknown = request_in_pieces(tensors_, 3);
  unknown.encoded[1].codec = std::string(64, 'f');
  EXPECT_EQ(access_here(handler_)->run(unknown).error().kind(), ErrorKind::NotFound);
}

TEST_F(ArrivalTest, IsCompleteAtOnceWithoutPieces) {
  EXPECT_TRUE(Arrival(request_of(floats({1})), handler_, limits_).is_complete());
  EXPECT_TRUE(messages_of(request_of(floats({1}))).empty());
}

TEST_F(ArrivalTest, RefusesPiecesOutOfOrder) {
  EXPECT_EQ(failure([](auto&) {}), ErrorKind::Internal) << "which stands for none";
  EXPECT_EQ(failure([](auto& messages) { std::swap(messages[0], messages[1]); }), ErrorKind::InvalidInput);
  EXPECT_EQ(failure([](auto& messages) { std::swap(messages[2], messages[3]); }), ErrorKind::InvalidInput);
  EXPECT_EQ(failure([](auto& messages) { messages[1] = messages[0]; }), ErrorKind::InvalidInput);
  EXPECT_EQ(failure([](auto& messages) { messages.erase(messages.begin()); }), ErrorKind::InvalidInput);
}

TEST_F(ArrivalTest, RefusesMessagesThatAreNoPieces) {
  for (const std::size_t size : {0, 1, 4, 11}) {
    EXPECT_EQ(failure([&](auto& messages) { messages[1].resize(size); }), ErrorKind::InvalidInput) << size;
  }
  EXPECT_EQ(failure([](auto& messages) { messages[1][3] = std::byte{'M'}; }), ErrorKind::InvalidInput);
}

TEST_F(ArrivalTest, RefusesPiecesOfAnotherSizeThanTheirCodecMakes) {
  EXPECT_EQ(failure([](auto& messages) { messages[1].resize(4096); }), ErrorKind::InvalidInput);
  EXPECT_EQ(failure([](auto& messages) { messages[2].resize(12); }), ErrorKind::InvalidInput);
}

TEST_F(ArrivalTest, RefusesMoreBytesThanTheLimit) {
  limits_.message_bytes = 1200;
  EXPECT_EQ(failure([](auto&) {}), ErrorKind::ResourceExhausted);
}

TEST_F(ArrivalTest, RefusesACodecThatIsNotHeld) {
  for (EncodedTensor tensor : {announced(tensors_[0], 3), encoded(tensors_[0])}) {
    tensor.codec = std::string(64, 'f');
    RunRequest request{7, soon()};
    request.encoded.push_back(tensor);
    try {
      Arrival arrival(request, handler_, limits_);
      FAIL();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::NotFound);
    }
  }
}

TEST_F(ArrivalTest, EndsAtTheDeadline) {
  RunRequest request = request_in_pieces(tensors_, 3);
  const std::vector<Message> messages = messages_of(request);
  request.deadline = base::Deadline::after(base::Milliseconds(-1));
  Arrival arrival(request, handler_, limits_);
  try {
    arrival.take(messages[0]);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::DeadlineExceeded);
  }
}

TEST(MessageBuffers, GiveMemoryOutAgain) {
  MessageBuffers buffers;
  auto first = buffers.take();
  first->resize(1000);
  const std::byte* const memory = first->data();
  const auto meanwhile = buffers.take();
  EXPECT_EQ(meanwhile->capacity(), 0u);
  first = nullptr;
  first = buffers.take();
  EXPECT_TRUE(first->empty());
  first->resize(1000);
  EXPECT_EQ(first->data(), memory);
}

}  // namespace
}  // namespace tandem::rpc
