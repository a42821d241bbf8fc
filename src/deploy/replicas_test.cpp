// Plans over targets with replicas: every replica gets the parts, and requests take turns.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "deploy/test_replicas.h"

namespace tandem::deploy {
namespace {

using testing::ElementsAre;

std::vector<plan::Stage> device_then_edge() {
  return {stage("device", 0, 2), stage("edge", 2, kLayers)};
}

class Replicas : public testing::TestWithParam<std::size_t> {};

TEST_P(Replicas, AnswerInTurnAndAlike) {
  ReplicaCluster cluster(GetParam());
  const Route route = cluster.deployment->add({plan::Plan{device_then_edge()}}).front();
  EXPECT_EQ(route.hops[1].target, "edge");
  for (std::size_t i = 0; i < 2 * GetParam(); ++i) {
    const auto answer = cluster.deployment->run(route, agent::branchy_inputs());
    EXPECT_LE(difference_from_whole(answer, cluster.model, *cluster.device->engine), 1e-6);
    EXPECT_THAT(machines_of(answer.value()), ElementsAre("device", ReplicaCluster::name_of(i % GetParam())));
  }
}

TEST_P(Replicas, WorkBesideAStageInTurn) {
  ReplicaCluster cluster(GetParam());
  plan::Stage device = stage("device", 0, 3);
  device.ranges.push_back({4, kLayers});
  device.steps = {{{{0, 1}}}, {{{1, 3}}, {{.target = "edge", .ranges = {{3, 4}}}}}, {{{4, kLayers}}}};
  const Route route = cluster.deployment->add({plan::Plan{{device}}}).front();
  std::set<std::string> took_part;
  for (std::size_t i = 0; i < GetParam(); ++i) {
    const auto answer = cluster.deployment->run(route, agent::branchy_inputs());
    EXPECT_LE(difference_from_whole(answer, cluster.model, *cluster.device->engine), 1e-6);
    took_part.insert(answer.value().hops.at(0).offloads.at(0).target);
  }
  EXPECT_EQ(took_part.size(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(TwoAndThree, Replicas, testing::Values(2, 3));

TEST(DeploymentToReplicas, NamesTheOneThatIsLost) {
  ReplicaCluster cluster(2);
  cluster.lose(1);
  try {
    (void)cluster.deployment->add({plan::Plan{device_then_edge()}});
    FAIL();
  } catch (const LostTarget& lost) {
    EXPECT_EQ(lost.target(), "edge.2");
  }
}

TEST(DeploymentToReplicas, LeavesOutThoseThatAreOut) {
  ReplicaCluster cluster(2);
  cluster.lose(1);
  const Route route =
      cluster.deployment->add({plan::Plan{device_then_edge()}}, {}, base::Deadline::never(), {"edge.2"}).front();
  for (int i = 0; i < 2; ++i) {
    const Route in_turn = cluster.deployment->in_turn(route, {"edge.2"});
    const auto answer = cluster.deployment->run(in_turn, agent::branchy_inputs());
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_THAT(machines_of(answer.value()), ElementsAre("device", "edge.1"));
  }
}

TEST(DeploymentToReplicas, SendsPartsToOneAlone) {
  ReplicaCluster cluster(2);
  const Route route = cluster.deployment->add({plan::Plan{device_then_edge()}}).front();
  cluster.restart_empty(1);
  cluster.lose(0);
  const auto limit = base::Deadline::after(base::Milliseconds(20'000));
  const auto sent = cluster.deployment->send_again(route, limit, "edge.2");
  ASSERT_TRUE(sent.ok()) << sent.error().message();
  const auto answer = cluster.deployment->run(cluster.deployment->in_turn(route, {"edge.1"}), agent::branchy_inputs());
  EXPECT_LE(difference_from_whole(answer, cluster.model, *cluster.device->engine), 1e-6);
}

TEST(DeploymentToReplicas, SendsPartsAgainToTheOneThatLostThem) {
  ReplicaCluster cluster(2);
  const Route route = cluster.deployment->add({plan::Plan{device_then_edge()}}).front();
  cluster.restart_empty(1);
  for (const std::string name : {"edge.1", "edge.2"}) {
    const auto answer = cluster.deployment->run(route, agent::branchy_inputs());
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_THAT(machines_of(answer.value()), ElementsAre("device", name));
  }
}

// Two edges that forward to two clouds, both as replicas.
TEST(ReplicasInARow, AreChosenByTheCallerAlone) {
  const auto at = [](const Node& node) { return "127.0.0.1:" + std::to_string(node.port); };
  Node first_cloud("cloud.1", real_engine(""), std::nullopt), second_cloud("cloud.2", real_engine(""), std::nullopt);
  first_cloud.start();
  second_cloud.start();
  const auto fleet_with = [&](const std::string& first, const std::string& second) {
    return fleet::parse_fleet(
        fmt::format(
            "targets:\n- {{name: device, tier: device}}\n- {{name: edge, tier: edge, addresses: ['{}', '{}']}}\n"
            "- {{name: cloud, tier: cloud, addresses: ['{}', '{}']}}\n",
            first, second, at(first_cloud), at(second_cloud)),
        "fleet.yaml");
  };
  Node first_edge("edge.1", real_engine(""), fleet_with("h:1", "h:2"));
  Node second_edge("edge.2", real_engine(""), fleet_with("h:1", "h:2"));
  first_edge.start();
  second_edge.start();
  const fleet::Fleet fleet = fleet_with(at(first_edge), at(second_edge));
  Node device("device", real_engine(""), fleet);
  const rpc::Targets targets(fleet, accesses_to(fleet::with_replicas_apart(fleet), device.agent));
  const model::Model model = agent::branchy_model();
  Deployment deployment(model, targets);
  const plan::Plan plan{{stage("device", 0, 2), stage("edge", 2, 5), stage("cloud", 5, kLayers)}};
  Route route = deployment.add({plan}).front();
  for (const std::string edge : {"edge.1", "edge.2"}) {
    for (const std::string cloud : {"cloud.1", "cloud.2"}) {
      route.hops[1].target = edge;
      route.hops[2].target = cloud;
      const auto answer = deployment.run(route, agent::branchy_inputs());
      EXPECT_LE(difference_from_whole(answer, model, *device.engine), 1e-6);
      EXPECT_THAT(machines_of(answer.value()), ElementsAre("device", edge, cloud));
    }
  }
  // With tensors that go straight to the cloud, whichever it is.
  std::vector<plan::Stage> stages = {stage("device", 0, 1), stage("edge", 1, 3), stage("cloud", 3, kLayers)};
  stages[0].bypasses = {{"cloud", 0, 0, {{"a", plan::kRaw, 0}, {"side", plan::kRaw, 0}}}};
  route = deployment.add({plan::Plan{stages}}).front();
  for (const std::string name : {"1", "2"}) {
    const auto answer = deployment.run(route, agent::branchy_inputs());
    EXPECT_LE(difference_from_whole(answer, model, *device.engine), 1e-6);
    EXPECT_THAT(machines_of(answer.value()), ElementsAre("device", "edge." + name, "cloud." + name));
  }
}

TEST(ReplicasOfATarget, AreRepresentedByTheFirstThatAnswers) {
  ReplicaCluster cluster(3);
  cluster.lose(0);
  EXPECT_EQ(cluster.targets->machine_for("edge"), "edge.2");
  cluster.lose(1);
  EXPECT_EQ(cluster.targets->machine_for("edge"), "edge.2") << "it stays";
  EXPECT_EQ(cluster.targets->machine_for("edge.3"), "edge.3");
  EXPECT_EQ(cluster.targets->target_of("edge.3"), "edge");
  EXPECT_EQ(cluster.targets->target_of("edge"), "edge");
  EXPECT_TRUE(cluster.targets->is_here("device"));
  EXPECT_FALSE(cluster.targets->is_here("edge"));
  EXPECT_THROW((void)cluster.targets->at("edge.4"), base::Error);
  EXPECT_THROW((void)cluster.targets->machines_of("edge.4"), base::Error);
}

}  // namespace
}  // namespace tandem::deploy
