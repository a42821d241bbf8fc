// Targets that are lost while they are deployed to, or that lose what they got.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/test_parts.h"
#include "deploy/deployment.h"
#include "deploy/test_cluster.h"

namespace tandem::deploy {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using testing::HasSubstr;

// Takes parts, and has lost them when a request comes.
class Forgetful : public rpc::Access {
 public:
  base::Result<rpc::TargetDescription> describe(Deadline) override { return rpc::TargetDescription{}; }
  base::Status upload(const rpc::PartOffer&, const std::vector<base::Tensor>&, Deadline deadline,
                      const std::function<void(std::size_t)>&) override {
    ++uploads;
    last_deadline = deadline;
    return base::Nothing{};
  }
  base::Result<rpc::RunReply> run(const rpc::RunRequest&) override {
    ++runs;
    return base::Error(ErrorKind::NotFound, "edge: part 'p' is not held");
  }
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest&, Deadline) override {
    return base::Error(ErrorKind::Unsupported, "no measurements");
  }
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest&, Deadline) override {
    return base::Error(ErrorKind::Unsupported, "no probes");
  }

  int uploads = 0;
  int runs = 0;
  Deadline last_deadline = Deadline::never();
};

class ForgetfulTest : public testing::Test {
 protected:
  ForgetfulTest() {
    fleet::Fleet fleet;
    fleet.targets = {{"edge", fleet::Tier::Edge, "127.0.0.1:1"}};
    std::vector<std::unique_ptr<rpc::Access>> accesses;
    accesses.push_back(std::make_unique<Forgetful>());
    target_ = static_cast<Forgetful*>(accesses[0].get());
    targets_.emplace(std::move(fleet), std::move(accesses));
  }

  const model::Model model_ = agent::branchy_model();
  Forgetful* target_ = nullptr;
  std::optional<rpc::Targets> targets_;
};

TEST_F(ForgetfulTest, IsSentItsPartsOnceMoreForARequest) {
  Deployment deployment(model_, *targets_);
  const auto route = deployment.add({plan::Plan{{stage("edge", 0, kLayers)}}}).front();
  const auto answer = deployment.run(route, agent::branchy_inputs());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(answer.error().message(), HasSubstr("sent again, and gone again: edge: part 'p' is not held"));
  EXPECT_EQ(target_->uploads, 2);
  EXPECT_EQ(target_->runs, 2);
}

TEST_F(ForgetfulTest, HasUntilTheDeadlineOfADeployment) {
  Deployment deployment(model_, *targets_);
  (void)deployment.add({plan::Plan{{stage("edge", 0, kLayers)}}}, {}, Deadline::after(Milliseconds(5'000)));
  EXPECT_LE(target_->last_deadline.remaining().count(), 5'000);
  (void)deployment.add({plan::Plan{{stage("edge", 0, kLayers)}}});
  EXPECT_GT(target_->last_deadline.remaining().count(), 60'000) << "else half an hour";
}

TEST(Losses, NameTheTarget) {
  Cluster cluster(real_engine);
  cluster.cloud->server.reset();
  try {
    cluster.deploy({stage("device", 0, 2), stage("edge", 2, 5), stage("cloud", 5, kLayers)});
    FAIL();
  } catch (const LostTarget& lost) {
    EXPECT_EQ(lost.target(), "cloud");
    EXPECT_EQ(lost.kind(), ErrorKind::Unavailable);
  }
}

// A load runs the part once, and stops at the gate.
TEST(Losses, AreTargetsThatDoNotLoadByTheDeadline) {
  Gate gate;
  Cluster cluster(gate.engines("edge"));
  const plan::Plan plan{{stage("device", 0, 2), stage("edge", 2, kLayers)}};
  gate.close();
  EXPECT_THROW(cluster.deployment->add({plan}, {}, Deadline::after(Milliseconds(200))), LostTarget);
  gate.open();
}

}  // namespace
}  // namespace tandem::deploy
