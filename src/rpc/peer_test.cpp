// Peer against Server, over loopback, in one process.
#include "rpc/peer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <future>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "rpc/testing.h"

namespace tandem::rpc {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;

// The longest wait that a busy machine may add. With a missed deadline, these tests would wait for a minute.
constexpr double kSlackMs = 2000;

double elapsed_ms(const std::function<void()>& action) {
  const base::Instant start = base::steady_clock().now();
  action();
  return Milliseconds(base::steady_clock().now() - start).count();
}

// A part with two weights, one of them in several chunks.
struct Offer {
  std::vector<base::Tensor> weights{base::Tensor::allocate({base::ElementType::Float32, {700'000}}), floats({1, 2})};
  PartOffer part;

  Offer() {
    std::memset(weights[0].mutable_bytes().data(), 3, weights[0].size());
    part.digest = std::string(64, 'd');
    part.graph = "a graph";
    part.inputs = {{"x", {base::ElementType::Float32, {1, 3}}}};
    for (const base::Tensor& weight : weights) {
      part.weights.push_back({"w", weight.type(), base::digest_of(weight.bytes())});
    }
  }
};

class PeerTest : public testing::Test {
 protected:
  FakeHandler handler;
  std::optional<Server> server{std::in_place, "127.0.0.1:0", handler, Credentials{}};
  const int port = server->port();
  Peer peer{"edge", local(port), Credentials{}};

  void restart() {
    server.reset();
    server.emplace(local(port), handler, Credentials{});
  }
  // A handler that does not come back until the test ends.
  void answer_never() {
    handler.on_run = [this](RunRequest request) {
      never_.get_future().wait();
      return RunReply{request.id, {}, {}};
    };
  }
  void TearDown() override { never_.set_value(); }

 private:
  std::promise<void> never_;
};

TEST_F(PeerTest, CarriesTensorsOfSeveralTypesThereAndBack) {
  RunRequest request{7, soon(), {{"edge", {"part"}, {}, {"a", "b"}}}, {}};
  const std::int64_t longs[] = {-1, std::int64_t{1} << 60};
  const std::uint8_t bytes[] = {1, 2, 3};
  request.tensors.push_back({"a", base::Tensor::of<std::int64_t>({base::ElementType::Int64, {2, 1}}, longs)});
  request.tensors.push_back({"b", base::Tensor::of<std::uint8_t>({base::ElementType::UInt8, {3}}, bytes)});
  request.tensors.push_back({"scalar", base::Tensor::of<float>({base::ElementType::Float32, {}}, std::array{2.5F})});
  request.tensors.push_back({"nothing", base::Tensor::allocate({base::ElementType::Float16, {0, 4}})});
  const auto reply = peer.run(request);
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  ASSERT_EQ(reply.value().tensors.size(), request.tensors.size());
  for (std::size_t i = 0; i < request.tensors.size(); ++i) {
    EXPECT_EQ(reply.value().tensors[i].name, request.tensors[i].name);
    EXPECT_EQ(base::relative_difference(reply.value().tensors[i].tensor, request.tensors[i].tensor), 0);
  }
}

TEST_F(PeerTest, CarriesTheRouteTheDeadlineAndTheHopReports) {
  handler.on_run = [](RunRequest request) {
    EXPECT_EQ(request.route.at(1).target, "cloud");
    EXPECT_EQ(request.route.at(1).parts.at(0), "p2");
    EXPECT_EQ(request.route.at(0).forwards.at(0), "x");
    EXPECT_GT(request.deadline.remaining().count(), 1000);
    EXPECT_LE(request.deadline.remaining().count(), 10'000);
    EXPECT_EQ(request.route.at(0).codecs.at(0), copying_codec());
    return RunReply{request.id, {}, {{"edge", 1.5, 2.5, 602, 0.5, 0.25}}};
  };
  RunRequest request = request_of(floats({1}));
  request.route = {{"edge", {"p1"}, {"x"}, {}}, {"cloud", {"p2"}, {}, {"y"}}};
  request.route[0].codecs = {copying_codec()};
  const auto reply = peer.run(request);
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_EQ(reply.value().hops.at(0).exchange_ms, 2.5);
  EXPECT_EQ(reply.value().hops.at(0).sent_bytes, 602);
  EXPECT_EQ(reply.value().hops.at(0).encode_ms, 0.5);
  EXPECT_EQ(reply.value().hops.at(0).decode_ms, 0.25);
}

// Tensors that come in pieces, over one connection.
class PiecesTest : public PeerTest {
 protected:
  static base::Tensor large(std::size_t size = 300'000) {
    std::vector<float> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i % 1013);
    return floats(std::move(values));
  }
  void expect_arrives(const RunRequest& request, const base::Tensor& tensor) {
    const auto reply = peer.run(request);
    ASSERT_TRUE(reply.ok()) << reply.error().message();
    ASSERT_FALSE(reply.value().tensors.empty());
    EXPECT_EQ(base::relative_difference(reply.value().tensors.back().tensor, tensor), 0);
  }
  CopyingSource& source_of(const RunRequest& request) { return static_cast<CopyingSource&>(*request.pieces); }
};

TEST_F(PiecesTest, CarriesATensorInPiecesOfAnyNumber) {
  for (const std::uint32_t pieces : {2u, 3u, 40u}) expect_arrives(request_in_pieces({{"x", large()}}, pieces), large());
}

TEST_F(PiecesTest, CarriesASmallTensorInTheRequestItself) {
  RunRequest request{7, soon()};
  request.encoded.push_back(encoded({"x", floats({1, 2, 3})}));
  expect_arrives(request, floats({1, 2, 3}));
}

TEST_F(PiecesTest, UsesOneStreamForRequestsOfEveryKind) {
  handler.on_run = [](RunRequest request) -> base::Result<RunReply> {
    if (request.tensors.size() > 1) return base::Error(ErrorKind::NotFound, "no such part");
    return RunReply{request.id, std::move(request.tensors), {}};
  };
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(through.run(request_in_pieces({{"x", large()}}, 5)).ok());
    const auto failed = through.run(request_in_pieces({{"x", large()}, {"y", large()}}, 5));
    EXPECT_EQ(failed.error().message(), "edge: no such part");
    ASSERT_TRUE(through.run(request_of(floats({1}))).ok());
  }
  EXPECT_EQ(relay.connections(), 1);
}

TEST_F(PiecesTest, DecodesWhileLaterPiecesAreBeingMade) {
  RunRequest request = request_in_pieces({{"x", large()}}, 8);
  source_of(request).before_piece = [&](std::size_t number) {
    const Deadline patience = soon();
    while (handler.decoded_pieces < static_cast<int>(number) - 1 && !patience.has_passed()) std::this_thread::yield();
    EXPECT_GE(handler.decoded_pieces, static_cast<int>(number) - 1);
  };
  expect_arrives(request, large());
}

TEST_F(PiecesTest, MakesPiecesWhileEarlierOnesAreOnTheirWay) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  ASSERT_TRUE(through.run(request_of(floats({1}))).ok());
  RunRequest request = request_in_pieces({{"x", large(8000)}}, 8);
  source_of(request).before_piece = [&](std::size_t number) {
    if (number == 0) relay.stall(true);
    if (number < 7) return;
    EXPECT_EQ(handler.decoded_pieces, 0);
    relay.stall(false);
  };
  EXPECT_TRUE(through.run(request).ok());
}

TEST_F(PiecesTest, ReportsAMissingCodec) {
  for (const std::uint32_t pieces : {1u, 30u}) {
    RunRequest request = request_in_pieces({{"x", large()}}, pieces);
    if (pieces == 1) request.encoded[0] = encoded({"x", large()});
    request.encoded[0].codec = std::string(64, 'f');
    EXPECT_EQ(peer.run(request).error().kind(), ErrorKind::NotFound) << pieces;
    EXPECT_TRUE(peer.run(request_of(floats({1}))).ok());
  }
}

TEST_F(PiecesTest, EndsWithTheErrorOfAPieceThatCannotBeMade) {
  RunRequest request = request_in_pieces({{"x", large()}}, 8);
  source_of(request).before_piece = [](std::size_t number) {
    if (number == 3) throw base::Error(ErrorKind::Unsupported, "not a number");
  };
  EXPECT_EQ(peer.run(request).error().kind(), ErrorKind::Unsupported);
  EXPECT_TRUE(peer.run(request_of(floats({1}))).ok());
}

TEST_F(PiecesTest, SaysUnavailableWhenThePeerIsLostBetweenPieces) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  RunRequest request = request_in_pieces({{"x", large()}}, 8);
  source_of(request).before_piece = [&](std::size_t number) {
    if (number == 3) relay.cut();
  };
  const double taken_ms = elapsed_ms([&] { EXPECT_EQ(through.run(request).error().kind(), ErrorKind::Unavailable); });
  EXPECT_LT(taken_ms, kSlackMs);
  EXPECT_TRUE(through.run(request_in_pieces({{"x", large()}}, 8)).ok());
}

TEST_F(PiecesTest, KeepsTheDeadlineBetweenPiecesOnAStalledLink) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  ASSERT_TRUE(through.run(request_of(floats({1}))).ok());
  RunRequest request = request_in_pieces({{"x", large(16 << 20)}}, 16);
  request.deadline = Deadline::after(Milliseconds(100));
  source_of(request).before_piece = [&](std::size_t number) {
    if (number == 1) relay.stall(true);
  };
  const double taken_ms =
      elapsed_ms([&] { EXPECT_EQ(through.run(request).error().kind(), ErrorKind::DeadlineExceeded); });
  EXPECT_LT(taken_ms, 100 + kSlackMs);
  relay.stall(false);
}

TEST_F(PeerTest, CarriesLargeFrames) {
  base::Tensor tensor = base::Tensor::allocate({base::ElementType::UInt8, {48 << 20}});
  for (std::size_t i = 0; i < tensor.size(); i += 4096) tensor.mutable_bytes()[i] = static_cast<std::byte>(i >> 12);
  const auto reply = peer.run(request_of(tensor));
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_TRUE(std::ranges::equal(reply.value().tensors[0].tensor.bytes(), tensor.bytes()));
}

TEST_F(PeerTest, UsesOneConnectionForManyRuns) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(through.run(request_of(floats({1}))).ok());
  EXPECT_EQ(relay.connections(), 1);
}

TEST_F(PeerTest, RunsFromManyThreadsAtOnce) {
  std::vector<std::future<bool>> runs;
  for (int thread = 0; thread < 8; ++thread) {
    runs.push_back(std::async(std::launch::async, [this, thread] {
      bool is_right = true;
      for (int i = 0; i < 50; ++i) {
        const auto reply = peer.run(request_of(floats({static_cast<float>(thread)})));
        is_right =
            is_right && reply.ok() && reply.value().tensors[0].tensor.values<float>()[0] == static_cast<float>(thread);
      }
      return is_right;
    }));
  }
  for (auto& run : runs) EXPECT_TRUE(run.get());
}

TEST_F(PeerTest, CarriesTheKindOfEveryErrorBack) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::Internal); ++kind) {
    handler.on_run = [kind](RunRequest) { return base::Error(static_cast<ErrorKind>(kind), "what happened"); };
    const auto reply = peer.run(request_of(floats({1})));
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().kind(), static_cast<ErrorKind>(kind));
    EXPECT_EQ(reply.error().message(), "edge: what happened");
    handler.on_probe = [kind](const ProbeRequest&) {
      return base::Error(static_cast<ErrorKind>(kind), "no such link");
    };
    EXPECT_EQ(peer.probe({"cloud"}, soon()).error().kind(), static_cast<ErrorKind>(kind));
  }
}

TEST_F(PeerTest, TurnsExceptionsOfTheHandlerIntoErrors) {
  handler.on_run = [](RunRequest) -> base::Result<RunReply> { throw std::runtime_error("a bug"); };
  EXPECT_EQ(peer.run(request_of(floats({1}))).error().kind(), ErrorKind::Internal);
  handler.on_run = [](RunRequest) -> base::Result<RunReply> { throw base::Error(ErrorKind::NotFound, "no such part"); };
  EXPECT_EQ(peer.run(request_of(floats({1}))).error().kind(), ErrorKind::NotFound);
  handler.on_run = [](RunRequest) -> base::Result<RunReply> { throw std::bad_alloc(); };
  EXPECT_EQ(peer.run(request_of(floats({1}))).error().kind(), ErrorKind::ResourceExhausted);
}

TEST_F(PeerTest, ReturnsByTheDeadlineWhenTheHandlerNeverAnswers) {
  answer_never();
  const double taken_ms = elapsed_ms([&] {
    const auto reply = peer.run(request_of(floats({1}), Deadline::after(Milliseconds(50))));
    EXPECT_EQ(reply.error().kind(), ErrorKind::DeadlineExceeded);
  });
  EXPECT_GE(taken_ms, 49);
  EXPECT_LT(taken_ms, 50 + kSlackMs);
}

TEST_F(PeerTest, ServesOthersWhileOneHandlerIsBusy) {
  answer_never();
  auto busy = std::async(std::launch::async,
                         [&] { return peer.run(request_of(floats({1}), Deadline::after(Milliseconds(300)))); });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(peer.describe(Deadline::after(Milliseconds(5000))).ok());
  EXPECT_EQ(busy.get().error().kind(), ErrorKind::DeadlineExceeded);
}

TEST_F(PeerTest, RefusesADeadlineThatHasPassed) {
  EXPECT_EQ(peer.run(request_of(floats({1}), Deadline::after(Milliseconds(-1)))).error().kind(),
            ErrorKind::DeadlineExceeded);
}

TEST_F(PeerTest, SaysUnavailableAtOnceWhenNobodyListens) {
  server.reset();
  const double taken_ms = elapsed_ms([&] {
    EXPECT_EQ(peer.run(request_of(floats({1}))).error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(peer.describe(soon()).error().kind(), ErrorKind::Unavailable);
  });
  EXPECT_LT(taken_ms, kSlackMs);
}

TEST_F(PeerTest, WorksAgainAtOnceAfterARestart) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(peer.run(request_of(floats({1}))).ok());
    server.reset();
    EXPECT_EQ(peer.run(request_of(floats({1}))).error().kind(), ErrorKind::Unavailable);
    restart();
    const auto reply = peer.run(request_of(floats({1})));
    EXPECT_TRUE(reply.ok()) << reply.error().message();
  }
}

TEST_F(PeerTest, NoticesThatAnIdleStreamHasDied) {
  ASSERT_TRUE(peer.run(request_of(floats({1}))).ok());
  restart();
  const auto reply = peer.run(request_of(floats({1})));
  EXPECT_TRUE(reply.ok()) << reply.error().message();
}

TEST_F(PeerTest, SaysUnavailableWhenThePeerIsLostInMidRequest) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  std::promise<void> has_begun;
  std::promise<void> may_end;
  handler.on_run = [&, is_first = true](RunRequest request) mutable {
    if (std::exchange(is_first, false)) {
      has_begun.set_value();
      may_end.get_future().wait();
    }
    return RunReply{request.id, {}, {}};
  };
  auto lost = std::async(std::launch::async, [&] { return through.run(request_of(floats({1}))); });
  has_begun.get_future().wait();
  const double taken_ms = elapsed_ms([&] {
    relay.cut();
    EXPECT_EQ(lost.get().error().kind(), ErrorKind::Unavailable);
  });
  EXPECT_LT(taken_ms, kSlackMs);
  EXPECT_TRUE(through.run(request_of(floats({1}))).ok());
  may_end.set_value();
}

TEST_F(PeerTest, KeepsTheDeadlineOnAStalledLink) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  ASSERT_TRUE(through.run(request_of(floats({1}))).ok());
  relay.stall(true);
  for (int i = 0; i < 3; ++i) {
    const double taken_ms = elapsed_ms([&] {
      const auto reply =
          through.run(request_of(floats(std::vector<float>(1 << 20)), Deadline::after(Milliseconds(60))));
      EXPECT_EQ(reply.error().kind(), ErrorKind::DeadlineExceeded) << reply.error().message();
    });
    EXPECT_LT(taken_ms, 60 + kSlackMs);
  }
  relay.stall(false);
  const auto reply = through.run(request_of(floats({1})));
  EXPECT_TRUE(reply.ok()) << reply.error().message();
}

TEST_F(PeerTest, ConnectsAnewWhenAStalledLinkStaysSilent) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  ASSERT_TRUE(through.run(request_of(floats({1}))).ok());
  relay.stall(true);
  const auto lost = through.run(request_of(floats({1}), Deadline::after(Milliseconds(1050))));
  EXPECT_EQ(lost.error().kind(), ErrorKind::DeadlineExceeded);
  relay.stall(false);
  EXPECT_TRUE(through.run(request_of(floats({1}))).ok());
  EXPECT_EQ(relay.connections(), 2);
}

TEST_F(PeerTest, KeepsTheDeadlineOfOrdinaryCallsAndUploadsOnAStalledLink) {
  Relay relay(port);
  Peer through("edge", relay.address(), {});
  ASSERT_TRUE(through.describe(soon()).ok());
  relay.stall(true);
  const Offer offer;
  PartOffer large = offer.part;
  large.graph.resize(8 << 20);
  for (const PartOffer& part : {offer.part, large}) {
    const double taken_ms = elapsed_ms([&] {
      const auto status = through.upload(part, offer.weights, Deadline::after(Milliseconds(60)));
      EXPECT_EQ(status.error().kind(), ErrorKind::DeadlineExceeded) << status.error().message();
    });
    EXPECT_LT(taken_ms, 60 + kSlackMs);
  }
}

TEST_F(PeerTest, DescribesMeasuresAndChecksHealth) {
  EXPECT_TRUE(peer.check_health(soon()).ok());
  const auto description = peer.describe(soon());
  ASSERT_TRUE(description.ok());
  EXPECT_EQ(description.value().slowdown, 8);
  EXPECT_EQ(description.value().memory_bytes, std::int64_t{8} << 30);
  const auto measured = peer.measure({{std::string(64, 'a')}, 1, 3, true}, soon());
  ASSERT_TRUE(measured.ok()) << measured.error().message();
  EXPECT_EQ(measured.value().samples_ms, (std::vector<double>{1.5, 1.5, 1.5}));
  EXPECT_EQ(measured.value().kernels.at(0).op_type, "Conv");
  EXPECT_EQ(peer.measure({{"no digest"}, 1, 3, true}, soon()).error().kind(), ErrorKind::InvalidInput);
}

TEST_F(PeerTest, UploadsWeightsOnceAndLoadsThePart) {
  const Offer offer;
  std::size_t sent = 0;
  const auto count = [&](std::size_t bytes) { sent = bytes; };
  ASSERT_TRUE(peer.upload(offer.part, offer.weights, soon(), count).ok());
  EXPECT_EQ(sent, offer.weights[0].size() + offer.weights[1].size());
  auto stored = handler.weights();
  EXPECT_TRUE(std::ranges::equal(stored[offer.part.weights[0].digest].bytes(), offer.weights[0].bytes()));
  sent = 0;
  ASSERT_TRUE(peer.upload(offer.part, offer.weights, soon(), count).ok());
  EXPECT_EQ(sent, 0U);
  ASSERT_EQ(handler.loaded().size(), 2U);
  EXPECT_EQ(handler.loaded()[0].graph, "a graph");
  EXPECT_EQ(handler.loaded()[0].inputs, offer.part.inputs);
}

TEST_F(PeerTest, UploadsOtherBytesOnceAndReturnsTheirDigests) {
  const std::vector<base::Tensor> blobs{floats({1, 2}), floats({3}), floats({1, 2})};
  for (int i = 0; i < 2; ++i) {
    const auto digests = peer.upload_blobs(blobs, soon());
    ASSERT_TRUE(digests.ok()) << digests.error().message();
    ASSERT_EQ(digests.value().size(), 3U);
    EXPECT_EQ(digests.value()[1], base::digest_of(blobs[1].bytes()));
    EXPECT_EQ(digests.value()[0], digests.value()[2]);
  }
  EXPECT_EQ(handler.weights().size(), 2U);
}

TEST_F(PeerTest, MeasuresACodec) {
  MeasureRequest request{{}, 1, 2, false, std::string(64, 'c'), std::string(64, 'd'), floats({1, 2}).type()};
  const auto measured = peer.measure(request, soon());
  ASSERT_TRUE(measured.ok()) << measured.error().message();
  EXPECT_EQ(measured.value().encode_samples_ms, (std::vector<double>{1, 2}));
  EXPECT_EQ(measured.value().decode_samples_ms, (std::vector<double>{3, 4}));
  EXPECT_EQ(measured.value().encoded_bytes, 8);
  request.sample = "no digest";
  EXPECT_EQ(peer.measure(request, soon()).error().kind(), ErrorKind::InvalidInput);
}

TEST_F(PeerTest, MeasuresPartsOnGivenInputs) {
  MeasureRequest request{{std::string(64, 'a')}, 1, 2};
  request.inputs = {{"x", floats({1, 2}).type(), std::string(64, 'd')}};
  request.preparation = {std::string(64, 'b')};
  ASSERT_TRUE(peer.measure(request, soon()).ok());
  EXPECT_EQ(handler.measured().inputs.at(0).digest, request.inputs[0].digest);
  EXPECT_EQ(handler.measured().inputs.at(0).type, request.inputs[0].type);
  EXPECT_EQ(handler.measured().preparation, request.preparation);
  request.preparation = {"no digest"};
  EXPECT_EQ(peer.measure(request, soon()).error().kind(), ErrorKind::InvalidInput);
}

TEST_F(PeerTest, RefusesWeightsThatDoNotMatchTheirDigest) {
  Offer offer;
  offer.part.weights[1].digest = std::string(64, '0');
  const auto status = peer.upload(offer.part, offer.weights, soon());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::InvalidInput);
  EXPECT_FALSE(handler.weights().contains(offer.part.weights[1].digest));
  EXPECT_TRUE(handler.loaded().empty());
}

TEST_F(PeerTest, GlancesAtItsLink) {
  const auto report = glance_at_link(peer, 100'000, soon());
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_GT(report.value().round_trip_ms, 0);
  EXPECT_GT(report.value().upload_mbps, 1);
  EXPECT_EQ(report.value().download_mbps, 0);
}

TEST_F(PeerTest, RefusesQuickLooksOfAbsurdSizes) {
  handler.on_probe = [](const ProbeRequest& request) {
    return LinkReport{1, static_cast<double>(request.upload_bytes), 0, {}};
  };
  EXPECT_EQ(peer.probe({"cloud", 4096}, soon()).value().upload_mbps, 4096);
  EXPECT_FALSE(peer.probe({"cloud", -1}, soon()).ok());
  EXPECT_FALSE(peer.probe({"cloud", std::int64_t{1} << 40}, soon()).ok());
}

TEST_F(PeerTest, MeasuresItsLink) {
  const auto report = probe_link(peer, soon(), 5);
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(report.value().round_trips_ms.size(), 5U);
  EXPECT_GT(report.value().round_trip_ms, 0);
  EXPECT_GT(report.value().upload_mbps, 10);
  EXPECT_GT(report.value().download_mbps, 10);
}

}  // namespace
}  // namespace tandem::rpc
