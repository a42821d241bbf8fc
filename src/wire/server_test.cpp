// A server of a service that knows nothing of Tandem, over loopback, in one process.
#include "wire/server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "wire/connection.h"

namespace tandem::wire {
namespace {

using base::ErrorKind;

base::Deadline soon() {
  return base::Deadline::after(base::Milliseconds(10'000));
}

Segments segments_of(const std::string& text) {
  const auto owner = std::make_shared<const std::string>(text);
  return {{owner, std::as_bytes(std::span(*owner))}};
}

std::string text_of(const Segments& segments) {
  std::string text;
  for (const Segment& segment : segments)
    text.append(reinterpret_cast<const char*>(segment.bytes.data()), segment.bytes.size());
  return text;
}

// Answers each message with all that came before it.
class Gathering : public CallHandler {
 public:
  std::optional<Segments> take(Segments message) override {
    if (text_of(message) == "quiet") return std::nullopt;
    if (text_of(message) == "fail") throw base::Error(ErrorKind::NotFound, "no such thing");
    if (text_of(message) == "break") throw std::runtime_error("a bug");
    return segments_of(gathered_ += text_of(message));
  }
  void finish() override {
    if (gathered_.empty()) throw base::Error(ErrorKind::InvalidInput, "nothing came");
  }

 private:
  std::string gathered_;
};

class Unary : public Gathering {
 public:
  bool is_unary() const override { return true; }
};

// Waits until its client has gone, and tells.
std::promise<std::optional<base::Deadline>> abandoned;
class Waiting : public Unary {
 public:
  explicit Waiting(const CallTerms& terms) : terms_(terms) {}
  std::optional<Segments> take(Segments) override {
    std::promise<void> gone;
    const std::stop_callback tell(terms_.cancelled, [&] { gone.set_value(); });
    gone.get_future().wait();
    abandoned.set_value(terms_.deadline);
    return std::nullopt;
  }

 private:
  const CallTerms terms_;
};

std::unique_ptr<CallHandler> open_call(const std::string& method, const CallTerms& terms) {
  if (method == "/test.Service/Gather") return std::make_unique<Gathering>();
  if (method == "/test.Service/Once") return std::make_unique<Unary>();
  if (method == "/test.Service/Wait") return std::make_unique<Waiting>(terms);
  return nullptr;
}

class WireServerTest : public testing::Test {
 protected:
  base::Result<Segments> call(const std::string& message) {
    return connection.call("/test.Service/Once", segments_of(message), soon());
  }
  base::Result<Segments> exchange(const std::string& message) {
    return connection.exchange("/test.Service/Gather", segments_of(message), soon());
  }

  Server server{"127.0.0.1:0", open_call, Credentials{}};
  Connection connection{"peer", "127.0.0.1:" + std::to_string(server.port()), {}, {}, "peer"};
};

TEST_F(WireServerTest, AnswersAUnaryCall) {
  EXPECT_EQ(text_of(call("once").value()), "once");
  EXPECT_EQ(text_of(call("again").value()), "again") << "a handler of its own";
}

TEST_F(WireServerTest, TellsAHandlerOfTheDeadlineAndThatTheClientHasGone) {
  abandoned = {};
  const auto deadline = base::Deadline::after(base::Milliseconds(50));
  const auto reply = connection.call("/test.Service/Wait", segments_of("?"), deadline);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::DeadlineExceeded);
  EXPECT_EQ(reply.error().message(), "peer: no answer by the deadline");
  const auto known = abandoned.get_future().get();
  EXPECT_FALSE(known->is_never());
  EXPECT_LT(known->remaining(), base::Milliseconds(1000));
}

TEST_F(WireServerTest, PassesACancellationOnAndKeepsTheConnection) {
  abandoned = {};
  std::stop_source caller;
  auto waiting = std::async(std::launch::async, [&] {
    return connection.exchange("/test.Service/Wait", segments_of("?"), base::Deadline::never(), {}, caller.get_token());
  });
  caller.request_stop();
  const auto reply = waiting.get();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::Unavailable);
  EXPECT_EQ(reply.error().message(), "peer: the request was cancelled");
  EXPECT_EQ(text_of(exchange("next").value()), "next");
}

TEST_F(WireServerTest, KeepsAHandlerForAsLongAsAStreamIsOpen) {
  EXPECT_EQ(text_of(exchange("a").value()), "a");
  EXPECT_EQ(text_of(exchange("b").value()), "ab");
}

TEST_F(WireServerTest, CarriesRequestsOfSeveralMessages) {
  int rest = 3;
  const auto next = [&]() -> std::optional<Segments> {
    if (rest == 0) return std::nullopt;
    return segments_of(--rest == 0 ? "last" : "quiet");
  };
  const auto answer = connection.exchange("/test.Service/Gather", segments_of("quiet"), soon(), next);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(text_of(answer.value()), "last");
}

TEST_F(WireServerTest, CarriesAMessageOfManySegments) {
  Segments message;
  std::string whole;
  for (const std::size_t size : {1u, 100u, 300u, 70'000u}) {
    message.push_back(segments_of(std::string(size, 'x')).front());
    whole.append(size, 'x');
  }
  const auto answer = connection.call("/test.Service/Once", message, soon());
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(text_of(answer.value()), whole);
}

TEST_F(WireServerTest, RefusesAnUnknownMethod) {
  EXPECT_EQ(connection.call("/test.Service/None", segments_of("x"), soon()).error().kind(), ErrorKind::Unsupported);
}

TEST_F(WireServerTest, EndsACallWithTheErrorOfItsHandler) {
  EXPECT_EQ(call("fail").error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(call("fail").error().message(), "peer: no such thing");
  EXPECT_EQ(call("break").error().kind(), ErrorKind::Internal);
  EXPECT_EQ(exchange("fail").error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(text_of(exchange("next").value()), "next");
}

TEST_F(WireServerTest, TellsAHandlerThatTheClientHasFinished) {
  const auto finish = [](Stream& stream) { return stream.finish(soon()); };
  const base::Status ended = connection.with_stream("/test.Service/Gather", finish);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind(), ErrorKind::InvalidInput);
}

class Vital : public Unary {
 public:
  bool is_vital() const override { return true; }
};

std::unique_ptr<CallHandler> open_vital_call(const std::string& method, const CallTerms& terms) {
  return method == "/test.Service/Vital" ? std::make_unique<Vital>() : open_call(method, terms);
}

// Calls that are open and never send a message.
class SilentCalls {
 public:
  explicit SilentCalls(int port)
      : stub_(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())) {}
  ~SilentCalls() {
    for (auto& call : calls_) call->context.TryCancel();
    void* tag = nullptr;
    bool is_fine = false;
    queue_.Shutdown();
    while (queue_.Next(&tag, &is_fine)) {
    }
  }
  void open(const std::string& method) {
    auto& call = *calls_.emplace_back(std::make_unique<Call>());
    call.stream = stub_.PrepareCall(&call.context, method, &queue_);
    call.stream->StartCall(nullptr);
    call.stream->Finish(&call.status, &call);
  }
  void wait_until_ended(std::size_t count) {
    void* tag = nullptr;
    bool is_fine = false;
    while (count > 0 && queue_.Next(&tag, &is_fine)) count -= tag != nullptr;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    grpc::Status status;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  };
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Call>> calls_;
};

class FullServer : public testing::Test {
 protected:
  Server server{"127.0.0.1:0", open_vital_call, Credentials{}, Limits{.streams = 2, .unary_calls = 2}};
};

TEST_F(FullServer, GivesThePlaceOfSilentCallsToOthers) {
  SilentCalls silent(server.port());
  for (int i = 0; i < 20; ++i) silent.open(i % 2 == 0 ? "/test.Service/Once" : "/test.Service/Gather");
  silent.wait_until_ended(16);  // two places each are left to them; none comes later and takes that of an honest call
  Connection connection("peer", "127.0.0.1:" + std::to_string(server.port()), {}, {}, "peer");
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(connection.call("/test.Service/Once", segments_of("x"), soon()).ok());
    EXPECT_TRUE(connection.exchange("/test.Service/Gather", segments_of("x"), soon()).ok());
  }
}

TEST_F(FullServer, GivesThePlaceOfIdleStreamsToOthers) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 4; ++i) {
    connections.push_back(std::make_unique<Connection>("peer", "127.0.0.1:" + std::to_string(server.port()),
                                                       Credentials{}, Limits{}, "peer"));
    const auto answer = connections.back()->exchange("/test.Service/Gather", segments_of("x"), soon());
    EXPECT_TRUE(answer.ok()) << answer.error().message();
  }
}

// Waits for messages of no bytes: not for long.
class Impatient : public Gathering {
 public:
  std::size_t most_message_bytes(std::size_t) const override { return 0; }
};

std::unique_ptr<CallHandler> open_impatient_call(const std::string& method, const CallTerms& terms) {
  if (method == "/test.Service/Impatient") return std::make_unique<Impatient>();
  return open_call(method, terms);
}

TEST(ServerWithTimeLimits, EndsACallWhoseMessageTakesTooLong) {
  Server server("127.0.0.1:0", open_impatient_call, Credentials{}, Limits{.message_time = base::Milliseconds(20)});
  Connection connection("peer", "127.0.0.1:" + std::to_string(server.port()), {}, {}, "peer");
  EXPECT_TRUE(connection.exchange("/test.Service/Gather", segments_of("x"), soon()).ok());
  SilentCalls silent(server.port());
  for (int i = 0; i < 3; ++i) silent.open("/test.Service/Impatient");
  silent.wait_until_ended(3);
  const auto answer = connection.exchange("/test.Service/Gather", segments_of("y"), soon());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(text_of(answer.value()), "xy") << "one whose messages may be large has more time";
}

TEST(ServerWithABudget, ChargesItsShareForAsLongAsItLives) {
  const auto budget = std::make_shared<base::MemoryBudget>(64 << 20);
  const Limits limits = within_budget({.memory = budget});
  EXPECT_EQ(limits.message_bytes, std::size_t{8} << 20);
  EXPECT_LT(limits.connections.all * streams_of_a_connection(limits) * 16384, budget->bytes() / 4);
  {
    const Server server("127.0.0.1:0", open_call, Credentials{}, limits);
    EXPECT_EQ(budget->used(), budget->bytes() / 4);
    Connection connection("peer", "127.0.0.1:" + std::to_string(server.port()), {}, {}, "peer");
    EXPECT_TRUE(connection.exchange("/test.Service/Gather", segments_of("x"), soon()).ok());
  }
  EXPECT_EQ(budget->used(), 0u);
}

// Where handlers wait until the test lets go.
struct Hold {
  std::promise<void> end;
  std::shared_future<void> ended = end.get_future().share();
  std::atomic<int> waiting{0};
};

class Busy : public CallHandler {
 public:
  explicit Busy(Hold& hold) : hold_(hold) {}
  std::optional<Segments> take(Segments message) override {
    ++hold_.waiting;
    hold_.ended.wait();
    return message;
  }
  bool is_unary() const override { return true; }

 private:
  Hold& hold_;
};

TEST(BusyServer, RefusesFurtherCallsAndStillAnswersVitalOnes) {
  Hold hold;
  const auto open = [&](const std::string& method, const CallTerms& terms) -> std::unique_ptr<CallHandler> {
    if (method == "/test.Service/Busy") return std::make_unique<Busy>(hold);
    return open_vital_call(method, terms);
  };
  Server server("127.0.0.1:0", open, Credentials{}, Limits{.streams = 1, .unary_calls = 2});
  Connection connection("peer", "127.0.0.1:" + std::to_string(server.port()), {}, {}, "peer");
  const auto call = [&](const char* method) { return connection.call(method, segments_of("x"), soon()); };
  std::vector<std::future<base::Result<Segments>>> calls;
  for (int i = 0; i < 2; ++i) calls.push_back(std::async(std::launch::async, call, "/test.Service/Busy"));
  while (hold.waiting < 2) std::this_thread::yield();
  const auto refused = call("/test.Service/Once");
  const auto vital = call("/test.Service/Vital");
  hold.end.set_value();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::ResourceExhausted);
  EXPECT_TRUE(vital.ok());
  for (auto& busy : calls) EXPECT_TRUE(busy.get().ok());
}

std::string refusal_to_listen(const std::string& address) {
  try {
    const Server server(address, open_call, Credentials{});
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

TEST_F(WireServerTest, SaysWhyItCannotListen) {
  const std::string taken = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(refusal_to_listen(taken), taken + ": cannot listen there: Address already in use");
}

TEST(WireServer, RefusesAddressesOfOtherForms) {
  for (const std::string address : {"127.0.0.1", "127.0.0.1:65536", "::1:7101", "http://localhost:1", "unix:/tmp/x"})
    EXPECT_TRUE(refusal_to_listen(address).starts_with("'" + address + "' is no address: ")) << address;
}

TEST(Segments, AreJoinedWhereThereAreSeveral) {
  std::vector<std::byte> storage;
  const Segments one = segments_of("whole");
  EXPECT_EQ(contiguous(one, storage).data(), one.front().bytes.data());
  Segments two = segments_of("ha");
  two.push_back(segments_of("lf").front());
  EXPECT_EQ(size_of(two), 4u);
  EXPECT_EQ(contiguous(two, storage).size(), 4u);
  EXPECT_EQ(static_cast<char>(contiguous(two, storage)[3]), 'f');
}

}  // namespace
}  // namespace tandem::wire
