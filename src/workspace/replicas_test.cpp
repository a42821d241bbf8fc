#include "workspace/replicas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_files.h"
#include "deploy/test_replicas.h"
#include "engine/slowed/slowed.h"
#include "workspace/certificates.h"
#include "workspace/hosted_agent.h"
#include "workspace/in_flight.h"
#include "workspace/test_liar.h"

namespace tandem::workspace {
namespace {

using deploy::kLayers;
using deploy::ReplicaCluster;
using deploy::stage;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

plan::Plan plan_on(std::size_t replicas) {
  plan::Plan plan{{stage("device", 0, 2), stage("edge", 2, kLayers)}};
  plan.stages[1].replicas = replicas;
  return plan;
}

std::string refusal_of(const plan::Plan& plan, const fleet::Fleet& fleet) {
  try {
    check_replicas(plan, fleet);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "none";
}

TEST(ReplicasOfAPlan, NeedAddresses) {
  EXPECT_EQ(refusal_of(plan_on(3), deploy::fleet_with_replicas({"a:1"})),
            "the plan has a stage on 3 replicas of 'edge', of which the fleet file has one address: expected "
            "'addresses: [HOST:PORT, …]' with 3 in place of 'address'");
  EXPECT_EQ(refusal_of(plan_on(1), deploy::fleet_with_replicas({"a:1"})), "none");
  EXPECT_EQ(refusal_of(plan_on(2), deploy::fleet_with_replicas({"a:1", "b:1"})), "none");
  EXPECT_EQ(refusal_of(plan_on(3), deploy::fleet_with_replicas({"a:1", "b:1"})), "none") << "a warning";
}

class ReplicaService : public testing::Test {
 protected:
  Service service(ServiceOptions options = {}) {
    const auto alone = [](const auto&) { return std::optional(plan::Plan{{stage("device", 0, kLayers)}}); };
    return {workspace_, {plan_on(2), {}, alone}, options};
  }
  static std::vector<std::size_t> answers_of(const ServiceReport& report) {
    std::vector<std::size_t> answers;
    for (const auto& share : report.replicas) answers.push_back(share.answers);
    return answers;
  }

  base::TemporaryFolder folder_;
  ReplicaCluster cluster_{2};
  Workspace workspace_{deploy::real_engine("here"), agent::branchy_model(), cluster_.fleet, folder_ / "costs.db"};
};

TEST_F(ReplicaService, CountsTheAnswersOfEach) {
  Service requests = service();
  requests.warm_up(agent::branchy_inputs());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(requests.run(agent::branchy_inputs()).ok());
  const auto report = requests.finish();
  ASSERT_EQ(report.replicas.size(), 2u);
  EXPECT_EQ(report.replicas[1].target, "edge");
  EXPECT_EQ(report.replicas[1].replica, "edge.2");
  EXPECT_THAT(answers_of(report), ElementsAre(3, 2));
  EXPECT_FALSE(report.period_ms);
}

TEST_F(ReplicaService, MeasuresThePeriodOfSeveralAtOnce) {
  Service requests = service({.in_flight = 4});
  do_in_flight(20, 4, [&](std::size_t) { EXPECT_TRUE(requests.run(agent::branchy_inputs()).ok()); });
  const auto report = requests.finish();
  EXPECT_EQ(report.answered, 20u);
  EXPECT_THAT(answers_of(report), ElementsAre(10, 10));
  ASSERT_TRUE(report.period_ms);
  EXPECT_GE(*report.period_ms, 0);
}

TEST_F(ReplicaService, NamesTheLiarAndGoesOnWithItsTwin) {
  const Liar liar(*cluster_.edges[1]);
  Service requests = service({.verify_every = 1});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(requests.run(agent::branchy_inputs()).ok());
  const auto report = requests.finish();
  ASSERT_TRUE(report.audit);
  EXPECT_EQ(report.audit->different, 1u);
  ASSERT_EQ(report.losses.size(), 1u);
  EXPECT_EQ(report.losses[0].target, "edge.2");
  EXPECT_TRUE(report.losses[0].has_lied);
}

// Of two edges, the second is three times as slow.
TEST(ReplicasOfAProfile, ShouldBeAlike) {
  const auto fast = deploy::real_engine("");
  ReplicaCluster cluster(2, [&](const std::string& name) { return engine::slowed(*fast, name == "edge.2" ? 3 : 1); });
  const std::vector<profile::Subject> subjects = {profile::make_subject("m", "device", cluster.targets->at("device")),
                                                  profile::make_subject("m", "edge", cluster.targets->at("edge"))};
  const auto warnings = [&] {
    testing::internal::CaptureStderr();
    warn_of_unlike_replicas(subjects, *cluster.targets);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(warnings(), AllOf(HasSubstr("'edge.2' is "), HasSubstr("but 'edge.1', which is measured for it, is ")));
  cluster.lose(1);
  EXPECT_THAT(warnings(), HasSubstr("'edge.2' does not answer: 'edge.1' is measured for it"));
}

TEST(ReplicaCertificates, AreOneForEach) {
  std::vector<std::string> names;
  for (const auto& need : certificate_needs(deploy::fleet_with_replicas({"a:1", "b:1"}))) names.push_back(need.name);
  EXPECT_THAT(names, ElementsAre("device", "edge.1", "edge.2"));
}

class ReplicaAgent : public testing::Test {
 protected:
  ReplicaAgent() {
    folder_.write("fleet.yaml",
                  "targets:\n- {name: device, tier: device}\n"
                  "- {name: edge, tier: edge, addresses: ['127.0.0.1:7101', '127.0.0.1:7102']}\n");
    options_.fleet = folder_ / "fleet.yaml";
    options_.is_in_memory = true;
  }
  base::TemporaryFolder folder_;
  AgentOptions options_;
};

TEST_F(ReplicaAgent, FindsItsNameByItsAddress) {
  options_.listen = "127.0.0.1:7102";
  EXPECT_EQ(agent_settings(options_).name, "edge.2");
}

TEST_F(ReplicaAgent, RefusesTheNameOfAll) {
  options_.listen = "0.0.0.0:7102";
  options_.name = "edge";
  try {
    (void)agent_settings(options_);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "--name edge: it has 2 replicas, expected the name of one: edge.1, edge.2");
  }
}

}  // namespace
}  // namespace tandem::workspace
