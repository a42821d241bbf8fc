#include "rpc/run_message.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "rpc/agent.pb.h"
#include "rpc/testing.h"

namespace tandem::rpc {
namespace {

using base::ElementType;
using base::ErrorKind;

std::vector<std::byte> flatten(const wire::Segments& message) {
  std::vector<std::byte> bytes;
  for (const wire::Segment& segment : message) bytes.insert(bytes.end(), segment.bytes.begin(), segment.bytes.end());
  return bytes;
}

base::Result<RunRequest> decode_bytes(std::span<const std::byte> bytes, const Limits& limits = {}) {
  const wire::Segment whole{nullptr, bytes};
  return decode_request(std::span(&whole, 1), limits);
}

RunRequest example() {
  RunRequest request{42, base::Deadline::after(base::Milliseconds(250)), {}, {}};
  request.route = {{"edge", {"p1", "p2"}, {"x"}, {"early"}}, {"cloud", {"p3"}, {}, {"answer"}}};
  request.route[0].exits = {{1, "early", 0.75, "margin", 1.5}, {2, "later", 0.5, "softmax", 1}};
  const std::array<float, 6> values{1, 2, 3, 4, 5, 6};
  const std::array<std::uint8_t, 5> bytes{9, 8, 7, 6, 5};
  request.tensors.push_back({"x", base::Tensor::of<float>({ElementType::Float32, {1, 2, 3}}, values)});
  request.tensors.push_back({"y", base::Tensor::of<std::uint8_t>({ElementType::UInt8, {5}}, bytes)});
  request.tensors.push_back({"none", base::Tensor::allocate({ElementType::Int64, {0}})});
  return request;
}

// A message with this header and payload size, and zeros for tensors.
std::vector<std::byte> message_of(const v1::RequestHeader& header, std::size_t payload_bytes) {
  std::vector<std::byte> message = flatten(encode(RunRequest{}));
  const std::string text = header.SerializeAsString();
  const std::size_t start = (24 + text.size() + 63) / 64 * 64;
  message.assign(message.begin(), message.begin() + 24);
  message.resize(start + payload_bytes);
  const auto header_bytes = static_cast<std::uint32_t>(text.size());
  std::memcpy(&message[8], &header_bytes, sizeof(header_bytes));
  std::memcpy(&message[16], &payload_bytes, sizeof(payload_bytes));
  std::memcpy(&message[24], text.data(), text.size());
  return message;
}

v1::RequestHeader header_with(std::int32_t element, std::vector<std::int64_t> shape, std::uint64_t size_bytes) {
  v1::RequestHeader header;
  v1::TensorEntry& entry = *header.add_tensors();
  entry.set_name("x");
  entry.set_element(element);
  entry.mutable_shape()->Assign(shape.begin(), shape.end());
  entry.set_size_bytes(size_bytes);
  return header;
}

TEST(RunMessage, DecodesWhatItEncoded) {
  const RunRequest sent = example();
  const auto request = decode_request(encode(sent));
  ASSERT_TRUE(request.ok()) << request.error().message();
  EXPECT_EQ(request.value().id, 42U);
  EXPECT_EQ(request.value().route.at(0).parts, (std::vector<std::string>{"p1", "p2"}));
  EXPECT_EQ(request.value().route.at(1).answers, std::vector<std::string>{"answer"});
  EXPECT_NEAR(request.value().deadline.remaining().count(), 250, 100);
  for (std::size_t i = 0; i < sent.tensors.size(); ++i) {
    EXPECT_EQ(request.value().tensors.at(i).name, sent.tensors[i].name);
    EXPECT_EQ(base::relative_difference(request.value().tensors[i].tensor, sent.tensors[i].tensor), 0);
  }
}

TEST(RunMessage, CarriesExitChecks) {
  const auto request = decode_request(encode(example()));
  const auto& exits = request.value().route.at(0).exits;
  ASSERT_EQ(exits.size(), 2U);
  EXPECT_EQ(exits[0].after_parts, 1U);
  EXPECT_EQ(exits[0].tensor, "early");
  EXPECT_EQ(exits[0].threshold, 0.75);
  EXPECT_EQ(exits[0].confidence, "margin");
  EXPECT_EQ(exits[0].temperature, 1.5);
  EXPECT_TRUE(request.value().route.at(1).exits.empty());
}

// The device's second part runs while the cloud runs two others.
RunRequest offloading_example() {
  RunRequest request = example();
  request.route[0].offloads = {{1, 2, "cloud", {"p4", "p5"}, {"x", "y"}, {copying_codec(), ""}, {"z"}}};
  return request;
}

TEST(RunMessage, CarriesOffloads) {
  const auto request = decode_request(encode(offloading_example()));
  ASSERT_TRUE(request.ok()) << request.error().message();
  ASSERT_EQ(request.value().route.at(0).offloads.size(), 1U);
  const Offload& offload = request.value().route[0].offloads[0];
  EXPECT_EQ(offload.after_parts, 1U);
  EXPECT_EQ(offload.until_parts, 2U);
  EXPECT_EQ(offload.target, "cloud");
  EXPECT_EQ(offload.parts, (std::vector<std::string>{"p4", "p5"}));
  EXPECT_EQ(offload.forwards, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(offload.codecs, (std::vector<std::string>{copying_codec(), ""}));
  EXPECT_EQ(offload.answers, std::vector<std::string>{"z"});
  EXPECT_TRUE(request.value().route.at(1).offloads.empty());
}

TEST(RunMessage, RefusesOffloadsOutOfOrderOrPlace) {
  const auto refused = [](std::uint32_t after, std::uint32_t until, std::vector<std::string> codecs) {
    RunRequest request = offloading_example();
    request.route[0].offloads[0].after_parts = after;
    request.route[0].offloads[0].until_parts = until;
    request.route[0].offloads[0].codecs = std::move(codecs);
    const auto decoded = decode_request(encode(request));
    return decoded.ok() ? "" : decoded.error().message();
  };
  EXPECT_EQ(refused(1, 2, {}), "");
  EXPECT_NE(refused(2, 1, {}).find("from part 2 until part 1"), std::string::npos);
  EXPECT_NE(refused(1, 1, {}).find("from part 1 until part 1"), std::string::npos);
  EXPECT_NE(refused(1, 3, {}).find("until part 3 of 2"), std::string::npos);
  EXPECT_NE(refused(1, 2, {copying_codec()}).find("1 codecs of 2 tensors"), std::string::npos);
}

TEST(RunMessage, RefusesMoreOffloadsThanItsLimit) {
  RunRequest request = offloading_example();
  request.route[0].offloads.resize(Limits{}.offloads + 1, request.route[0].offloads[0]);
  EXPECT_FALSE(decode_request(encode(request)).ok());
  request.route[0].offloads.pop_back();
  EXPECT_TRUE(decode_request(encode(request)).ok());
}

TEST(RunMessage, CarriesReportsOfOffloads) {
  RunReply sent;
  sent.id = 7;
  sent.hops = {{"edge", 1.5, 0, 0, 0, 0, {{"cloud", 2.5, 4.5, 100, 0.25, 0.125}}}};
  const auto reply = decode_reply(encode(sent));
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  const auto& offloads = reply.value().hops.at(0).offloads;
  ASSERT_EQ(offloads.size(), 1U);
  EXPECT_EQ(offloads[0].target, "cloud");
  EXPECT_EQ(offloads[0].compute_ms, 2.5);
  EXPECT_EQ(offloads[0].exchange_ms, 4.5);
  EXPECT_EQ(offloads[0].sent_bytes, 100);
  sent.hops[0].offloads[0].offloads = {{"another"}};
  EXPECT_FALSE(decode_reply(encode(sent)).ok()) << "offloads have none of their own";
}

// Straight to the hop after the next, which awaits it.
RunRequest depositing_example() {
  RunRequest request = example();
  const std::string key(kDepositKeyBytes, 'k');
  request.route[0].deposits = {{"cloud", key, {"x", "y"}, {copying_codec(), ""}}};
  request.route.back().awaits = {key};
  return request;
}

TEST(RunMessage, CarriesDeposits) {
  const RunRequest sent = depositing_example();
  const auto request = decode_request(encode(sent));
  ASSERT_TRUE(request.ok()) << request.error().message();
  ASSERT_EQ(request.value().route.at(0).deposits.size(), 1U);
  const Deposit& deposit = request.value().route[0].deposits[0];
  EXPECT_EQ(deposit.target, "cloud");
  EXPECT_EQ(deposit.key, sent.route[0].deposits[0].key);
  EXPECT_EQ(deposit.forwards, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(deposit.codecs, (std::vector<std::string>{copying_codec(), ""}));
  EXPECT_EQ(request.value().route.back().awaits, std::vector<std::string>{deposit.key});
}

TEST(RunMessage, RefusesDepositsWithoutAKeyOrWithTooManyCodecs) {
  const auto refused = [](const auto& change) {
    RunRequest request = depositing_example();
    change(request);
    const auto decoded = decode_request(encode(request));
    return decoded.ok() ? "" : decoded.error().message();
  };
  EXPECT_NE(refused([](RunRequest& each) {
              each.route[0].deposits[0].key.pop_back();
            }).find("the key of a deposit has 15 bytes, expected 16"),
            std::string::npos);
  EXPECT_NE(refused([](RunRequest& each) { each.route.back().awaits[0] = ""; }).find("has 0 bytes, expected 16"),
            std::string::npos);
  EXPECT_NE(
      refused([](RunRequest& each) { each.route[0].deposits[0].codecs.pop_back(); }).find("1 codecs of 2 tensors"),
      std::string::npos);
  EXPECT_NE(refused([](RunRequest& each) { each.route[0].deposits[0].target.resize(5000, 'x'); }).find("target's name"),
            std::string::npos);
}

TEST(RunMessage, RefusesMoreDepositsThanARouteHasHops) {
  RunRequest request = depositing_example();
  request.route[0].deposits.resize(Limits{}.hops + 1, request.route[0].deposits[0]);
  EXPECT_FALSE(decode_request(encode(request)).ok());
  request.route[0].deposits.pop_back();
  EXPECT_TRUE(decode_request(encode(request)).ok());
  request.route.back().awaits.resize(Limits{}.hops + 1, request.route[0].deposits[0].key);
  EXPECT_FALSE(decode_request(encode(request)).ok());
}

TEST(RunMessage, CarriesReportsOfDeposits) {
  RunReply sent;
  sent.id = 7;
  HopReport edge{.target = "edge", .waited_ms = 1.5};
  edge.deposits = {{.target = "cloud", .exchange_ms = 4.5, .sent_bytes = 100, .waited_ms = 2.5}};
  sent.hops = {edge};
  const auto reply = decode_reply(encode(sent));
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  const HopReport& hop = reply.value().hops.at(0);
  EXPECT_EQ(hop.waited_ms, 1.5);
  ASSERT_EQ(hop.deposits.size(), 1U);
  EXPECT_EQ(hop.deposits[0].target, "cloud");
  EXPECT_EQ(hop.deposits[0].exchange_ms, 4.5);
  EXPECT_EQ(hop.deposits[0].sent_bytes, 100);
  EXPECT_EQ(hop.deposits[0].waited_ms, 2.5);
  sent.hops[0].deposits[0].deposits = {{"another"}};
  EXPECT_FALSE(decode_reply(encode(sent)).ok()) << "deposits have none of their own";
}

TEST(RunMessage, RefusesExitsWithInvalidNumbers) {
  for (const auto& [threshold, temperature] :
       std::vector<std::pair<double, double>>{{NAN, 1}, {0.5, NAN}, {0.5, 0}, {INFINITY, 1}}) {
    RunRequest request = example();
    request.route[0].exits[0].threshold = threshold;
    request.route[0].exits[0].temperature = temperature;
    const auto decoded = decode_request(encode(request));
    ASSERT_FALSE(decoded.ok());
    EXPECT_NE(decoded.error().message().find("exit 'early'"), std::string::npos) << decoded.error().message();
  }
}

// One tensor in the message itself, one in pieces, and one as it is.
RunRequest encoded_example() {
  RunRequest request = example();
  request.route[0].forwards = {"x", "y"};
  request.route[0].codecs = {copying_codec(), ""};
  request.encoded = {encoded(request.tensors[0]), announced(request.tensors[0], 5)};
  return request;
}

TEST(RunMessage, CarriesEncodedTensors) {
  const wire::Segments message = encode(encoded_example());
  EXPECT_TRUE(announces_pieces(message));
  const auto request = decode_request(message);
  ASSERT_TRUE(request.ok()) << request.error().message();
  EXPECT_EQ(request.value().route[0].codecs, (std::vector<std::string>{copying_codec(), ""}));
  EXPECT_EQ(request.value().tensors.size(), 3U);
  const auto& tensors = request.value().encoded;
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_EQ(tensors[0].codec, copying_codec());
  EXPECT_EQ(tensors[0].type, example().tensors[0].tensor.type());
  EXPECT_EQ(base::relative_difference(tensors[0].content, encoded_example().encoded[0].content), 0);
  EXPECT_EQ(tensors[1].pieces, 5U);
  EXPECT_EQ(tensors[1].content.size(), 0U);
}

TEST(RunMessage, AnnouncesPiecesOnlyWhereSomeFollow) {
  EXPECT_FALSE(announces_pieces(encode(example())));
  RunRequest request = encoded_example();
  request.encoded.pop_back();
  EXPECT_FALSE(announces_pieces(encode(request)));
  EXPECT_FALSE(announces_pieces({}));
  std::vector<std::byte> bytes = flatten(encode(encoded_example()));
  bytes[6] = std::byte{0};
  EXPECT_FALSE(decode_bytes(bytes).ok()) << "its header says otherwise";
}

TEST(RunMessage, RefusesImpossibleEncodedTensors) {
  const auto is_refused = [](const std::function<void(EncodedTensor & single, EncodedTensor & several)>& change) {
    RunRequest request = encoded_example();
    change(request.encoded[0], request.encoded[1]);
    return !decode_request(encode(request)).ok();
  };
  EXPECT_FALSE(is_refused([](auto&, auto&) {}));
  EXPECT_TRUE(is_refused([](auto& single, auto&) { single.codec = "int8"; }));
  EXPECT_TRUE(is_refused([](auto& single, auto&) { single.pieces = 0; }));
  EXPECT_TRUE(is_refused([](auto& single, auto&) { single.pieces = 2; }));
  EXPECT_TRUE(is_refused([](auto&, auto& several) { several.pieces = 1u << 30; }));
  EXPECT_TRUE(is_refused([](auto&, auto& several) { several.type.shape = {1 << 20, 1 << 10}; }));
  EXPECT_TRUE(is_refused([](auto&, auto& several) { several.type.element = ElementType::String; }));
}

TEST(RunMessage, CountsEncodedTensorsByTheirDecodedSize) {
  RunRequest request;
  for (int i = 0; i < 3; ++i) request.encoded.push_back(announced({"x", floats({1})}, 2));
  for (EncodedTensor& tensor : request.encoded) tensor.type.shape = {25 << 20};
  const auto refused = decode_request(encode(request));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::ResourceExhausted) << "three times 100 MiB";
  request.encoded.pop_back();
  EXPECT_TRUE(decode_request(encode(request)).ok());
}

TEST(RunMessage, RefusesCodecsThatAreNotOneForEachTensor) {
  RunRequest request = encoded_example();
  request.route[0].codecs.pop_back();
  EXPECT_FALSE(decode_request(encode(request)).ok());
  request.route[0].codecs = {copying_codec(), "int8"};
  EXPECT_FALSE(decode_request(encode(request)).ok());
}

TEST(RunMessage, LeavesOutTheDeadlineThatARequestDoesNotHave) {
  EXPECT_TRUE(decode_request(encode(RunRequest{})).value().deadline.is_never());
}

TEST(RunMessage, CopiesNoTensorOnTheWayOut) {
  const RunRequest request = example();
  bool is_there = false;
  for (const wire::Segment& segment : encode(request)) {
    is_there =
        is_there || (segment.bytes.data() == request.tensors[0].tensor.bytes().data() && segment.owner != nullptr);
  }
  EXPECT_TRUE(is_there);
}

TEST(RunMessage, ViewsTensorsOfAContiguousOwnedFrame) {
  const std::vector<std::byte> bytes = flatten(encode(example()));
  base::Tensor memory = base::Tensor::allocate({ElementType::UInt8, {static_cast<std::int64_t>(bytes.size())}});
  base::copy_bytes(bytes, memory);
  const wire::Segment whole{memory.owner(), memory.bytes()};
  const auto request = decode_request(std::span(&whole, 1));
  ASSERT_TRUE(request.ok());
  const std::byte* const at = request.value().tensors[0].tensor.bytes().data();
  EXPECT_GE(at, memory.bytes().data());
  EXPECT_LT(at, memory.bytes().data() + memory.size());
}

TEST(RunMessage, AlignsEveryTensorTo64) {
  const auto request = decode_request(encode(example()));
  for (const base::NamedTensor& named : request.value().tensors) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(named.tensor.bytes().data()) % 64, 0U) << named.name;
  }
}

TEST(RunMessage, DecodesTheSameFromPiecesOfAnySize) {
  const std::vector<std::byte> bytes = flatten(encode(example()));
  for (const std::size_t size : {1U, 7U, 64U, 100U}) {
    wire::Segments pieces;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      pieces.push_back({nullptr, std::span(bytes).subspan(at, std::min(size, bytes.size() - at))});
      pieces.push_back({});
    }
    const auto request = decode_request(pieces);
    ASSERT_TRUE(request.ok()) << request.error().message();
    EXPECT_EQ(request.value().tensors[0].tensor.values<float>()[5], 6);
    EXPECT_EQ(request.value().tensors[1].tensor.values<std::uint8_t>()[4], 5);
  }
}

TEST(RunMessage, CarriesAnErrorBack) {
  const auto reply = decode_reply(encode(3, base::Error(ErrorKind::Refused, "not of this fleet")));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::Refused);
  EXPECT_EQ(reply.error().message(), "not of this fleet");
}

TEST(RunMessage, TellsRequestsFromReplies) {
  const auto reply = decode_reply(encode(example()));
  EXPECT_EQ(reply.error().kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(reply.error().message(), "run message: kind 1, expected 2");
}

TEST(RunMessage, RefusesEveryTruncation) {
  const std::vector<std::byte> bytes = flatten(encode(encoded_example()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_bytes(std::span(bytes).first(size)).ok()) << size;
  }
}

TEST(RunMessage, RefusesAnotherVersion) {
  std::vector<std::byte> bytes = flatten(encode(example()));
  bytes[4] = std::byte{2};
  EXPECT_EQ(decode_bytes(bytes).error().kind(), ErrorKind::Unsupported);
  EXPECT_EQ(decode_bytes(bytes).error().message(), "run message: version 2, expected 1");
}

TEST(RunMessage, RefusesSizesThatDisagreeWithShapes) {
  const auto fails = [](const v1::RequestHeader& header, std::size_t payload_bytes) {
    return !decode_bytes(message_of(header, payload_bytes)).ok();
  };
  EXPECT_TRUE(decode_bytes(message_of(header_with(1, {2}, 8), 8)).ok());
  EXPECT_TRUE(fails(header_with(1, {2}, 4), 4));
  EXPECT_TRUE(fails(header_with(1, {2}, 8), 12));
  EXPECT_TRUE(fails(header_with(1, {2}, 8), 4));
  EXPECT_TRUE(fails(header_with(1, {-2}, 8), 8));
  EXPECT_TRUE(fails(header_with(8, {2}, 8), 8));   // strings have no size
  EXPECT_TRUE(fails(header_with(99, {2}, 8), 8));  // no such type
}

TEST(RunMessage, RefusesGiantSizesBeforeTakingMemory) {
  const std::int64_t giant = std::int64_t{1} << 39;
  EXPECT_FALSE(decode_bytes(message_of(header_with(1, {giant}, std::uint64_t{1} << 41), 8)).ok());
  EXPECT_FALSE(decode_bytes(message_of(header_with(2, {giant, giant}, 8), 8)).ok());
  std::vector<std::byte> bytes = flatten(encode(example()));
  std::memset(&bytes[16], 0xff, 8);  // the payload's length
  EXPECT_EQ(decode_bytes(bytes).error().kind(), ErrorKind::ResourceExhausted);
  bytes = flatten(encode(example()));
  std::memset(&bytes[8], 0xff, 4);  // the header's
  EXPECT_EQ(decode_bytes(bytes).error().kind(), ErrorKind::ResourceExhausted);
}

TEST(RunMessage, KeepsEveryLimit) {
  const std::vector<std::byte> bytes = flatten(encode(example()));
  const auto is_refused = [&](auto change) {
    Limits limits;
    change(limits);
    return !decode_bytes(bytes, limits).ok();
  };
  EXPECT_FALSE(is_refused([](Limits&) {}));
  EXPECT_TRUE(is_refused([&](Limits& limits) { limits.message_bytes = bytes.size() - 1; }));
  EXPECT_TRUE(is_refused([](Limits& limits) { limits.header_bytes = 16; }));
  EXPECT_TRUE(is_refused([](Limits& limits) { limits.tensors = 2; }));
  EXPECT_TRUE(is_refused([](Limits& limits) { limits.hops = 1; }));
  EXPECT_TRUE(is_refused([](Limits& limits) { limits.parts = 1; }));
  EXPECT_TRUE(is_refused([](Limits& limits) { limits.exits = 1; }));
  EXPECT_TRUE(is_refused([](Limits& limits) { limits.name_bytes = 4; }));
  EXPECT_TRUE(is_refused([](Limits& limits) { limits.rank = 2; }));
}

TEST(RunMessage, RefusesAHeaderThatWouldUnfoldIntoMillionsOfObjects) {
  v1::RequestHeader header;
  for (int i = 0; i < 400'000; ++i) header.add_route();
  const auto request = decode_bytes(message_of(header, 0));
  ASSERT_FALSE(request.ok());
  EXPECT_NE(request.error().message().find("limits"), std::string::npos) << request.error().message();
}

// Flips bits, overwrites words, cuts and grows; the seed is fixed. ASan and UBSan say the rest.
TEST(RunMessage, SurvivesMutations) {
  const std::vector<std::byte> original = flatten(encode(encoded_example()));
  std::mt19937 random(20240229);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes = original;
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] ^= static_cast<std::byte>(1U << random() % 8);
          break;
        case 1:
          bytes[at] = static_cast<std::byte>(random() % 2 == 0 ? 0xff : random());
          break;
        case 2:
          bytes.resize(1 + random() % (2 * original.size()));
          break;
        default:
          std::swap(bytes[at], bytes[random() % bytes.size()]);
          break;
      }
    }
    const auto request = decode_bytes(bytes);
    EXPECT_TRUE(request.ok() || !request.error().message().empty());
  }
}

TEST(RunMessage, SurvivesRandomBytesAfterAValidPrelude) {
  std::mt19937 random(7);
  for (int round = 0; round < 5'000; ++round) {
    v1::RequestHeader header;
    std::vector<std::byte> bytes = message_of(header, 0);
    const std::uint32_t size = 1 + random() % 200;
    bytes.resize((24 + size + 63) / 64 * 64);
    std::memcpy(&bytes[8], &size, sizeof(size));
    for (std::size_t i = 24; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(random());
    EXPECT_NO_THROW(static_cast<void>(decode_bytes(bytes)));
  }
}

}  // namespace
}  // namespace tandem::rpc
