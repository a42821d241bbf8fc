// A server refuses, and survives, garbage and excess; it refuses to listen at unsafe addresses.
#include "rpc/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <random>

#include "rpc/methods.h"
#include "rpc/pieces.h"
#include "rpc/run_message.h"
#include "rpc/testing.h"
#include "wire/channel.h"
#include "wire/stream.h"

namespace tandem::rpc {
namespace {

using base::ErrorKind;

ErrorKind kind_of_failure(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error.kind();
  }
  return ErrorKind::Internal;
}

wire::Segments segments_of(const std::string& text) {
  auto owner = std::make_shared<std::string>(text);
  const auto bytes = std::as_bytes(std::span(*owner));
  return {{std::move(owner), bytes}};
}

std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

class ServerTest : public testing::Test {
 protected:
  FakeHandler handler;
  Limits limits;

  std::unique_ptr<Server> serve() { return std::make_unique<Server>("127.0.0.1:0", handler, Credentials{}, limits); }
  void expect_works(const Server& server) {
    Peer peer("edge", local(server.port()), {});
    const auto reply = peer.run(request_of(floats({1})));
    EXPECT_TRUE(reply.ok()) << reply.error().message();
  }
};

TEST_F(ServerTest, DoesNotListenBeyondLoopbackWithoutTls) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0", "127.0.0.1.example.org:0"}) {
    EXPECT_EQ(kind_of_failure([&] { Server server(address, handler, {}); }), ErrorKind::Refused) << address;
  }
  EXPECT_EQ(kind_of_failure([&] { Server server(":0", handler, {}); }), ErrorKind::InvalidInput);
}

TEST_F(ServerTest, ListensAnywhereWhenTheUserInsists) {
  Credentials credentials;
  credentials.allow_insecure = true;
  Server server("0.0.0.0:0", handler, credentials);
  expect_works(server);
}

TEST_F(ServerTest, SaysThatAPortIsInUse) {
  const auto server = serve();
  EXPECT_EQ(kind_of_failure([&] { Server second(local(server->port()), handler, {}); }), ErrorKind::Unavailable);
}

TEST_F(ServerTest, StopsWithoutDelayWhileStreamsAreIdle) {
  const auto server = serve();
  Peer peer("edge", local(server->port()), {});
  ASSERT_TRUE(peer.run(request_of(floats({1}))).ok());
  const base::Instant start = base::steady_clock().now();
  server->stop();
  EXPECT_LT(base::Milliseconds(base::steady_clock().now() - start).count(), 500);
}

TEST_F(ServerTest, EndsTheWaitOfCallersWhenItStops) {
  const auto server = serve();
  auto waiting = std::async(std::launch::async, [&] { server->wait(); });
  server->stop();
  waiting.get();
}

TEST_F(ServerTest, RefusesMoreStreamsThanItsLimit) {
  limits.streams = 2;
  const auto server = serve();
  std::promise<void> may_end;
  const auto end = may_end.get_future().share();
  std::promise<void> both;
  std::atomic<int> begun{0};
  handler.on_run = [&](RunRequest request) {
    if (++begun == 2) both.set_value();
    end.wait();
    return RunReply{request.id, {}, {}};
  };
  Peer peer("edge", local(server->port()), {});
  auto first = std::async(std::launch::async, [&] { return peer.run(request_of(floats({1}))).ok(); });
  auto second = std::async(std::launch::async, [&] { return peer.run(request_of(floats({1}))).ok(); });
  both.get_future().wait();
  EXPECT_EQ(peer.run(request_of(floats({1}))).error().kind(), ErrorKind::ResourceExhausted);
  may_end.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(peer.run(request_of(floats({1}))).ok());
}

TEST_F(ServerTest, RefusesFramesBeyondItsLimit) {
  limits.message_bytes = 64 << 10;
  const auto server = serve();
  Peer generous("edge", local(server->port()), {});
  EXPECT_EQ(generous.run(request_of(floats(std::vector<float>(32 << 10)))).error().kind(),
            ErrorKind::ResourceExhausted);
  Peer careful("edge", local(server->port()), {}, limits);
  EXPECT_EQ(careful.run(request_of(floats(std::vector<float>(32 << 10)))).error().kind(), ErrorKind::ResourceExhausted);
  EXPECT_TRUE(generous.run(request_of(floats({1}))).ok());
}

TEST_F(ServerTest, RefusesRepliesBeyondItsLimit) {
  limits.message_bytes = 64 << 10;
  const auto server = serve();
  handler.on_run = [](RunRequest request) {
    return RunReply{request.id, {{"y", floats(std::vector<float>(32 << 10))}}, {}};
  };
  Peer peer("edge", local(server->port()), {});
  EXPECT_EQ(peer.run(request_of(floats({1}))).error().kind(), ErrorKind::ResourceExhausted);
}

TEST_F(ServerTest, AnswersGarbageInAStreamWithAnErrorAndGoesOn) {
  const auto server = serve();
  const auto channel = wire::open_channel("edge", local(server->port()), {}, limits);
  wire::Stream stream(channel, kRunMethod, "edge");
  std::mt19937 random(1);
  for (const std::size_t size : {0, 1, 23, 24, 100, 5000}) {
    const auto answer = stream.exchange(segments_of(random_text(random, size)), soon());
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(decode_reply(answer.value()).error().kind(), ErrorKind::InvalidInput);
  }
  const auto answer = stream.exchange(encode(request_of(floats({1}))), soon());
  EXPECT_TRUE(decode_reply(answer.value()).ok());
}

// A client that breaks the protocol within a request in pieces.
class HostilePieces : public ServerTest {
 protected:
  HostilePieces() {
    MessageBuffers buffers;
    PieceSender sender(request, buffers);
    while (const auto message = sender.next()) pieces.push_back(wire::Segments{{message, *message}});
  }
  // The server's answer to the request followed by these messages.
  base::Result<RunReply> answer_to(const std::vector<wire::Segments>& messages) {
    wire::Stream stream(wire::open_channel("edge", local(server->port()), {}, limits), kRunMethod, "edge");
    std::size_t next = 0;
    const auto next_message = [&]() -> std::optional<wire::Segments> {
      if (next == messages.size()) return std::nullopt;
      return messages[next++];
    };
    const auto answer = stream.exchange(encode(request), next_message, soon());
    if (!answer) return answer.error();
    return decode_reply(answer.value());
  }

  RunRequest request = request_in_pieces({{"x", floats(std::vector<float>(3000, 1))}}, 3);
  std::vector<wire::Segments> pieces;
  std::unique_ptr<Server> server = serve();
};

TEST_F(HostilePieces, AreAnsweredWithAnErrorAndOthersGoOn) {
  EXPECT_TRUE(answer_to(pieces).ok());
  EXPECT_EQ(answer_to({pieces[1]}).error().kind(), ErrorKind::InvalidInput) << "out of order";
  EXPECT_EQ(answer_to({pieces[0], pieces[0]}).error().kind(), ErrorKind::InvalidInput) << "twice";
  EXPECT_EQ(answer_to({pieces[0], segments_of("garbage")}).error().kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(answer_to({segments_of("")}).error().kind(), ErrorKind::InvalidInput);
  const auto next_request = encode(request_of(floats({1})));
  EXPECT_EQ(answer_to({pieces[0], next_request}).error().kind(), ErrorKind::InvalidInput);
  expect_works(*server);
}

TEST_F(HostilePieces, AreRefusedBeyondTheLimit) {
  limits.message_bytes = 12'100;  // the decoded tensor, but not the heads of its pieces
  server = serve();
  request.route.clear();
  EXPECT_TRUE(answer_to(pieces).ok());
  limits.message_bytes = 12'010;
  server = serve();
  EXPECT_EQ(answer_to(pieces).error().kind(), ErrorKind::ResourceExhausted);
  limits.message_bytes = 11'000;
  server = serve();
  EXPECT_EQ(answer_to(pieces).error().kind(), ErrorKind::ResourceExhausted) << "of the declared size";
}

TEST_F(HostilePieces, GetAnErrorForOneThatBelongsToNoRequest) {
  wire::Stream stream(wire::open_channel("edge", local(server->port()), {}, limits), kRunMethod, "edge");
  const auto answer = stream.exchange(pieces[0], soon());
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(decode_reply(answer.value()).error().kind(), ErrorKind::InvalidInput);
}

TEST_F(HostilePieces, LeaveNothingBehindWhenTheyEndInTheMiddle) {
  wire::Stream stream(wire::open_channel("edge", local(server->port()), {}, limits), kRunMethod, "edge");
  ASSERT_TRUE(stream.send(encode(request), soon()).ok());
  ASSERT_TRUE(stream.send(pieces[0], soon()).ok());
  const base::Status ended = stream.finish(soon());
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind(), ErrorKind::InvalidInput);
  EXPECT_NE(ended.error().message().find("in the middle of a request"), std::string::npos) << ended.error().message();
  expect_works(*server);
}

TEST_F(HostilePieces, DoNotKeepAServerFromStopping) {
  wire::Stream stream(wire::open_channel("edge", local(server->port()), {}, limits), kRunMethod, "edge");
  ASSERT_TRUE(stream.send(encode(request), soon()).ok());
  const base::Instant start = base::steady_clock().now();
  server->stop();
  EXPECT_LT(base::Milliseconds(base::steady_clock().now() - start).count(), 3000);
}

TEST_F(ServerTest, RefusesGarbageForEveryMethod) {
  const auto server = serve();
  const auto channel = wire::open_channel("edge", local(server->port()), {}, limits);
  std::mt19937 random(2);
  for (const char* method :
       {kMissingMethod, kLoadMethod, kMeasureMethod, kProbeMethod, kHealthMethod, "/no/Such", "nonsense"}) {
    const auto answer = wire::Stream(channel, method, "edge").call(segments_of(random_text(random, 300)), soon());
    ASSERT_FALSE(answer.ok()) << method;
    EXPECT_NE(answer.error().kind(), ErrorKind::Unavailable) << method << answer.error().message();
  }
  for (const char* method : {kEchoMethod, kUploadMethod}) {
    wire::Stream stream(channel, method, "edge");
    EXPECT_FALSE(stream.exchange(segments_of("\xff\xff\xff"), soon()).ok()) << method;
  }
  expect_works(*server);
}

TEST_F(ServerTest, SurvivesGarbageOnItsPort) {
  const auto server = serve();
  std::mt19937 random(3);
  for (int i = 0; i < 20; ++i) {
    const int socket = connect_to(server->port());
    ASSERT_GE(socket, 0);
    std::string text = random_text(random, 1 + random() % 2000);
    if (i % 2 == 0) text = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + text;  // a good beginning, and then garbage
    static_cast<void>(::send(socket, text.data(), text.size(), MSG_NOSIGNAL));
    ::close(socket);
  }
  expect_works(*server);
}

}  // namespace
}  // namespace tandem::rpc
