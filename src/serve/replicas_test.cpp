// Requests over replicas that are lost, come back, or lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "deploy/test_replicas.h"
#include "serve/failover.h"

namespace tandem::serve {
namespace {

using base::Milliseconds;
using deploy::kLayers;
using deploy::ReplicaCluster;
using deploy::stage;
using testing::ElementsAre;
using testing::HasSubstr;

// A plan over a device and the replicas of an edge; without the edge, the device alone.
class ReplicaLosses : public testing::Test {
 protected:
  ~ReplicaLosses() override { gate_.open(); }

  void start(std::size_t replicas, const std::string& held_up = "nobody") {
    cluster_.emplace(replicas, gate_.engines(held_up));
    deploy();
  }
  void deploy(FailoverSettings settings = {}) {
    requests_.emplace(
        *cluster_->deployment, *cluster_->targets, plan::Plan{{stage("device", 0, 2), stage("edge", 2, kLayers)}},
        [this](const Failover::Targets& lost) {
          lost_ = lost;
          return plan::Plan{{stage("device", 0, kLayers)}};
        },
        std::move(settings));
  }
  // The machine of the edge that took part, or "alone", or the failure.
  std::string ask(Milliseconds deadline = Milliseconds(20'000)) {
    const auto outcome = requests_->run(agent::branchy_inputs(), deadline);
    if (!outcome) return outcome.error().message();
    const auto names = deploy::machines_of(outcome.value().answer);
    EXPECT_EQ(outcome.value().is_fallback, names.size() == 1);
    EXPECT_EQ(outcome.value().route.hops.size(), names.size());
    EXPECT_EQ(outcome.value().route.hops.back().target, names.back());
    return names.size() == 1 ? "alone" : names.back();
  }
  std::vector<std::string> ask_times(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back(ask());
    return names;
  }
  // Asks until this machine takes part: lost ones are looked for once a second.
  void expect_is_back(const std::string& name) {
    const auto latest = base::Deadline::after(Milliseconds(60'000));
    while (ask() != name) ASSERT_FALSE(latest.has_passed());
  }

  deploy::Gate gate_;
  std::optional<ReplicaCluster> cluster_;
  std::optional<Failover> requests_;
  Failover::Targets lost_;  // for which a plan was asked last
};

TEST_F(ReplicaLosses, TakeTurnsWhileAllAnswer) {
  start(3);
  EXPECT_THAT(ask_times(4), ElementsAre("edge.1", "edge.2", "edge.3", "edge.1"));
  EXPECT_TRUE(requests_->losses().empty());
}

TEST_F(ReplicaLosses, LeaveALostOneOutAndKeepThePlan) {
  start(3);
  ASSERT_EQ(ask(), "edge.1");
  cluster_->lose(1);
  EXPECT_THAT(ask_times(4), ElementsAre("edge.3", "edge.1", "edge.3", "edge.1"));
  ASSERT_EQ(requests_->losses().size(), 1u);
  EXPECT_EQ(requests_->losses()[0].target, "edge.2");
  EXPECT_TRUE(lost_.empty()) << "no other plan is asked for";
}

TEST_F(ReplicaLosses, GoByAnotherPlanOnceTheLastTwinIsLost) {
  start(2);
  cluster_->lose(0);
  EXPECT_EQ(ask(), "edge.2");
  cluster_->lose(1);
  EXPECT_EQ(ask(), "alone");
  EXPECT_THAT(lost_, ElementsAre("edge"));
  ASSERT_EQ(requests_->losses().size(), 2u);
  EXPECT_EQ(requests_->losses()[1].target, "edge.2");
}

TEST_F(ReplicaLosses, AnswerARequestWhoseReplicaDiesInIt) {
  start(2, "edge.1");
  gate_.close();
  auto request = std::async(std::launch::async, [&] { return ask(); });
  gate_.wait_for_arrival();
  auto stopped = std::async(std::launch::async, [this] { cluster_->edges[0]->server->stop(); });
  EXPECT_EQ(request.get(), "edge.2");
  gate_.open();
  stopped.get();
  EXPECT_EQ(requests_->losses().at(0).target, "edge.1");
}

TEST_F(ReplicaLosses, ComeBackEmpty) {
  start(2);
  cluster_->lose(1);
  EXPECT_THAT(ask_times(3), ElementsAre("edge.1", "edge.1", "edge.1"));
  cluster_->restart_empty(1);
  expect_is_back("edge.2");
  EXPECT_TRUE(requests_->losses().at(0).back_at_s);
  EXPECT_EQ(ask(), "edge.1");
  EXPECT_EQ(ask(), "edge.2");
}

TEST_F(ReplicaLosses, MayBeginBeforeTheDeployment) {
  cluster_.emplace(2, deploy::real_engine);
  cluster_->lose(0);
  deploy();
  EXPECT_THAT(ask_times(2), ElementsAre("edge.2", "edge.2"));
  EXPECT_EQ(requests_->losses().at(0).target, "edge.1");
  cluster_->restart_empty(0);
  expect_is_back("edge.1");
}

TEST_F(ReplicaLosses, AreThoseThatDoNotLoadInTime) {
  cluster_.emplace(2, gate_.engines("edge.2"));
  gate_.close();  // a load runs the part once
  deploy({Milliseconds(2'000), {}});
  EXPECT_THAT(ask_times(2), ElementsAre("edge.1", "edge.1"));
  EXPECT_THAT(requests_->losses().at(0).target, "edge.2");
  EXPECT_THAT(requests_->losses().at(0).reason, HasSubstr("no answer by the deadline"));
}

TEST_F(ReplicaLosses, LeaveALiarOutForGood) {
  start(2);
  requests_->take_out("edge.1", "its answer differs by 0.5");
  EXPECT_THAT(ask_times(3), ElementsAre("edge.2", "edge.2", "edge.2"));
  EXPECT_TRUE(requests_->losses().at(0).has_lied);
}

// While one replica is held up in a request, the others of two lanes go on.
TEST_F(ReplicaLosses, LetRequestsGoOnBesideOneThatWaits) {
  start(2, "edge.1");
  gate_.close();
  auto held_up = std::async(std::launch::async, [&] { return ask(); });
  gate_.wait_for_arrival();
  EXPECT_EQ(ask(), "edge.2");
  gate_.open();
  EXPECT_EQ(held_up.get(), "edge.1");
}

TEST_F(ReplicaLosses, LeaveEveryOneOfManyRequestsAtOnceAnswered) {
  start(3);
  constexpr int kThreads = 6;
  std::atomic<int> answered = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) answered += ask().starts_with("edge.") ? 1 : 0;
    });
  cluster_->lose(1);
  threads.clear();
  EXPECT_EQ(answered, kThreads * 10);
  for (const auto& loss : requests_->losses()) EXPECT_EQ(loss.target, "edge.2");
}

}  // namespace
}  // namespace tandem::serve
