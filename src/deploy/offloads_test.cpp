// Stages that have other targets work beside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "base/digest.h"
#include "deploy/test_cluster.h"

namespace tandem::deploy {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using model::LayerRange;
using testing::ElementsAre;

plan::Offload offload(const std::string& target, std::vector<LayerRange> ranges) {
  plan::Offload made;
  made.target = target;
  made.ranges = std::move(ranges);
  return made;
}

plan::Step step(std::vector<LayerRange> ranges, std::vector<plan::Offload> offloads = {}) {
  return {std::move(ranges), std::move(offloads)};
}

plan::Stage in_steps(const std::string& target, std::vector<plan::Step> steps) {
  plan::Stage made = stage(target, 0, 0);
  for (const auto& each : steps) made.ranges.insert(made.ranges.end(), each.ranges.begin(), each.ranges.end());
  std::ranges::sort(made.ranges);
  made.steps = std::move(steps);
  return made;
}

// a; then b and early beside c, which runs on the target; then the rest.
plan::Stage beside(const std::string& own, const std::string& other) {
  return in_steps(own, {step({{0, 1}}), step({{1, 3}}, {offload(other, {{3, 4}})}), step({{4, kLayers}})});
}

class OffloadTest : public testing::Test {
 protected:
  double difference(const base::Result<Answer>& answer) const {
    return difference_from_whole(answer, cluster_.model, *cluster_.device->engine);
  }
  base::Result<Answer> run(const Route& route) { return cluster_.deployment->run(route, agent::branchy_inputs()); }

  Cluster cluster_{real_engine};
};

TEST_F(OffloadTest, AnswersAsTheWholeDoes) {
  const auto route = cluster_.deploy({beside("device", "edge")});
  ASSERT_EQ(route.hops.at(0).offloads.size(), 1u);
  EXPECT_THAT(route.hops[0].parts, testing::SizeIs(3));
  EXPECT_THAT(route.hops[0].offloads[0].forwards, ElementsAre("a"));
  EXPECT_THAT(route.hops[0].offloads[0].answers, ElementsAre("c"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

TEST_F(OffloadTest, AnswersAsTheWholeDoesFromATargetAcrossTheNetwork) {
  EXPECT_LE(difference(run(cluster_.deploy({stage("device", 0, 0), beside("edge", "cloud")}))), 1e-6);
}

TEST_F(OffloadTest, HasSeveralTargetsWorkInTurn) {
  const auto route =
      cluster_.deploy({in_steps("device", {step({{0, 1}}), step({{1, 2}}, {offload("edge", {{3, 4}})}),
                                           step({{4, 5}}, {offload("cloud", {{2, 3}})}), step({{5, kLayers}})})});
  EXPECT_THAT(route.hops.at(0).offloads, testing::SizeIs(2));
  EXPECT_LE(difference(run(route)), 1e-6);
}

TEST_F(OffloadTest, HandsResultsOnToTheNextStage) {
  plan::Stage device = in_steps("device", {step({{0, 1}}), step({{1, 2}}, {offload("edge", {{3, 4}})})});
  plan::Stage cloud = stage("cloud", 2, 3);
  cloud.ranges.push_back({4, kLayers});
  const auto route = cluster_.deploy({device, cloud});
  EXPECT_THAT(route.hops.at(0).forwards, ElementsAre("side", "b", "c"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

TEST_F(OffloadTest, ReportsWhatOthersDid) {
  const auto answer = run(cluster_.deploy({beside("device", "edge")}));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  ASSERT_EQ(answer.value().hops.size(), 1u);
  const auto& offloads = answer.value().hops[0].offloads;
  ASSERT_EQ(offloads.size(), 1u);
  EXPECT_EQ(offloads[0].target, "edge");
  EXPECT_EQ(offloads[0].sent_bytes, 16);
  EXPECT_GT(offloads[0].compute_ms, 0);
  EXPECT_GT(offloads[0].exchange_ms, offloads[0].compute_ms);
}

TEST_F(OffloadTest, SendsTensorsEncodedAsPlanned) {
  plan::Stage device = beside("device", "edge");
  device.steps[1].offloads[0].sent = {{"a", "fp16", 8}};
  const auto route = cluster_.deploy({device});
  EXPECT_THAT(route.hops.at(0).offloads.at(0).codecs, ElementsAre(base::digest_of("fp16")));
  const auto answer = run(route);
  EXPECT_LE(difference(answer), 1e-2);
  EXPECT_GT(answer.value().hops.at(0).offloads.at(0).sent_bytes, 16) << "a frame has a head";
}

TEST_F(OffloadTest, SendsEverythingAgainToATargetThatComesBackEmpty) {
  plan::Stage device = beside("device", "edge");
  device.steps[1].offloads[0].sent = {{"a", "fp16", 8}};
  const auto route = cluster_.deploy({device});
  ASSERT_TRUE(run(route).ok());
  const int port = cluster_.edge->port;
  cluster_.edge.reset();
  cluster_.edge.emplace("edge", real_engine("edge"), cluster_.edge_fleet());
  cluster_.edge->port = port;
  cluster_.edge->start();
  (void)run(route);  // may find that the old connection was lost
  EXPECT_LE(difference(run(route)), 1e-2);
}

TEST_F(OffloadTest, NamesTheTargetThatIsGone) {
  const auto route = cluster_.deploy({beside("device", "edge")});
  ASSERT_TRUE(run(route).ok());
  cluster_.edge->server.reset();
  const auto answer = run(route);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(answer.error().message(), testing::StartsWith("device → edge"));
}

TEST_F(OffloadTest, RefusesATargetThatNoLinkLeadsTo) {
  const auto route = cluster_.deploy({stage("device", 0, 0), beside("edge", "device")});
  const auto answer = run(route);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::Refused) << answer.error().message();
}

TEST_F(OffloadTest, RefusesTwoAtOnceForOneTarget) {
  auto route = cluster_.deploy({beside("device", "edge")});
  route.hops[0].offloads.push_back(route.hops[0].offloads[0]);
  const auto answer = run(route);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::InvalidInput);
  EXPECT_THAT(answer.error().message(), testing::HasSubstr("two offloads to 'edge' at once"));
}

// Two engines that wait for each other: their runs end once both are at it.
class Meeting {
 public:
  Cluster::MakeEngine engines() {
    return [this](const std::string& target) {
      return engine::fake_engine([this, target](const model::Part& part) {
        if (part.outputs.size() == 1 && part.outputs[0].name == "c") arrive(edge_);
        if (target == "device" && part.outputs.size() == 2) arrive(device_);
      });
    };
  }
  void expect_both() { is_on_ = true; }
  bool have_met() const { return have_met_; }

 private:
  void arrive(bool& who) {
    if (!is_on_) return;
    std::unique_lock lock(mutex_);
    who = true;
    changed_.notify_all();
    have_met_ = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return edge_ && device_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool edge_ = false, device_ = false;
  std::atomic<bool> is_on_ = false, have_met_ = false;
};

TEST(Offloads, RunWhileTheTargetRunsItsOwn) {
  Meeting meeting;
  Cluster cluster(meeting.engines());
  const auto route = cluster.deploy({beside("device", "edge")});
  meeting.expect_both();
  const auto answer = cluster.deployment->run(route, agent::branchy_inputs());
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_TRUE(meeting.have_met());
}

TEST(Offloads, EndWithTheRequestsDeadline) {
  Gate gate;
  Cluster cluster(gate.engines("edge"));
  const auto route = cluster.deploy({beside("device", "edge")});
  gate.close();
  const auto answer = cluster.deployment->run(route, agent::branchy_inputs(), Deadline::after(Milliseconds(200)));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::DeadlineExceeded);
  gate.open();
  EXPECT_TRUE(cluster.deployment->run(route, agent::branchy_inputs()).ok());
}

// Fails in its second part, once the edge is at work, which stops when it is told to.
TEST(Offloads, EndWhereTheTargetsOwnPartsFail) {
  std::atomic<bool> is_on = false;
  std::promise<void> begun, ended;
  Cluster cluster([&](const std::string& target) {
    if (target == "edge") {
      return engine::fake_engine(engine::FakeStoppableRun([&](const model::Part&, const std::stop_token& stop) {
        if (!is_on) return;
        begun.set_value();
        while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ended.set_value();
      }));
    }
    return engine::fake_engine([&](const model::Part& part) {
      if (!is_on || part.outputs.size() != 2) return;
      begun.get_future().wait();
      throw base::Error(ErrorKind::Internal, "broken");
    });
  });
  const auto route = cluster.deploy({beside("device", "edge")});
  is_on = true;
  const auto answer = cluster.deployment->run(route, agent::branchy_inputs());
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message(), testing::HasSubstr("broken"));
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

}  // namespace
}  // namespace tandem::deploy
