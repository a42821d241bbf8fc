// Real sockets on loopback. Time is bounded from below only: a slow machine makes no test fail.
#include "link/emulator.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <future>
#include <thread>

#include "link/socket.h"

namespace tandem::link {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A blocking socket with a time limit, so that a lost byte fails a test instead of hanging it.
class Peer {
 public:
  explicit Peer(Descriptor socket) : socket_(std::move(socket)) {
    const timeval limit{20, 0};
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  static Peer connected_to(int port) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in address = loopback(port);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket.reset();
    return Peer(std::move(socket));
  }
  bool is_open() const { return socket_.is_open(); }
  const Descriptor& socket() const { return socket_; }

  void send(const std::string& text) const {
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t count = ::send(socket_.number(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (count <= 0) return;
      done += static_cast<std::size_t>(count);
    }
  }
  // Up to `bytes`; fewer when the stream ended or was reset.
  std::string receive(std::size_t bytes) const {
    std::string text(bytes, '\0');
    std::size_t done = 0;
    while (done < bytes) {
      const ssize_t count = ::recv(socket_.number(), text.data() + done, bytes - done, 0);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
  }
  bool is_at_end() const {
    char byte;
    return ::recv(socket_.number(), &byte, 1, 0) == 0;
  }
  bool is_reset() const {
    char byte;
    return ::recv(socket_.number(), &byte, 1, 0) < 0 && errno == ECONNRESET;
  }
  bool has_input_within(std::chrono::milliseconds span) const {
    pollfd entry{socket_.number(), POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(span.count())) > 0;
  }
  void finish_writing() const { ::shutdown(socket_.number(), SHUT_WR); }
  void close() { socket_.reset(); }
  void reset() {
    reset_on_close(socket_);
    socket_.reset();
  }

 private:
  Descriptor socket_;
};

// A target that accepts connections from the emulator.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = loopback(0);
    EXPECT_EQ(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_.number(), 512), 0);
  }
  Peer accept() const { return Peer(Descriptor(::accept(socket_.number(), nullptr, nullptr))); }
  std::string address() const { return "127.0.0.1:" + std::to_string(local_port(socket_)); }

 private:
  Descriptor socket_;
};

class LinkEmulatorTest : public testing::Test {
 protected:
  struct Pair {
    Peer client;
    Peer server;
  };
  Pair connect() {
    Peer client = Peer::connected_to(emulator_.port());
    return {std::move(client), listener_.accept()};
  }
  void set(const LinkConditions& conditions) { ASSERT_TRUE(emulator_.set(conditions).ok()); }
  void wait_until_no_connection_is_open() {
    for (int i = 0; i < 2000 && emulator_.report().connections_open > 0; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(emulator_.report().connections_open, 0);
  }

  Listener listener_;
  LinkEmulator emulator_{{.target = listener_.address()}};
};

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>((i * 7 + i / 251) % 253);
  return text;
}

int open_descriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

TEST_F(LinkEmulatorTest, ForwardsBothWaysUnchanged) {
  const Pair pair = connect();
  const std::string request = pattern(3'000'000);
  const std::string reply = pattern(2'000'000);
  auto echo = std::async(std::launch::async, [&] {
    std::string received = pair.server.receive(request.size());
    pair.server.send(reply);
    return received;
  });
  pair.client.send(request);
  EXPECT_EQ(pair.client.receive(reply.size()), reply);
  EXPECT_EQ(echo.get(), request);
  EXPECT_EQ(emulator_.report().up_bytes, request.size());
  EXPECT_EQ(emulator_.report().down_bytes, reply.size());
}

TEST_F(LinkEmulatorTest, NoByteArrivesBeforeBandwidthAndDelayAllow) {
  set({.up_mbps = 10, .down_mbps = 10, .one_way_delay = base::Milliseconds(5)});
  const Pair pair = connect();
  for (int i = 0; i < 3; ++i) {
    const auto start = Clock::now();
    pair.client.send(std::string(19'000, 'x'));
    EXPECT_EQ(pair.server.receive(19'000).size(), 19'000);
    EXPECT_GE(Clock::now() - start, 15'200us + 5ms);
    std::this_thread::sleep_for(20ms);
  }
}

TEST_F(LinkEmulatorTest, ARoundTripTakesTwiceTheDelay) {
  set({.one_way_delay = base::Milliseconds(20)});
  const Pair pair = connect();
  const auto start = Clock::now();
  pair.client.send("a");
  pair.server.send(pair.server.receive(1));
  EXPECT_EQ(pair.client.receive(1), "a");
  EXPECT_GE(Clock::now() - start, 40ms);
}

TEST_F(LinkEmulatorTest, NewConditionsApplyToBytesUnderWay) {
  set({.up_mbps = 0.001});
  const Pair pair = connect();
  pair.client.send(std::string(100'000, 'x'));
  EXPECT_FALSE(pair.server.has_input_within(50ms));
  set({});
  EXPECT_EQ(pair.server.receive(100'000).size(), 100'000);
}

TEST_F(LinkEmulatorTest, AStallHoldsBytesAndKeepsTheConnection) {
  const Pair pair = connect();
  set({.stalled = true});
  pair.client.send("hello");
  EXPECT_FALSE(pair.server.has_input_within(100ms));
  set({});
  EXPECT_EQ(pair.server.receive(5), "hello");
}

TEST_F(LinkEmulatorTest, ACutResetsConnectionsAndRefusesNewOnesUntilRestored) {
  const Pair pair = connect();
  set({.cut = true});
  EXPECT_TRUE(pair.client.is_reset());
  EXPECT_TRUE(pair.server.is_reset());
  EXPECT_FALSE(Peer::connected_to(emulator_.port()).is_open());
  set({});
  const Pair again = connect();
  again.client.send("back");
  EXPECT_EQ(again.server.receive(4), "back");
}

TEST_F(LinkEmulatorTest, RepeatedCutsKeepThePort) {
  for (int i = 0; i < 50; ++i) {
    set({.cut = true});
    set({});
    EXPECT_TRUE(connect().client.is_open());
  }
}

TEST_F(LinkEmulatorTest, HalfCloseLeavesTheOtherDirectionOpen) {
  const Pair pair = connect();
  pair.client.send("question");
  pair.client.finish_writing();
  EXPECT_EQ(pair.server.receive(100), "question");
  pair.server.send("answer");
  EXPECT_EQ(pair.client.receive(6), "answer");
  EXPECT_EQ(emulator_.report().connections_open, 1);
}

TEST_F(LinkEmulatorTest, BytesOfADepartedClientStillArriveInOrder) {
  set({.up_mbps = 50, .one_way_delay = base::Milliseconds(30)});
  Pair pair = connect();
  const std::string text = pattern(300'000);
  pair.client.send(text);
  pair.client.close();
  EXPECT_EQ(pair.server.receive(text.size()), text);
  EXPECT_TRUE(pair.server.is_at_end());
  pair.server.close();
  wait_until_no_connection_is_open();
}

TEST_F(LinkEmulatorTest, AResetCrossesTheLink) {
  set({.one_way_delay = base::Milliseconds(30)});
  Pair pair = connect();
  const auto start = Clock::now();
  pair.client.reset();
  EXPECT_TRUE(pair.server.is_reset());
  EXPECT_GE(Clock::now() - start, 30ms);
  wait_until_no_connection_is_open();
}

TEST_F(LinkEmulatorTest, AResetFreesAConnectionWhoseBytesNobodyReads) {
  Pair pair = connect();
  std::thread writer([&] { pair.client.send(pattern(20'000'000)); });
  std::this_thread::sleep_for(50ms);
  pair.server.reset();
  writer.join();
  wait_until_no_connection_is_open();
}

TEST_F(LinkEmulatorTest, ASlowReaderHoldsItsSenderBackAndGetsEverything) {
  const Pair slow = connect();
  const std::string text = pattern(20'000'000);
  std::thread writer([&] { slow.client.send(text); });
  std::this_thread::sleep_for(100ms);
  EXPECT_LT(emulator_.report().up_bytes, text.size());
  const Pair other = connect();
  other.client.send("x");
  EXPECT_EQ(other.server.receive(1), "x");
  EXPECT_EQ(slow.server.receive(text.size()), text);
  writer.join();
}

TEST_F(LinkEmulatorTest, ConnectionsShareTheBandwidth) {
  set({.up_mbps = 20});
  const Pair first = connect();
  const Pair second = connect();
  const auto start = Clock::now();
  first.client.send(std::string(50'000, 'x'));
  second.client.send(std::string(50'000, 'x'));
  EXPECT_EQ(first.server.receive(50'000).size(), 50'000);
  EXPECT_EQ(second.server.receive(50'000).size(), 50'000);
  EXPECT_GE(Clock::now() - start, 40ms);
}

TEST_F(LinkEmulatorTest, ThousandsOfShortConnectionsLeaveNothingBehind) {
  const int before = open_descriptors();
  for (int i = 0; i < 2000; ++i) {
    Pair pair = connect();
    pair.client.send("x");
    if (i % 3 == 0) pair.client.reset();
    if (i % 3 == 1) pair.server.reset();
  }
  wait_until_no_connection_is_open();
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(emulator_.report().connections_accepted, 2000);
}

TEST_F(LinkEmulatorTest, AnIdleEmulatorUsesNoProcessorTime) {
  set({.up_mbps = 10, .one_way_delay = base::Milliseconds(5)});
  Pair finished = connect();
  finished.client.finish_writing();
  Pair idle = connect();
  Pair stuck = connect();
  set({.stalled = true});
  stuck.client.send(std::string(100'000, 'x'));
  stuck.client.close();
  std::this_thread::sleep_for(50ms);
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.1);
}

TEST_F(LinkEmulatorTest, PlaysATrace) {
  const Pair pair = connect();
  const auto start = Clock::now();
  emulator_.play(BandwidthTrace::parse("0 0\n60 100000\n", "t"), AtEnd::Hold);
  EXPECT_TRUE(emulator_.report().is_playing_trace);
  pair.client.send("x");
  EXPECT_EQ(pair.server.receive(1), "x");
  EXPECT_GE(Clock::now() - start, 60ms);
}

TEST_F(LinkEmulatorTest, WaitsQuietlyForDescriptorsWhenTheProcessHasNoneLeft) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  const rlimit exhausted{static_cast<rlim_t>(socket.number()) + 1, limit.rlim_max};  // the lowest free one was taken
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &exhausted), 0);
  const sockaddr_in address = loopback(emulator_.port());
  ASSERT_EQ(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const Peer client(std::move(socket));
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(250ms);
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.1);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  client.send("x");
  EXPECT_EQ(listener_.accept().receive(1), "x");
}

TEST_F(LinkEmulatorTest, RefusesBadConditionsAndKeepsTheOldOnes) {
  set({.up_mbps = 5});
  EXPECT_FALSE(emulator_.set({.up_mbps = -5}).ok());
  EXPECT_EQ(emulator_.report().conditions.up_mbps, 5);
}

TEST_F(LinkEmulatorTest, StopResetsConnectionsAndMayBeRepeated) {
  const Pair pair = connect();
  emulator_.stop();
  EXPECT_TRUE(pair.client.is_reset());
  EXPECT_FALSE(Peer::connected_to(emulator_.port()).is_open());
  EXPECT_TRUE(emulator_.set({}).ok());
  emulator_.stop();
}

TEST_F(LinkEmulatorTest, MayBeSetFromManyThreadsWhileBytesFlow) {
  const Pair pair = connect();
  const std::string text = pattern(3'000'000);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { pair.client.send(text); });
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) EXPECT_TRUE(emulator_.set({.up_mbps = i % 10 * 100.0, .stalled = i % 4 == 0}).ok());
      EXPECT_TRUE(emulator_.set({}).ok());
    });
  }
  EXPECT_EQ(pair.server.receive(text.size()), text);
  for (std::thread& thread : threads) thread.join();
}

TEST(LinkEmulator, ATargetThatIsNotThereResetsTheClient) {
  LinkEmulator emulator({.target = Listener().address()});
  EXPECT_TRUE(Peer::connected_to(emulator.port()).is_reset());
}

TEST(LinkEmulator, MayStartCut) {
  const Listener listener;
  LinkEmulator emulator({.target = listener.address(), .conditions = {.cut = true}});
  EXPECT_FALSE(Peer::connected_to(emulator.port()).is_open());
  EXPECT_TRUE(emulator.set({}).ok());
  EXPECT_TRUE(Peer::connected_to(emulator.port()).is_open());
}

TEST(LinkEmulator, LetsFurtherClientsWaitAtItsLimit) {
  const Listener listener;
  LinkEmulator emulator({.target = listener.address(), .max_connections = 1});
  Peer first = Peer::connected_to(emulator.port());
  const Peer first_server = listener.accept();
  const Peer second = Peer::connected_to(emulator.port());
  second.send("x");
  EXPECT_EQ(emulator.report().connections_open, 1);
  first.reset();
  EXPECT_EQ(listener.accept().receive(1), "x");
}

TEST(LinkEmulator, RefusesToListenBeyondLoopback) {
  const auto listen = [](const char* address) {
    const LinkEmulator emulator({.listen = address, .target = "127.0.0.1:1"});
  };
  EXPECT_THROW(listen("0.0.0.0:0"), base::Error);
  EXPECT_THROW(listen("nonsense"), base::Error);
  EXPECT_THROW(listen("127.0.0.1:99999"), base::Error);
}

TEST(LinkEmulator, SaysThatAPortIsTaken) {
  const Listener listener;
  try {
    const LinkEmulator emulator({.listen = listener.address(), .target = "127.0.0.1:1"});
    FAIL() << emulator.port();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::Unavailable);
    EXPECT_NE(error.message().find("Address already in use"), std::string::npos) << error.message();
  }
}

TEST(LinkEmulator, WorksOverIpv6) {
  try {
    LinkEmulator emulator({.listen = "[::1]:0", .target = "127.0.0.1:1"});
    EXPECT_GT(emulator.port(), 0);
  } catch (const base::Error&) {
    GTEST_SKIP() << "no IPv6 loopback on this machine";
  }
}

}  // namespace
}  // namespace tandem::link
