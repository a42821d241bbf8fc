// A server under connections that say nothing, over loopback, in one process.
#include "wire/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "wire/connection.h"
#include "wire/server.h"

namespace tandem::wire {
namespace {

constexpr std::chrono::seconds kLongest{10};

// A TCP connection of a peer that need not speak.
class Peer {
 public:
  explicit Peer(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Peer() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Peer(Peer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), is_connected_(other.is_connected_) {}
  Peer& operator=(Peer&&) = delete;

  bool is_connected() const { return is_connected_; }
  void say(const std::string& text) const { ASSERT_EQ(::send(descriptor_, text.data(), text.size(), 0), text.size()); }
  // Whether the other side ends the connection in time.
  bool is_ended(std::chrono::milliseconds within = kLongest) const {
    timeval limit{within.count() / 1000, within.count() % 1000 * 1000};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char byte = 0;
    const auto received = ::recv(descriptor_, &byte, 1, 0);
    return received == 0 || (received < 0 && errno == ECONNRESET);
  }

 private:
  int descriptor_;
  bool is_connected_ = false;
};

// Accepted connections, kept open as a transport would.
class ListenerTest : public testing::Test {
 protected:
  ~ListenerTest() override {
    listener.stop();
    for (const int descriptor : taken) ::close(descriptor);
  }

  // Takes effect a moment after the peer has connected.
  bool has(std::size_t connections) const {
    const auto end = std::chrono::steady_clock::now() + kLongest;
    while (listener.connections() != connections && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return listener.connections() == connections;
  }
  void start() {
    listener.start([this](int descriptor) { taken.push_back(descriptor); });
  }

  Listener listener{ListeningSockets("127.0.0.1:0", {}), {.all = 4, .by_address = 2}};
  std::vector<int> taken;  // by the listener's thread
};

TEST_F(ListenerTest, EndsTheOldestSilentConnectionAtACap) {
  start();
  const Peer first(listener.port());
  ASSERT_TRUE(has(1));
  const Peer second(listener.port());
  ASSERT_TRUE(has(2));
  const Peer third(listener.port());
  EXPECT_TRUE(first.is_ended());
  EXPECT_FALSE(second.is_ended(std::chrono::milliseconds(20)));
  EXPECT_FALSE(third.is_ended(std::chrono::milliseconds(20)));
  EXPECT_TRUE(has(2));
}

TEST_F(ListenerTest, KeepsConnectionsThatSpeak) {
  start();
  const Peer first(listener.port());
  const Peer second(listener.port());
  ASSERT_TRUE(has(2));
  first.say("hello");
  second.say("hello");
  const Peer third(listener.port());
  EXPECT_TRUE(third.is_ended());
  EXPECT_FALSE(first.is_ended(std::chrono::milliseconds(20)));
}

TEST_F(ListenerTest, CountsAConnectionUntilItsOwnerClosesIt) {
  start();
  {
    const Peer peer(listener.port());
    ASSERT_TRUE(has(1));
    ::shutdown(taken.at(0), SHUT_RDWR);
    EXPECT_TRUE(has(0));
  }
}

TEST_F(ListenerTest, LetsConnectionsWaitUntilItStarts) {
  const Peer peer(listener.port());
  EXPECT_TRUE(peer.is_connected());
  start();
  EXPECT_TRUE(has(1));
}

TEST(Listening, TakesEveryAddressOfAName) {
  Listener listener(ListeningSockets("localhost:0", {}), {});
  EXPECT_GT(listener.port(), 0);
  const Peer peer(listener.port());
  EXPECT_TRUE(peer.is_connected());
}

// Answers every message with itself.
class Echo : public CallHandler {
 public:
  std::optional<Segments> take(Segments message) override { return message; }
  bool is_unary() const override { return true; }
};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator folder("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

class SilentCrowd : public testing::Test {
 protected:
  bool is_answered() {
    Connection connection("peer", "127.0.0.1:" + std::to_string(server.port()), {}, {}, "peer");
    const auto owner = std::make_shared<const std::string>("x");
    const Segments message = {{owner, std::as_bytes(std::span(*owner))}};
    const auto answer = connection.call("/test/Echo", message, base::Deadline::after(base::Milliseconds(10'000)));
    return answer.ok();
  }

  Server server{"127.0.0.1:0", [](const std::string&, const CallTerms&) { return std::make_unique<Echo>(); },
                Credentials{}, Limits{.connections = {.all = 16, .by_address = 16}}};
};

TEST_F(SilentCrowd, KeepsNobodyOut) {
  ASSERT_TRUE(is_answered());
  std::vector<Peer> crowd;
  for (int i = 0; i < 200; ++i) crowd.emplace_back(server.port());
  EXPECT_TRUE(is_answered());
}

// gRPC's own listener never accepts again after this.
TEST_F(SilentCrowd, LeavesTheServerListeningWhereNoDescriptorIsLeft) {
  ASSERT_TRUE(is_answered());
  const std::size_t before = open_descriptors();
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit few{before + 20, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<Peer> crowd;
  for (int i = 0; i < 30; ++i) crowd.emplace_back(server.port());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  crowd.clear();
  ::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_TRUE(is_answered());
}

}  // namespace
}  // namespace tandem::wire
