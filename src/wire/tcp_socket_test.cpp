// Sockets of connections over loopback: their options, and what the kernel tells of them.
#include "wire/tcp_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "wire/connection.h"
#include "wire/server.h"

namespace tandem::wire {
namespace {

class Echo : public CallHandler {
 public:
  std::optional<Segments> take(Segments message) override { return message; }
};

Segments message_of(std::size_t bytes) {
  const auto owner = std::make_shared<const std::string>(bytes, 'x');
  return {{owner, std::as_bytes(std::span(*owner))}};
}

struct TcpSocketTest : testing::Test {
  Server server{"127.0.0.1:0", [](const std::string&, const CallTerms&) { return std::make_unique<Echo>(); }, {}, {}};

  Connection connect(const Limits& limits) {
    return {"edge", "127.0.0.1:" + std::to_string(server.port()), {}, limits, "edge"};
  }
  static void exchange(Connection& connection, std::size_t bytes) {
    const auto reply =
        connection.exchange("/test/Echo", message_of(bytes), base::Deadline::after(base::Milliseconds(10'000)));
    ASSERT_TRUE(reply) << reply.error().message();
  }
};

TEST_F(TcpSocketTest, CountsTheBytesOfItsConnection) {
  Connection connection = connect({});
  EXPECT_FALSE(connection.tcp_state());
  exchange(connection, 10'000);
  const auto first = connection.tcp_state();
  exchange(connection, 100'000);
  const auto second = connection.tcp_state();
  ASSERT_TRUE(first && second);
  EXPECT_GE(first->sent_bytes, 10'000u);
  EXPECT_GE(second->sent_bytes - first->sent_bytes, 100'000u);
  EXPECT_LT(second->sent_bytes, 150'000u);
  EXPECT_EQ(second->retransmitted_share(), 0);
  EXPECT_GT(second->round_trip_ms, 0);
  EXPECT_LE(second->least_round_trip_ms, second->round_trip_ms);
  EXPECT_GT(second->delivery_mbps, 0);
  EXPECT_GT(second->segment_bytes, 500u);
}

TEST_F(TcpSocketTest, UsesTheCongestionControlThatWasChosen) {
  Limits limits;
  limits.congestion_control = "reno";  // that every kernel has
  Connection connection = connect(limits);
  exchange(connection, 1);
  EXPECT_EQ(connection.tcp_state()->congestion_control, "reno");
}

TEST_F(TcpSocketTest, KeepsTheSystemsCongestionControlWhereAnotherIsMissing) {
  const base::Descriptor untouched(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Limits limits;
  limits.congestion_control = "no-such-name";
  Connection connection = connect(limits);
  exchange(connection, 1);
  EXPECT_EQ(connection.tcp_state()->congestion_control, tcp_state(untouched.number())->congestion_control);
}

TEST_F(TcpSocketTest, SendsSmallMessagesAtOnce) {
  const base::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  tune_socket(socket.number(), "");
  int value = 0;
  socklen_t size = sizeof value;
  ASSERT_EQ(::getsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
  EXPECT_EQ(value, 1);
}

TEST(TcpState, IsUnknownOfOtherDescriptors) {
  const base::Descriptor datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_FALSE(tcp_state(datagrams.number()));
  EXPECT_FALSE(tcp_state(-1));
}

}  // namespace
}  // namespace tandem::wire
