// Stages that send tensors straight to a later one than the next.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/digest.h"
#include "deploy/deposit_keys.h"
#include "deploy/test_cluster.h"

namespace tandem::deploy {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// a on the device, b and early on the edge, the rest on the cloud, to which `a` and `side` go straight.
std::vector<plan::Stage> past_the_edge(const std::string& codec = plan::kRaw) {
  std::vector<plan::Stage> stages = {stage("device", 0, 1), stage("edge", 1, 3), stage("cloud", 3, kLayers)};
  stages[0].sent = {{"a", codec, 0}};
  stages[0].bypasses = {{"cloud", 0, 0, {{"a", codec, 0}, {"side", plan::kRaw, 0}}}};
  return stages;
}

class BypassTest : public testing::Test {
 protected:
  double difference(const base::Result<Answer>& answer) const {
    return difference_from_whole(answer, cluster_.model, *cluster_.device->engine);
  }
  base::Result<Answer> run(const Route& route, Deadline deadline = Deadline::after(Milliseconds(20'000))) {
    return cluster_.deployment->run(route, agent::branchy_inputs(), deadline);
  }

  Cluster cluster_{real_engine};
};

TEST_F(BypassTest, AnswersAsTheWholeDoes) {
  const auto route = cluster_.deploy(past_the_edge());
  ASSERT_EQ(route.hops.at(0).deposits.size(), 1u);
  EXPECT_THAT(route.hops[0].forwards, ElementsAre("a"));
  EXPECT_THAT(route.hops[0].deposits[0].forwards, ElementsAre("a", "side"));
  EXPECT_THAT(route.hops[1].forwards, ElementsAre("b"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

TEST_F(BypassTest, PassesAStageThatReadsNoneOfIt) {
  auto stages = past_the_edge();
  stages[0] = stage("device", 0, 2);
  stages[1] = stage("edge", 2, 3);
  stages[0].bypasses = {{"cloud", 0, 0, {{"a", plan::kRaw, 0}, {"side", plan::kRaw, 0}}}};
  const auto route = cluster_.deploy(stages);
  EXPECT_THAT(route.hops.at(1).forwards, ElementsAre("b"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

TEST_F(BypassTest, HasNewKeysInEachRequest) {
  const auto route = cluster_.deploy(past_the_edge());
  EXPECT_THAT(route.hops[2].awaits, IsEmpty());
  const auto once = with_deposit_keys(route.hops);
  const auto again = with_deposit_keys(route.hops);
  ASSERT_EQ(once[2].awaits.size(), 1u);
  EXPECT_EQ(once[2].awaits[0], once[0].deposits[0].key);
  EXPECT_EQ(once[2].awaits[0].size(), rpc::kDepositKeyBytes);
  EXPECT_NE(once[2].awaits[0], again[2].awaits[0]);
}

TEST_F(BypassTest, ReportsItAtBothEnds) {
  const auto answer = run(cluster_.deploy(past_the_edge("fp16")));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  ASSERT_EQ(answer.value().hops.size(), 3u);
  const auto& deposits = answer.value().hops[0].deposits;
  ASSERT_EQ(deposits.size(), 1u);
  EXPECT_EQ(deposits[0].target, "cloud");
  EXPECT_GT(deposits[0].sent_bytes, 16);
  EXPECT_GT(deposits[0].exchange_ms, 0);
  EXPECT_GT(deposits[0].decode_ms, 0);
  EXPECT_GE(answer.value().hops[2].decode_ms, deposits[0].decode_ms);
  EXPECT_THAT(answer.value().hops[1].deposits, IsEmpty());
}

TEST_F(BypassTest, SendsTensorsEncodedAsPlanned) {
  const auto route = cluster_.deploy(past_the_edge("fp16"));
  EXPECT_THAT(route.hops.at(0).deposits.at(0).codecs, ElementsAre(base::digest_of("fp16"), ""));
  const auto answer = run(route);
  EXPECT_LE(difference(answer), 1e-2);
  const rpc::HopReport& hop = answer.value().hops.at(0);
  EXPECT_TRUE((hop.encode_ms > 0) != (hop.deposits.at(0).encode_ms > 0)) << "once for both ways";
}

TEST_F(BypassTest, SendsCodecsAgainToATargetThatComesBackEmpty) {
  const auto route = cluster_.deploy(past_the_edge("fp16"));
  ASSERT_TRUE(run(route).ok());
  const int port = cluster_.cloud->port;
  cluster_.cloud.reset();
  cluster_.cloud.emplace("cloud", real_engine("cloud"), std::nullopt);
  cluster_.cloud->port = port;
  cluster_.cloud->start();
  base::Result<Answer> answer = run(route);  // may find that old connections were lost
  for (int more = 0; more < 3 && !answer; ++more) answer = run(route);
  EXPECT_LE(difference(answer), 1e-2);
}

TEST_F(BypassTest, NamesTheTargetThatIsGone) {
  const auto route = cluster_.deploy(past_the_edge());
  ASSERT_TRUE(run(route).ok());
  cluster_.cloud->server.reset();
  const auto answer = run(route);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(answer.error().message(), HasSubstr("→ cloud"));
}

TEST_F(BypassTest, EndsWhereTheStageBetweenIsGone) {
  const auto route = cluster_.deploy(past_the_edge());
  ASSERT_TRUE(run(route).ok());
  cluster_.edge->server.reset();
  const auto answer = run(route);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(answer.error().message(), HasSubstr("device → edge"));
}

// More requests than one client may have deposits, each of which ends before its deposit is taken.
TEST_F(BypassTest, LeavesNothingBehindWhereARequestStopsBefore) {
  plan::Plan plan{past_the_edge()};
  plan.policy = "by the test";
  plan.exits = {{"early", 1, 1e-9, 1}, {"last", 0, 0, 1}};
  plan.confidence = "softmax";
  const auto route = cluster_.deployment->add({plan}).front();
  for (std::size_t i = 0; i < 2 * rpc::Limits{}.deposits; ++i) {
    const auto answer = run(route);
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    ASSERT_EQ(answer.value().outputs.at(0).name, "early");
  }
}

// While the edge is at work, the cloud goes.
TEST(Bypass, NamesTheTargetThatGoesWhileItHoldsADeposit) {
  Gate gate;
  Cluster cluster(gate.engines("edge"));
  const auto route = cluster.deploy(past_the_edge());
  gate.close();
  auto answer = std::async(std::launch::async, [&] { return cluster.deployment->run(route, agent::branchy_inputs()); });
  gate.wait_for_arrival();
  cluster.cloud->server.reset();
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(20)), std::future_status::ready) << "although the edge still works";
  gate.open();
  const auto outcome = answer.get();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::Unavailable);
}

// The stage between, while the deposit is held; the last stage, after it has been taken. Then they are back.
TEST(Bypass, NamesTheTargetThatGoesWhileItComputes) {
  for (const std::string lost : {"edge", "cloud"}) {
    std::atomic<bool> is_on = false;
    std::promise<void> begun;
    Cluster cluster([&](const std::string& target) {
      if (target != lost) return engine::fake_engine();
      return engine::fake_engine(engine::FakeStoppableRun([&](const model::Part&, const std::stop_token& stop) {
        if (!is_on.exchange(false)) return;
        begun.set_value();
        while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }));
    });
    const auto route = cluster.deploy(past_the_edge());
    is_on = true;
    auto answer =
        std::async(std::launch::async, [&] { return cluster.deployment->run(route, agent::branchy_inputs()); });
    begun.get_future().wait();
    Node& node = lost == "edge" ? *cluster.edge : *cluster.cloud;
    node.server.reset();
    const auto outcome = answer.get();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().kind(), ErrorKind::Unavailable);
    EXPECT_THAT(outcome.error().message(), HasSubstr("→ " + lost));
    node.start();
    EXPECT_TRUE(cluster.deployment->run(route, agent::branchy_inputs(), Deadline::after(Milliseconds(20'000))).ok());
  }
}

TEST(Bypass, EndsWithTheRequestsDeadline) {
  Gate gate;
  Cluster cluster(gate.engines("edge"));
  const auto route = cluster.deploy(past_the_edge());
  gate.close();
  const auto answer = cluster.deployment->run(route, agent::branchy_inputs(), Deadline::after(Milliseconds(200)));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::DeadlineExceeded);
  gate.open();
  EXPECT_TRUE(cluster.deployment->run(route, agent::branchy_inputs()).ok());
}

// Takes connections, and says nothing.
class SilentListener {
 public:
  SilentListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    listen(socket_, 8);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentListener() { close(socket_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
};

TEST(Bypass, EndsByTheDeadlineWhereADepositStalls) {
  const SilentListener silent;
  Cluster cluster(real_engine, silent.address());
  const auto route = cluster.deploy(past_the_edge());
  const auto answer = cluster.deployment->run(route, agent::branchy_inputs(), Deadline::after(Milliseconds(300)));
  ASSERT_FALSE(answer.ok());
  EXPECT_TRUE(base::is_loss(answer.error().kind())) << answer.error().message();
  const auto without = cluster.deploy({stage("device", 0, 1), stage("edge", 1, 3), stage("cloud", 3, kLayers)});
  EXPECT_TRUE(cluster.deployment->run(without, agent::branchy_inputs()).ok());
}

}  // namespace
}  // namespace tandem::deploy
