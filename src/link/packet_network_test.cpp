#include "link/packet_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <random>
#include <thread>

#include "base/descriptor.h"
#include "link/command.h"
#include "link/network_namespace.h"

namespace tandem::link {
namespace {

using base::Descriptor;
using base::Milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 7101;

sockaddr_in address_of(const std::string& address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(kPort);
  ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

// A socket belongs to the namespace that its thread was in; the thread itself ends there.
template <class Work>
auto within(const PacketNetwork::Namespace& place, const Work& work) {
  decltype(work()) result{};
  std::thread([&] {
    enter_network_of(place.process);
    result = work();
  }).join();
  return result;
}

Descriptor socket_in(const PacketNetwork::Namespace& place, int type) {
  return Descriptor(within(place, [&] { return ::socket(AF_INET, type | SOCK_CLOEXEC, 0); }));
}

Descriptor bound_in(const PacketNetwork::Namespace& place, int type) {
  Descriptor socket = socket_in(place, type);
  const sockaddr_in own = address_of(place.address);
  EXPECT_EQ(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
  return socket;
}

bool send_to(const Descriptor& socket, const PacketNetwork::Namespace& place, std::size_t bytes = 1472) {
  const std::vector<char> data(bytes, 'x');
  const sockaddr_in to = address_of(place.address);
  return ::sendto(socket.number(), data.data(), bytes, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) ==
         static_cast<ssize_t>(bytes);
}

bool receive_one(const Descriptor& socket) {
  std::array<char, 2000> data{};
  return ::recv(socket.number(), data.data(), data.size(), 0) > 0;
}

PacketNetworkOptions pair_with(const LinkConditions& conditions) {
  return {.links = {{"near", "far", conditions}}};
}

// Tests of packets on their way need the rights to make namespaces, as root has them.
class PacketNetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    try {
      PacketNetwork network(pair_with({}));
      (void)socket_in(network.namespaces()[0], SOCK_DGRAM);
    } catch (const base::Error& error) {
      GTEST_SKIP() << error.message();
    }
  }
};

struct Transfer {
  PacketNetwork network;
  Descriptor listener;
  Descriptor sender;
  Descriptor receiver;

  explicit Transfer(const LinkConditions& conditions)
      : network(pair_with(conditions)),
        listener(bound_in(network.find_namespace("far"), SOCK_STREAM)),
        sender(socket_in(network.find_namespace("near"), SOCK_STREAM)) {
    ::listen(listener.number(), 1);
    const sockaddr_in to = address_of(network.find_namespace("far").address);
    EXPECT_EQ(::connect(sender.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    receiver.reset(::accept(listener.number(), nullptr, nullptr));
  }

  std::vector<std::byte> carry(const std::vector<std::byte>& data) {
    std::thread sending([&] {
      EXPECT_TRUE(base::write_all(sender.number(), data));
      ::shutdown(sender.number(), SHUT_WR);
    });
    std::vector<std::byte> received(data.size() + 1);
    std::size_t size = 0;
    for (ssize_t count = 1; count > 0 && size < received.size(); size += static_cast<std::size_t>(count)) {
      count = ::recv(receiver.number(), received.data() + size, received.size() - size, 0);
      if (count < 0) break;
    }
    sending.join();
    received.resize(size);
    return received;
  }
};

std::vector<std::byte> random_bytes(std::size_t count) {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST_F(PacketNetworkTest, TcpArrivesIntactUnderLossReorderingAndDuplicates) {
  Transfer transfer({.up_mbps = 200,
                     .down_mbps = 200,
                     .one_way_delay = Milliseconds(1),
                     .loss_percent = 1,
                     .reorder_percent = 5,
                     .duplicate_percent = 5});
  const std::vector<std::byte> data = random_bytes(1'000'000);
  EXPECT_EQ(transfer.carry(data), data);
  const base::Json up = transfer.network.find_link("near-far").state().at("up");
  EXPECT_GE(up.at("packets").get<int>(), 1'000'000 / 1448);
  EXPECT_GT(up.at("lost").get<int>(), 0);
  EXPECT_GT(up.at("reordered").get<int>(), 0);
  EXPECT_GT(up.at("duplicated").get<int>(), 0);
}

TEST_F(PacketNetworkTest, NoPacketIsFasterThanItsLink) {
  PacketNetwork network(pair_with({.up_mbps = 12, .one_way_delay = Milliseconds(20)}));
  const Descriptor receiver = bound_in(network.find_namespace("far"), SOCK_DGRAM);
  const Descriptor sender = socket_in(network.find_namespace("near"), SOCK_DGRAM);
  const auto start = Clock::now();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(send_to(sender, network.find_namespace("far")));
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(receive_one(receiver));
    EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(20 + i));
  }
  const base::Json up = network.find_link("near-far").state().at("up");
  EXPECT_EQ(up.at("packets"), 20);
  EXPECT_EQ(up.at("bytes"), 20 * 1500);
}

TEST_F(PacketNetworkTest, ADirectionHasItsOwnBandwidth) {
  PacketNetwork network(pair_with({.down_mbps = 12}));
  const Descriptor near = bound_in(network.find_namespace("near"), SOCK_DGRAM);
  const Descriptor far = bound_in(network.find_namespace("far"), SOCK_DGRAM);
  const auto start = Clock::now();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(send_to(far, network.find_namespace("near")));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(receive_one(near));
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(20));
  EXPECT_EQ(network.find_link("near-far").state().at("down").at("packets"), 20);
}

TEST_F(PacketNetworkTest, ANamespaceReachesThoseThatItHasALinkTo) {
  const PacketNetwork network({.links = {{"device", "edge", {}}, {"edge", "cloud", {}}}});
  ASSERT_EQ(network.namespaces().size(), 3);
  const Descriptor sender = socket_in(network.find_namespace("edge"), SOCK_DGRAM);
  for (const char* name : {"device", "cloud"}) {
    const Descriptor receiver = bound_in(network.find_namespace(name), SOCK_DGRAM);
    ASSERT_TRUE(send_to(sender, network.find_namespace(name)));
    EXPECT_TRUE(receive_one(receiver));
  }
  const Descriptor device = socket_in(network.find_namespace("device"), SOCK_DGRAM);
  EXPECT_FALSE(send_to(device, network.find_namespace("cloud")));
}

TEST_F(PacketNetworkTest, ObeysCommandsWhileItRuns) {
  PacketNetwork network(pair_with({}));
  RunningLink& link = network.find_link("near-far");
  const Descriptor receiver = bound_in(network.find_namespace("far"), SOCK_DGRAM);
  const Descriptor sender = socket_in(network.find_namespace("near"), SOCK_DGRAM);
  ASSERT_TRUE(obey(link, "stall").ok());
  ASSERT_TRUE(send_to(sender, network.find_namespace("far")));
  EXPECT_EQ(obey(link, "report").value().at("up").at("packets"), 0);
  ASSERT_TRUE(obey(link, "resume").ok());
  EXPECT_TRUE(receive_one(receiver));
  EXPECT_EQ(obey(link, "loss 3 5").value().at("burst_packets"), 5);
  EXPECT_FALSE(obey(link, "loss 300").ok());
  EXPECT_EQ(link.conditions().loss_percent, 3);
}

// The inode number in "net:[NUMBER]" is the namespace's; it changes only if the process has another one.
std::string network_of(pid_t process) {
  std::array<char, 64> name{};
  const ssize_t count = ::readlink(("/proc/" + std::to_string(process) + "/ns/net").c_str(), name.data(), name.size());
  return {name.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

// Makes a network in a process of its own, which says who holds the namespaces and waits to be killed.
pid_t start_network(std::array<pid_t, 2>& holders) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const Descriptor reading(ends[0]);
  const Descriptor writing(ends[1]);
  const pid_t process = ::fork();
  if (process == 0) {
    const PacketNetwork network(pair_with({}));
    holders = {network.namespaces()[0].process, network.namespaces()[1].process};
    (void)::write(writing.number(), holders.data(), sizeof holders);
    for (;;) ::pause();
  }
  EXPECT_EQ(::read(reading.number(), holders.data(), sizeof holders), static_cast<ssize_t>(sizeof holders));
  return process;
}

TEST_F(PacketNetworkTest, LeavesNothingBehindWhenItIsKilled) {
  std::array<pid_t, 2> holders{};
  const pid_t process = start_network(holders);
  ASSERT_NE(network_of(holders[0]), network_of(::getpid()));
  const Descriptor held(static_cast<int>(::syscall(SYS_pidfd_open, holders[0], 0)));
  const Descriptor kept(::open(("/proc/" + std::to_string(holders[0]) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  pollfd end{held.number(), POLLIN, 0};
  EXPECT_EQ(::poll(&end, 1, -1), 1);  // the holder ends, too
  EXPECT_EQ(network_of(holders[0]), "");
  // The test itself keeps the namespace a moment longer, and finds no device in it.
  unsigned index = 1;
  std::thread([&] {
    ASSERT_EQ(::setns(kept.number(), CLONE_NEWNET), 0);
    EXPECT_GT(::if_nametoindex("lo"), 0);
    index = ::if_nametoindex("tandem0");
  }).join();
  EXPECT_EQ(index, 0);
}

TEST(PacketNetworkOptions, AreReadFromJson) {
  const base::Json json = base::parse_json(
      R"({"links": [{"between": ["device", "edge"], "preset": "wifi-bad", "up_mbps": 7},
                    {"between": ["edge", "cloud"], "queue_ms": 50, "codel": true}]})",
      "network.yaml");
  const PacketNetworkOptions options = read_network(base::JsonView(json, "network.yaml"));
  ASSERT_EQ(options.links.size(), 2);
  EXPECT_EQ(options.links[0].other, "edge");
  EXPECT_EQ(options.links[0].conditions.up_mbps, 7);
  EXPECT_EQ(options.links[0].conditions.loss_percent, 2);
  EXPECT_TRUE(options.links[1].conditions.codel);
}

TEST(PacketNetworkOptions, RefuseWhatIsNoNetwork) {
  const auto message_of = [](const char* text) {
    const base::Json json = base::parse_json(text, "n");
    try {
      (void)read_network(base::JsonView(json, "n"));
    } catch (const base::Error& error) {
      return std::string(error.message());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message_of(R"({"links": []})"), "0 links, expected 1 to 64");
  EXPECT_EQ(message_of(R"({"links": [{"between": ["a", "a"]}]})"), "link from 'a' to itself, expected two namespaces");
  EXPECT_EQ(message_of(R"({"links": [{"between": ["a", "b"]}, {"between": ["b", "a"]}]})"),
            "two links between 'b' and 'a', expected one");
  EXPECT_EQ(message_of(R"({"links": [{"between": ["a", "b c"]}]})"),
            "link: namespace 'b c', expected letters, digits and underscores, at most 32");
  EXPECT_THAT(message_of(R"({"links": [{"between": ["a"]}]})"), testing::HasSubstr("expected two names"));
  EXPECT_THAT(message_of(R"({"links": [{"between": ["a", "b"], "speed": 1}]})"), testing::HasSubstr("speed"));
}

}  // namespace
}  // namespace tandem::link
