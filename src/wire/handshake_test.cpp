// Connections that fail before their first call: each failure has its own line.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

#include "base/descriptor.h"
#include "wire/connection.h"
#include "wire/server.h"
#include "wire/test_certificates.h"

namespace tandem::wire {
namespace {

using base::ErrorKind;

class Echo : public CallHandler {
 public:
  std::optional<Segments> take(Segments message) override { return message; }
};

// Accepts one connection after the other and closes it; or holds them, silent.
class Listening {
 public:
  enum Habit { Closes, Answers, IsSilent };  // Answers: once it has read something, and closes

  explicit Listening(Habit habit, std::string greeting = {}) : greeting_(std::move(greeting)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_.number(), reinterpret_cast<sockaddr*>(&any), sizeof any);
    ::listen(socket_.number(), 16);
    if (habit != IsSilent) thread_ = std::thread([this, habit] { serve(habit); });
  }
  ~Listening() {
    ::shutdown(socket_.number(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  int port() const {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&bound), &size);
    return ntohs(bound.sin_port);
  }

 private:
  void serve(Habit habit) {
    while (true) {
      const base::Descriptor peer(::accept(socket_.number(), nullptr, nullptr));
      if (peer.number() < 0) return;
      std::array<char, 4096> ignored{};
      if (habit == Answers && ::read(peer.number(), ignored.data(), ignored.size()) <= 0) continue;
      ::send(peer.number(), greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
    }
  }

  const std::string greeting_;
  base::Descriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::thread thread_;
};

class HandshakeTest : public testing::Test {
 protected:
  TestFleet fleet;
  TestFleet other;
  Credentials laptop;

  HandshakeTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as programs do: OpenSSL writes to connections that are closed
    for (const auto* its : {&fleet, &other}) {
      its->issue("edge");
      its->issue("laptop");
    }
    laptop = fleet.credentials("laptop");
  }
  base::Error failure(int port, const Credentials& credentials, double within_ms = 10'000) {
    Connection connection("edge", "127.0.0.1:" + std::to_string(port), credentials, {}, "edge");
    const auto reply =
        connection.exchange("/test.Service/Echo", {}, base::Deadline::after(base::Milliseconds(within_ms)));
    return reply.ok() ? base::Error(ErrorKind::Internal, "no error") : reply.error();
  }
  void expect_failure(int port, const Credentials& credentials, ErrorKind kind, const std::string& line) {
    const base::Error error = failure(port, credentials);
    EXPECT_EQ(error.kind(), kind) << error.message();
    EXPECT_EQ(error.message(), "edge: " + line);
  }
};

constexpr const char* kClosed =
    "cannot connect: it closed the connection during the handshake: it stops, is no agent, or takes other certificates";
constexpr const char* kPlain =
    "cannot connect: it does not speak TLS: start the agent with --certs, or leave the certificates out here";

std::unique_ptr<CallHandler> open_call(const std::string&, const CallTerms&) {
  return std::make_unique<Echo>();
}

TEST_F(HandshakeTest, SaysThatAServerSpeaksNoTls) {
  const Server plain("127.0.0.1:0", open_call, Credentials{});
  expect_failure(plain.port(), laptop, ErrorKind::Refused, kPlain);
  const Listening http(Listening::Answers, "HTTP/1.1 400 Bad Request\r\n\r\n");
  expect_failure(http.port(), laptop, ErrorKind::Refused, kPlain);
}

TEST_F(HandshakeTest, SaysThatAServerClosedTheConnection) {
  for (const auto habit : {Listening::Closes, Listening::Answers}) {
    const Listening closing(habit);
    expect_failure(closing.port(), laptop, ErrorKind::Unavailable, kClosed);
    expect_failure(closing.port(), {}, ErrorKind::Unavailable, kClosed);
  }
}

TEST_F(HandshakeTest, SaysThatAServerIsOfAnotherFleet) {
  const Server foreign("127.0.0.1:0", open_call, other.credentials("edge"));
  expect_failure(foreign.port(), laptop, ErrorKind::Refused,
                 "cannot connect: its certificate is not of our authority (ca.pem), or has expired: is it of another "
                 "fleet?");
}

TEST_F(HandshakeTest, SaysThatAServerDoesNotTakeOurCertificate) {
  const Server foreign("127.0.0.1:0", open_call, other.credentials("edge"));
  Credentials trusting = *laptop.files->current();
  trusting.authority += other.credentials("laptop").authority;
  expect_failure(foreign.port(), trusting, ErrorKind::Unavailable, kClosed);
}

TEST_F(HandshakeTest, SaysThatAServerHasAnotherName) {
  fleet.issue("cloud");
  const Server cloud("127.0.0.1:0", open_call, fleet.credentials("cloud"));
  expect_failure(cloud.port(), laptop, ErrorKind::Refused,
                 "its certificate is that of 'cloud', expected 'edge' as a DNS name");
}

TEST_F(HandshakeTest, SaysThatAServerIsSilent) {
  const Listening silent(Listening::IsSilent);
  expect_failure(silent.port(), laptop, ErrorKind::Unavailable,
                 "cannot connect: it did not answer the TLS handshake in time");
  expect_failure(silent.port(), {}, ErrorKind::Unavailable,
                 "cannot connect: it did not answer in time: is it an agent?");
  EXPECT_EQ(failure(silent.port(), laptop, 300).kind(), ErrorKind::DeadlineExceeded);
}

TEST_F(HandshakeTest, SaysThatNobodyListens) {
  expect_failure(1, laptop, ErrorKind::Unavailable, "cannot connect: Connection refused");
}

}  // namespace
}  // namespace tandem::wire
