#include "workspace/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "deploy/test_cluster.h"
#include "workspace/test_liar.h"

namespace tandem::workspace {
namespace {

using deploy::kLayers;
using deploy::stage;

// Requests go by the edge, or by the device alone.
class ServiceTest : public testing::Test {
 protected:
  Service service(ServiceOptions options = {}) {
    const auto alone = [](const auto&) { return std::optional(plan::Plan{{stage("device", 0, kLayers)}}); };
    return {workspace_, {plan::Plan{{stage("device", 0, 2), stage("edge", 2, kLayers)}}, {}, alone}, options};
  }
  static fleet::Fleet fleet_of(const deploy::Cluster& cluster) {
    fleet::Fleet fleet = cluster.edge_fleet();
    fleet.targets[1].address = fleet.links[0].address = "127.0.0.1:" + std::to_string(cluster.edge->port);
    return fleet;
  }
  std::size_t ask(Service& service, int count) {
    std::size_t answered = 0;
    for (int i = 0; i < count; ++i) answered += service.run(agent::branchy_inputs()).ok() ? 1 : 0;
    return answered;
  }

  base::TemporaryFolder folder_;
  deploy::Cluster cluster_{deploy::real_engine};
  Workspace workspace_{deploy::real_engine("here"), agent::branchy_model(), fleet_of(cluster_), folder_ / "costs.db"};
};

TEST_F(ServiceTest, CountsRequestsAndAnswers) {
  Service requests = service();
  requests.warm_up(agent::branchy_inputs());
  EXPECT_EQ(ask(requests, 3), 3u);
  const auto report = requests.finish();
  EXPECT_EQ(report.requests, 3u);
  EXPECT_EQ(report.answered, 3u);
  EXPECT_TRUE(report.fallbacks.empty());
  EXPECT_TRUE(report.losses.empty());
  EXPECT_FALSE(report.audit);
}

TEST_F(ServiceTest, NamesTheLostMachineAndThePlanThatAnsweredInstead) {
  Service requests = service();
  EXPECT_EQ(ask(requests, 1), 1u);
  cluster_.edge->server.reset();
  EXPECT_EQ(ask(requests, 2), 2u);
  const auto report = requests.finish();
  EXPECT_EQ(report.fallbacks.at("all on device"), 2u);
  ASSERT_EQ(report.losses.size(), 1u);
  EXPECT_EQ(report.losses[0].target, "edge");
  EXPECT_FALSE(report.failure);
}

TEST_F(ServiceTest, LeavesAMachineOutThatAnsweredWrongly) {
  const Liar liar(*cluster_.edge);
  Service requests = service({.verify_every = 1});
  EXPECT_EQ(ask(requests, 1), 1u);
  EXPECT_EQ(requests.finish().audit->different, 1u);
  EXPECT_EQ(ask(requests, 2), 2u);
  const auto report = requests.finish();
  EXPECT_EQ(report.fallbacks.at("all on device"), 2u);
  EXPECT_EQ(report.audit->compared, 3u);
  EXPECT_EQ(report.audit->different, 1u);
  ASSERT_EQ(report.losses.size(), 1u);
  EXPECT_TRUE(report.losses[0].has_lied);
  EXPECT_THAT(report.losses[0].reason, testing::HasSubstr("differs by"));
}

TEST_F(ServiceTest, ThrowsWhatIsNoLoss) {
  Service requests = service();
  EXPECT_THROW((void)requests.run({{"x", agent::vector_of(1)}}), base::Error);
}

}  // namespace
}  // namespace tandem::workspace
