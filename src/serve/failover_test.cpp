#include "serve/failover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "deploy/test_cluster.h"

namespace tandem::serve {
namespace {

using base::ErrorKind;
using base::Milliseconds;
using deploy::kLayers;
using deploy::stage;
using testing::ElementsAre;
using testing::HasSubstr;

// A plan over device and edge. Without the edge, the device or nobody.
class FailoverTest : public testing::Test {
 protected:
  FailoverTest() : cluster_(gate_.engines("edge")) {}
  ~FailoverTest() override { gate_.open(); }

  Failover failover(bool has_fallback = true, FailoverSettings settings = {}) {
    const auto without = [has_fallback](const Failover::Targets&) {
      return has_fallback ? std::optional(plan::Plan{{stage("device", 0, kLayers)}}) : std::nullopt;
    };
    return {*cluster_.deployment, *cluster_.targets, plan::Plan{{stage("device", 0, 2), stage("edge", 2, kLayers)}},
            without, std::move(settings)};
  }
  static std::vector<std::string> ask(Failover& failover, Milliseconds deadline = Milliseconds(20'000)) {
    const auto outcome = failover.run(agent::branchy_inputs(), deadline);
    if (!outcome) return {outcome.error().message()};
    std::vector<std::string> names;
    for (const auto& hop : outcome.value().answer.hops) names.push_back(hop.target);
    EXPECT_EQ(outcome.value().is_fallback, names.size() == 1);
    return names;
  }
  // Asks until the edge takes part again: it is looked for once a second.
  static void expect_edge_is_back(Failover& failover) {
    const auto latest = base::Deadline::after(Milliseconds(60'000));
    auto names = ask(failover);
    while (names.size() == 1 && !latest.has_passed()) names = ask(failover);
    EXPECT_THAT(names, ElementsAre("device", "edge"));
  }
  void lose_the_edge() { cluster_.edge->server.reset(); }
  void restart_the_edge_empty() {
    const int port = cluster_.edge->port;
    cluster_.edge.reset();
    cluster_.edge.emplace("edge", gate_.engines("edge")("edge"), cluster_.edge_fleet());
    cluster_.edge->port = port;
    cluster_.edge->start();
  }

  deploy::Gate gate_;
  deploy::Cluster cluster_;
};

TEST_F(FailoverTest, GoesByThePlanWhileItsMachinesAnswer) {
  Failover requests = failover();
  EXPECT_THAT(ask(requests), ElementsAre("device", "edge"));
  EXPECT_TRUE(requests.losses().empty());
}

TEST_F(FailoverTest, GoesWithoutAMachineUntilItIsBackAndEmpty) {
  Failover requests = failover();
  ASSERT_THAT(ask(requests), ElementsAre("device", "edge"));
  lose_the_edge();
  EXPECT_THAT(ask(requests), ElementsAre("device"));
  EXPECT_THAT(ask(requests), ElementsAre("device"));
  ASSERT_EQ(requests.losses().size(), 1u);
  EXPECT_EQ(requests.losses()[0].target, "edge");
  EXPECT_GT(requests.losses()[0].lost_at_s, 0);
  EXPECT_FALSE(requests.losses()[0].back_at_s);
  restart_the_edge_empty();
  expect_edge_is_back(requests);
  EXPECT_TRUE(requests.losses()[0].back_at_s);
}

TEST_F(FailoverTest, AnswersARequestWhoseMachineDiesInIt) {
  Failover requests = failover();
  gate_.close();
  auto request = std::async(std::launch::async, [&] { return ask(requests); });
  gate_.wait_for_arrival();
  auto stopped = std::async(std::launch::async, [this] { cluster_.edge->server->stop(); });
  EXPECT_THAT(request.get(), ElementsAre("device"));
  gate_.open();
  stopped.get();
}

TEST_F(FailoverTest, GoesWithoutAMachineThatWorksBesideAnother) {
  plan::Stage device = stage("device", 0, 3);
  device.ranges.push_back({4, kLayers});
  device.steps = {{{{0, 1}}}, {{{1, 3}}, {{.target = "edge", .ranges = {{3, 4}}}}}, {{{4, kLayers}}}};
  const plan::Plan plan{{device}};
  EXPECT_FALSE(avoids(plan, {"edge"}));
  EXPECT_TRUE(avoids(plan, {"cloud"}));
  Failover failover(*cluster_.deployment, *cluster_.targets, plan,
                    [](const Failover::Targets&) { return plan::Plan{{stage("device", 0, kLayers)}}; });
  const auto first = failover.run(agent::branchy_inputs());
  ASSERT_TRUE(first.ok()) << first.error().message();
  EXPECT_FALSE(first.value().is_fallback);
  lose_the_edge();
  const auto second = failover.run(agent::branchy_inputs(), Milliseconds(20'000));
  ASSERT_TRUE(second.ok()) << second.error().message();
  EXPECT_TRUE(second.value().is_fallback);
  ASSERT_EQ(failover.losses().size(), 1u);
  EXPECT_EQ(failover.losses()[0].target, "edge");
}

TEST_F(FailoverTest, AsksOnceMoreWhereAMachineWasStartedAnewBetweenRequests) {
  Failover requests = failover(false);
  ASSERT_THAT(ask(requests), ElementsAre("device", "edge"));
  restart_the_edge_empty();
  EXPECT_THAT(ask(requests), ElementsAre("device", "edge"));
  EXPECT_TRUE(requests.losses().empty());
}

TEST_F(FailoverTest, WaitsForAMachineThatNoPlanDoesWithout) {
  Failover requests = failover(false);
  lose_the_edge();
  auto request = std::async(std::launch::async, [&] { return ask(requests, Milliseconds(60'000)); });
  cluster_.edge->start();
  EXPECT_THAT(request.get(), ElementsAre("device", "edge"));
}

TEST_F(FailoverTest, EndsAtTheDeadlineWhereTheMachineStaysAway) {
  Failover requests = failover(false);
  lose_the_edge();
  const auto start = base::steady_clock().now();
  for (int i = 0; i < 2; ++i) EXPECT_THAT(ask(requests, Milliseconds(200)), ElementsAre(HasSubstr("edge")));
  EXPECT_LT(Milliseconds(base::steady_clock().now() - start).count(), 10'000);
  EXPECT_EQ(requests.losses().size(), 1u);
}

TEST_F(FailoverTest, DeploysWithoutAMachineThatCannotBeReached) {
  lose_the_edge();
  Failover requests = failover();
  EXPECT_THAT(ask(requests), ElementsAre("device"));
  EXPECT_THAT(requests.losses().at(0).reason, HasSubstr("edge: edge (127.0.0.1"));
  EXPECT_THROW(failover(false), base::Error);
}

TEST_F(FailoverTest, DeploysWithoutAMachineThatDoesNotLoadInTime) {
  gate_.close();  // a load runs the part once
  Failover requests = failover(true, {Milliseconds(300), {}});
  EXPECT_THAT(ask(requests), ElementsAre("device"));
  EXPECT_THAT(requests.losses().at(0).reason, HasSubstr("no answer by the deadline"));
}

TEST_F(FailoverTest, LeavesAMachineOutThatLied) {
  Failover requests = failover();
  ASSERT_THAT(ask(requests), ElementsAre("device", "edge"));
  requests.take_out("edge", "its answer differs by 0.5");
  EXPECT_THAT(ask(requests), ElementsAre("device"));
  EXPECT_TRUE(requests.losses().at(0).has_lied);
}

TEST_F(FailoverTest, LeavesOtherErrorsAlone) {
  Failover requests = failover();
  const auto outcome = requests.run({{"x", agent::vector_of(1)}}, Milliseconds(20'000));
  ASSERT_FALSE(outcome.ok());
  EXPECT_FALSE(base::is_loss(outcome.error().kind())) << outcome.error().message();
  EXPECT_TRUE(requests.losses().empty());
}

// The cloud answers by way of the edge, but not on the link that a bypass takes.
TEST(Failover, GoesWithoutABypassWhoseLinkIsDown) {
  deploy::Cluster cluster(deploy::real_engine, "127.0.0.1:1");
  plan::Plan past{{stage("device", 0, 1), stage("edge", 1, 3), stage("cloud", 3, kLayers)}};
  past.stages[0].bypasses = {{"cloud", 0, 0, {{"a", plan::kRaw, 0}}}};
  const auto on_the_device = [](const auto&) { return std::optional(plan::Plan{{stage("device", 0, kLayers)}}); };
  Failover failover(*cluster.deployment, *cluster.targets, past, on_the_device);
  const auto outcome = failover.run(agent::branchy_inputs(), Milliseconds(20'000));
  EXPECT_TRUE(outcome.ok() && outcome.value().is_fallback);
  EXPECT_LE(deploy::difference_from_whole(outcome.ok() ? base::Result(outcome.value().answer) : outcome.error(),
                                          cluster.model, *cluster.device->engine),
            1e-6);
}

}  // namespace
}  // namespace tandem::serve
