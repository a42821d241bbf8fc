#include "serve/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/test_cluster.h"
#include "plan/make/from_costs.h"
#include "plan/problem/constraint_text.h"

namespace tandem::serve {
namespace {

using base::Deadline;
using base::Milliseconds;
using testing::ElementsAre;

// A route by the edge, which may be held up, and one by the device alone.
class RescueTest : public testing::Test {
 protected:
  RescueTest() : cluster_(gate_.engines("edge")) {
    far_ = cluster_.deploy({deploy::stage("device", 0, 0), deploy::stage("edge", 0, deploy::kLayers)});
    rescue_.emplace(*cluster_.deployment, cluster_.deploy({deploy::stage("device", 0, deploy::kLayers)}),
                    Milliseconds(1'000));
  }
  ~RescueTest() override { gate_.open(); }

  base::Result<Rescue::Outcome> run(Milliseconds deadline) {
    return rescue_->run(far_, agent::branchy_inputs(), Deadline::after(deadline));
  }
  static std::vector<std::string> targets_of(const base::Result<Rescue::Outcome>& outcome) {
    std::vector<std::string> names;
    if (!outcome) return {outcome.error().message()};
    for (const auto& hop : outcome.value().answer.hops) names.push_back(hop.target);
    return names;
  }

  deploy::Gate gate_;
  deploy::Cluster cluster_;
  deploy::Route far_;
  std::optional<Rescue> rescue_;
};

TEST_F(RescueTest, LeavesARequestInTimeAlone) {
  const auto outcome = run(Milliseconds(20'000));
  EXPECT_THAT(targets_of(outcome), ElementsAre("device", "edge"));
  EXPECT_FALSE(outcome.value().is_rescued);
  EXPECT_TRUE(rescue_->run(far_, agent::branchy_inputs(), Deadline::never()).ok());
}

TEST_F(RescueTest, AnswersInTimeWhenAMachineHangs) {
  gate_.close();
  const auto outcome = run(Milliseconds(3'000));
  EXPECT_THAT(targets_of(outcome), ElementsAre("device"));
  EXPECT_TRUE(outcome.value().is_rescued);
  EXPECT_GE(outcome.value().answer.latency_ms, 1'800) << "begins at the last moment";
  gate_.open();
  EXPECT_THAT(targets_of(run(Milliseconds(20'000))), ElementsAre("device", "edge")) << "and goes on as before";
}

TEST_F(RescueTest, AnswersAtOnceWhenAMachineIsLost) {
  cluster_.edge->server.reset();
  const auto outcome = run(Milliseconds(20'000));
  EXPECT_THAT(targets_of(outcome), ElementsAre("device"));
  EXPECT_LT(outcome.value().answer.latency_ms, 10'000);
}

// The device takes 200 ms for each layer, the edge 1 ms, and the link (8 Mbit/s: a KB takes 1 ms) adds a round trip
// of 2.
class LivePlannerTest : public testing::Test {
 protected:
  LivePlannerTest() : cluster_(gate_.engines("edge")) {}
  ~LivePlannerTest() override { gate_.open(); }

  plan::Problem problem(double deadline_ms) const {
    std::vector<cost::ModelCosts> models;
    for (const auto& [name, layer_ms] : {std::pair("device", 200.0), std::pair("edge", 1.0)}) {
      cost::ModelCosts costs;
      costs.identity.target = name;
      costs.layer_ms.assign(deploy::kLayers, layer_ms);
      costs.ends_kernel.assign(deploy::kLayers, true);
      models.push_back(std::move(costs));
    }
    cost::LinkCosts link{"device", "edge"};
    link.round_trip_ms.value = 2;
    link.upload_mbps.value = link.download_mbps.value = 8;
    plan::Problem made = plan::make_problem(cluster_.model.graph(), cluster_.targets->fleet(), models, {link});
    made.constraints.push_back(plan::parse_constraint(made, "latency <= " + std::to_string(deadline_ms) + "ms"));
    return made;
  }
  LivePlanner planner(double deadline_ms) const { return {problem(deadline_ms), cluster_.model, *cluster_.targets}; }

  deploy::Gate gate_;
  deploy::Cluster cluster_;
};

TEST_F(LivePlannerTest, ChoosesByTheMeasuredBandwidth) {
  LivePlanner live = planner(1'000);
  EXPECT_GT(live.measure(), 8) << "no emulated link is between them";
  const auto choice = live.choose();
  EXPECT_TRUE(choice.is_in_time);
  EXPECT_EQ(choice.plan.summary(), "all on edge");
  const auto outcome = live.run(choice, agent::branchy_inputs(), Deadline::after(Milliseconds(20'000)));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  EXPECT_FALSE(outcome.value().is_rescued);
}

TEST_F(LivePlannerTest, FallsBackOnTheFirstTargetAlone) {
  LivePlanner live = planner(4'000);
  ASSERT_TRUE(live.local_plan());
  EXPECT_DOUBLE_EQ(live.local_plan()->latency_ms, 1'400);
  const auto choice = live.choose();
  ASSERT_EQ(choice.plan.summary(), "all on edge");
  gate_.close();
  const auto outcome = live.run(choice, agent::branchy_inputs(), Deadline::after(Milliseconds(4'000)));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  EXPECT_TRUE(outcome.value().is_rescued);
}

TEST_F(LivePlannerTest, SaysWhenNothingIsInTime) {
  LivePlanner live = planner(5);  // seven layers take seven milliseconds
  EXPECT_FALSE(live.local_plan());
  EXPECT_FALSE(live.choose().is_in_time);
}

TEST_F(LivePlannerTest, RefusesTwoLinksOutOfTheFirstTarget) {
  plan::Problem two = problem(1'000);
  two.links.push_back(two.links[0]);
  EXPECT_THROW(LivePlanner(two, cluster_.model, *cluster_.targets), base::Error);
}

}  // namespace
}  // namespace tandem::serve
