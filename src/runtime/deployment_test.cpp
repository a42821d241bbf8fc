#include "runtime/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "engine/verify.h"
#include "runtime/test_cluster.h"

namespace tandem::runtime {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using testing::ElementsAre;

class DeploymentTest : public testing::Test {
 protected:
  double difference(const base::Result<Answer>& answer) const {
    if (!answer) {
      ADD_FAILURE() << answer.error().message();
      return INFINITY;
    }
    const auto expected = engine::run_whole(cluster_.model, *cluster_.device->engine, branchy_inputs());
    double largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(answer.value().outputs.at(i).name, expected[i].name);
      largest = std::max(largest, base::relative_difference(answer.value().outputs[i].tensor, expected[i].tensor));
    }
    return largest;
  }
  base::Result<Answer> run(const Route& route) { return cluster_.deployment->run(route, branchy_inputs()); }

  Cluster cluster_{real_engine};
};

TEST_F(DeploymentTest, AnswersAsTheWholeDoesFromAnyTarget) {
  for (const auto& stages :
       {std::vector{stage("device", 0, kLayers)}, std::vector{stage("device", 0, 0), stage("edge", 0, kLayers)},
        std::vector{stage("device", 0, 0), stage("cloud", 0, kLayers)}}) {
    EXPECT_LE(difference(run(cluster_.deploy(stages))), 1e-6);
  }
}

TEST_F(DeploymentTest, AnswersAsTheWholeDoesWhereverTwoMachinesSplitIt) {
  for (std::size_t cut = 1; cut < kLayers; ++cut) {
    const auto route = cluster_.deploy({stage("device", 0, cut), stage("edge", cut, kLayers)});
    EXPECT_LE(difference(run(route)), 1e-6) << cut;
  }
}

TEST_F(DeploymentTest, AnswersAsTheWholeDoesWhereverThreeMachinesSplitIt) {
  for (std::size_t first = 1; first < kLayers; ++first) {
    for (std::size_t second = first; second < kLayers; ++second) {
      const auto route =
          cluster_.deploy({stage("device", 0, first), stage("edge", first, second), stage("cloud", second, kLayers)});
      EXPECT_LE(difference(run(route)), 1e-6) << first << ", " << second;
    }
  }
}

TEST_F(DeploymentTest, PassesTensorsOnThroughAStageThatDoesNotReadThem) {
  const auto route = cluster_.deploy({stage("device", 0, 1), stage("edge", 1, 5), stage("cloud", 5, kLayers)});
  EXPECT_THAT(route.hops[0].forwards, ElementsAre("side", "a"));
  EXPECT_THAT(route.hops[1].forwards, ElementsAre("side", "d"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

TEST_F(DeploymentTest, RunsAStageWhoseLayersDoNotFollowEachOther) {
  plan::Stage device = stage("device", 0, 1);  // a, then c; the edge runs b and the rest
  device.ranges.push_back({3, 4});
  plan::Stage edge = stage("edge", 1, 3);
  edge.ranges.push_back({4, kLayers});
  const auto route = cluster_.deploy({device, edge});
  EXPECT_THAT(route.hops[0].parts, testing::SizeIs(1));
  EXPECT_THAT(route.hops[0].forwards, ElementsAre("side", "a", "c"));
  EXPECT_THAT(route.hops[1].answers, ElementsAre("early", "last"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

TEST_F(DeploymentTest, RefusesWhatItCannotCarryOut) {
  plan::Stage device = stage("device", 0, 2);
  device.sent = {{"b", "int8", 4}};
  const std::vector stages = {device, stage("edge", 2, kLayers)};
  EXPECT_THROW(cluster_.deploy(stages), base::Error);
  plan::Plan with_exits{{stage("device", 0, kLayers)}};
  with_exits.policy = "early";
  EXPECT_THROW(cluster_.deployment->add({with_exits}), base::Error);
}

TEST_F(DeploymentTest, TakesExitsFromTheTargetThatReachesThem) {
  const auto route = cluster_.deploy({stage("device", 0, 3), stage("edge", 3, kLayers)});
  EXPECT_THAT(route.hops[0].answers, ElementsAre("early"));
  EXPECT_THAT(route.hops[1].answers, ElementsAre("last"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

// The early exit is sure to 0.25 of each of its four classes.
class ExitTest : public DeploymentTest {
 protected:
  Route deploy(std::vector<plan::Stage> stages, std::vector<plan::PlanExit> exits) {
    plan::Plan plan{std::move(stages)};
    plan.policy = "by the test";
    plan.exits = std::move(exits);
    plan.confidence = "softmax";
    return cluster_.deployment->add({plan}).front();
  }
  Route deploy_with_threshold(double threshold) {
    return deploy({stage("device", 0, 3), stage("edge", 3, kLayers)}, {{"early", 0.5, threshold}, {"last", 0.5}});
  }
  std::vector<std::string> answers(const base::Result<Answer>& answer) const {
    std::vector<std::string> names;
    if (!answer) return {answer.error().message()};
    for (const auto& output : answer.value().outputs) {
      names.push_back(output.name);
      EXPECT_LE(difference_of(output), 1e-6);
    }
    return names;
  }

 private:
  double difference_of(const base::NamedTensor& output) const {
    const auto expected = engine::run_whole(cluster_.model, *cluster_.device->engine, branchy_inputs());
    return base::relative_difference(output.tensor,
                                     std::ranges::find(expected, output.name, &base::NamedTensor::name)->tensor);
  }
};

TEST_F(ExitTest, StopsAtAFixedExitAndSendsNothing) {
  const auto answer = run(deploy({stage("device", 0, 3)}, {{"early", 1}}));
  EXPECT_THAT(answers(answer), ElementsAre("early"));
  EXPECT_THAT(answer.value().hops, testing::SizeIs(1));
}

TEST_F(ExitTest, LeavesOutTheHeadsOfOtherExits) {
  plan::Stage device = stage("device", 0, 2);  // without `early`
  device.ranges.push_back({3, kLayers});
  const auto route = deploy({device}, {{"last", 1}});
  EXPECT_THAT(route.hops[0].parts, testing::SizeIs(1));
  EXPECT_THAT(answers(run(route)), ElementsAre("last"));
}

TEST_F(ExitTest, StopsAtTheFirstExitThatIsSureEnough) {
  const auto answer = run(deploy_with_threshold(0.2));
  EXPECT_THAT(answers(answer), ElementsAre("early"));
  EXPECT_THAT(answer.value().hops, testing::SizeIs(1)) << "nothing further is sent";
  EXPECT_EQ(answer.value().hops.at(0).sent_bytes, 0);
}

TEST_F(ExitTest, GoesOnWhereAnExitIsNotSureEnough) {
  const auto answer = run(deploy_with_threshold(0.3));
  EXPECT_THAT(answers(answer), ElementsAre("last"));
  EXPECT_THAT(answer.value().hops, testing::SizeIs(2));
}

TEST_F(ExitTest, StopsOnWhicheverTargetAnExitRuns) {
  const auto route = deploy({stage("device", 0, 1), stage("edge", 1, kLayers)}, {{"early", 0.5, 0.2}, {"last", 0.5}});
  EXPECT_THAT(route.hops[1].parts, testing::SizeIs(2)) << "a part ends where a request may";
  EXPECT_THAT(answers(run(route)), ElementsAre("early"));
}

TEST_F(ExitTest, AlwaysStopsAtTheLastExit) {
  const auto route = deploy({stage("device", 0, 3)}, {{"early", 1, 0.99}});
  EXPECT_THAT(answers(run(route)), ElementsAre("early"));
}

TEST_F(ExitTest, RefusesExitsThatTheModelDoesNotHave) {
  EXPECT_THROW(deploy({stage("device", 0, 3)}, {{"b", 1}}), base::Error);
  EXPECT_THROW(deploy({stage("device", 0, 3)}, {{"absent", 1}}), base::Error);
}

TEST_F(DeploymentTest, ReportsEachHop) {
  const auto answer = run(cluster_.deploy({stage("device", 0, 3), stage("edge", 3, kLayers)}));
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer.value().hops.size(), 2u);
  EXPECT_EQ(answer.value().hops[0].target, "device");
  EXPECT_EQ(answer.value().hops[0].sent_bytes, 3 * 16) << "side, a and b";
  EXPECT_GT(answer.value().hops[0].exchange_ms, 0);
  EXPECT_GE(answer.value().latency_ms, answer.value().hops[0].exchange_ms);
}

TEST_F(DeploymentTest, KeepsEarlierRoutesWhenPlansAreAdded) {
  const auto early = cluster_.deploy({stage("device", 0, 2), stage("edge", 2, kLayers)});
  const auto late = cluster_.deploy({stage("device", 0, 5), stage("edge", 5, kLayers)});
  EXPECT_THAT(late.hops[0].parts, testing::SizeIs(2)) << "cut where the first plan cuts";
  EXPECT_LE(difference(run(early)), 1e-6);
  EXPECT_LE(difference(run(late)), 1e-6);
}

TEST_F(DeploymentTest, TellsHowFarTheUploadIs) {
  std::vector<std::size_t> sent;
  std::size_t total = 0;
  cluster_.deployment->add({plan::Plan{{stage("device", 0, 0), stage("edge", 0, kLayers)}}},
                           [&](std::size_t sent_bytes, std::size_t total_bytes) {
                             sent.push_back(sent_bytes);
                             total = total_bytes;
                           });
  EXPECT_TRUE(std::ranges::is_sorted(sent));
  EXPECT_EQ(sent.back(), total);
}

TEST_F(DeploymentTest, RefusesInputsOfTheWrongShapeAsAValue) {
  const std::vector<base::NamedTensor> wrong = {{"x", base::Tensor::allocate({base::ElementType::Float32, {2, 2}})},
                                                {"side", vector_of(0)}};
  for (const char* target : {"device", "edge"}) {
    const auto route = target == std::string("device")
                           ? cluster_.deploy({stage("device", 0, kLayers)})
                           : cluster_.deploy({stage("device", 0, 0), stage("edge", 0, kLayers)});
    const auto answer = cluster_.deployment->run(route, wrong);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().kind(), ErrorKind::InvalidInput) << answer.error().message();
  }
}

TEST_F(DeploymentTest, NamesTheTargetThatCannotBeReached) {
  cluster_.edge->server.reset();
  try {
    cluster_.deploy({stage("device", 0, 0), stage("edge", 0, kLayers)});
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
    EXPECT_THAT(error.message(), testing::StartsWith("edge: "));
  }
}

// Fake engines; that of the edge stops at a gate while it is closed.
class GatedDeployment : public testing::Test {
 protected:
  GatedDeployment() : cluster_(gate_.engines("edge")) {
    route_ = cluster_.deploy({stage("device", 0, 3), stage("edge", 3, kLayers)});
  }
  ~GatedDeployment() override { gate_.open(); }

  base::Result<Answer> run(double deadline_ms) {
    return cluster_.deployment->run(route_, branchy_inputs(), Deadline::after(Milliseconds(deadline_ms)));
  }

  Gate gate_;
  Cluster cluster_;
  Route route_;
};

TEST_F(GatedDeployment, GivesUpAtTheDeadlineWhenAMachineHangs) {
  gate_.close();
  const auto start = base::steady_clock().now();
  const auto answer = run(300);
  const Milliseconds taken = base::steady_clock().now() - start;
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::DeadlineExceeded) << answer.error().message();
  EXPECT_GE(taken.count(), 295);
  EXPECT_LT(taken.count(), 2000);
  gate_.open();
  EXPECT_TRUE(run(20'000).ok());
}

TEST_F(GatedDeployment, SaysThatAMachineWasLostAndWorksAgainOnceItIsBack) {
  gate_.close();
  auto request = std::async(std::launch::async, [this] { return run(20'000); });
  gate_.wait_for_arrival();
  auto stopped = std::async(std::launch::async, [this] { cluster_.edge->server->stop(); });
  const auto start = base::steady_clock().now();
  const auto answer = request.get();
  EXPECT_LT(Milliseconds(base::steady_clock().now() - start).count(), 15'000);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::Unavailable) << answer.error().message();
  gate_.open();
  stopped.get();
  cluster_.edge->server.reset();
  EXPECT_EQ(run(5'000).error().kind(), ErrorKind::Unavailable) << "while it is away";
  cluster_.edge->start();
  const auto again = run(20'000);
  EXPECT_TRUE(again.ok()) << again.error().message();
}

TEST_F(GatedDeployment, HasSeveralRequestsUnderWayAtOnce) {
  std::vector<std::future<base::Result<Answer>>> requests;
  for (int i = 0; i < 8; ++i) requests.push_back(std::async(std::launch::async, [this] { return run(20'000); }));
  for (auto& request : requests) {
    const auto answer = request.get();
    EXPECT_TRUE(answer.ok()) << answer.error().message();
  }
}

}  // namespace
}  // namespace tandem::runtime
