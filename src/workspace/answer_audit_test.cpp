#include "workspace/answer_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/test_cluster.h"
#include "workspace/test_liar.h"

namespace tandem::workspace {
namespace {

using deploy::kLayers;
using deploy::stage;
using testing::ElementsAre;
using testing::IsEmpty;

class AnswerAuditTest : public testing::Test {
 protected:
  AnswerAuditTest() {
    go_by({stage("device", 0, 2), stage("edge", 2, 5), stage("cloud", 5, kLayers)});
    (void)ask();  // so that no question has the number of a request
  }

  void go_by(const std::vector<plan::Stage>& stages) {
    way_ = serve::way_by(*cluster_.deployment, plan::Plan{stages}, cluster_.deploy(stages));
  }
  deploy::Answer ask() { return cluster_.deployment->run(way_.route, agent::branchy_inputs()).take(); }
  void corrupt(deploy::Node& node, bool is_sly = false) {
    liar_.emplace(node, is_sly);
    (void)cluster_.deployment->run(way_.route, agent::branchy_inputs());  // finds that the connection was lost
  }
  // The machines to blame for an answer.
  std::vector<std::set<std::string>> blamed() {
    AnswerAudit audit(cluster_.model, *engine_, *cluster_.targets, 1);
    audit.see(way_, way_.route, agent::branchy_inputs(), ask());
    report_ = audit.finish();
    std::vector<std::set<std::string>> blamed;
    for (const auto& lie : audit.take_lies()) blamed.push_back(lie.targets);
    return blamed;
  }

  deploy::Cluster cluster_{deploy::real_engine};
  std::unique_ptr<engine::Engine> engine_ = deploy::real_engine("here");
  serve::Way way_;
  std::optional<Liar> liar_;
  AuditReport report_;
};

TEST_F(AnswerAuditTest, FindsNothingWrongWithRightAnswers) {
  EXPECT_THAT(blamed(), IsEmpty());
  EXPECT_EQ(report_.compared, 1u);
  EXPECT_EQ(report_.different, 0u);
  EXPECT_LE(report_.largest_difference, 1e-6);
}

TEST_F(AnswerAuditTest, BlamesTheLastMachine) {
  corrupt(*cluster_.cloud);
  EXPECT_THAT(blamed(), ElementsAre(std::set<std::string>{"cloud"}));
  EXPECT_EQ(report_.different, 1u);
  EXPECT_GT(report_.largest_difference, 0.1);
}

TEST_F(AnswerAuditTest, BlamesAMachineInTheMiddle) {
  corrupt(*cluster_.edge);
  EXPECT_THAT(blamed(), ElementsAre(std::set<std::string>{"edge"}));
}

TEST_F(AnswerAuditTest, BlamesAllThatTookPartWhereNoneLiesAlone) {
  corrupt(*cluster_.cloud, true);
  EXPECT_THAT(blamed(), ElementsAre(std::set<std::string>{"edge", "cloud"}));
}

// A stage that has the cloud compute c while it computes b and early.
plan::Stage helped(const std::string& target) {
  plan::Stage stage = deploy::stage(target, 0, 3);
  stage.ranges.push_back({4, kLayers});
  stage.steps = {{{{0, 1}}}, {{{1, 3}}, {{.target = "cloud", .ranges = {{3, 4}}}}}, {{{4, kLayers}}}};
  return stage;
}

TEST_F(AnswerAuditTest, BlamesAMachineThatWorksForAnother) {
  go_by({helped("device")});
  EXPECT_THAT(blamed(), IsEmpty());
  corrupt(*cluster_.cloud);
  EXPECT_THAT(blamed(), ElementsAre(std::set<std::string>{"cloud"}));
}

TEST_F(AnswerAuditTest, BlamesAMachineThatHasAnotherWorkForIt) {
  go_by({stage("device", 0, 0), helped("edge")});
  EXPECT_THAT(blamed(), IsEmpty());
  corrupt(*cluster_.edge);
  EXPECT_THAT(blamed(), ElementsAre(std::set<std::string>{"edge"}));
}

// The device sends the cloud tensors past the edge.
std::vector<plan::Stage> past_the_edge() {
  std::vector<plan::Stage> stages = {stage("device", 0, 1), stage("edge", 1, 3), stage("cloud", 3, kLayers)};
  stages[0].bypasses = {{"cloud", 0, 0, {{"a", plan::kRaw, 0}, {"side", plan::kRaw, 0}}}};
  return stages;
}

TEST_F(AnswerAuditTest, FindsNothingWrongWithABypass) {
  go_by(past_the_edge());
  EXPECT_THAT(blamed(), IsEmpty());
}

TEST_F(AnswerAuditTest, BlamesAMachineThatABypassLeadsTo) {
  go_by(past_the_edge());
  corrupt(*cluster_.cloud);
  EXPECT_THAT(blamed(), ElementsAre(std::set<std::string>{"cloud"}));
}

TEST_F(AnswerAuditTest, BlamesAMachineThatABypassPasses) {
  go_by(past_the_edge());
  corrupt(*cluster_.edge);
  EXPECT_THAT(blamed(), ElementsAre(std::set<std::string>{"edge"}));
}

TEST_F(AnswerAuditTest, LooksAtOneAnswerInN) {
  AnswerAudit audit(cluster_.model, *engine_, *cluster_.targets, 3);
  for (int i = 0; i < 7; ++i) audit.see(way_, way_.route, agent::branchy_inputs(), ask());
  EXPECT_EQ(audit.finish().compared, 2u);
}

TEST_F(AnswerAuditTest, SkipsAnswersWhereTooManyWait) {
  deploy::Gate gate;
  const auto slow = gate.engines("here")("here");
  AnswerAudit audit(cluster_.model, *slow, *cluster_.targets, 1);
  gate.close();
  const auto answer = ask();
  audit.see(way_, way_.route, agent::branchy_inputs(), answer);
  gate.wait_for_arrival();
  for (std::size_t i = 0; i < AnswerAudit::kMostWaiting + 2; ++i)
    audit.see(way_, way_.route, agent::branchy_inputs(), answer);
  gate.open();
  const auto report = audit.finish();
  EXPECT_EQ(report.skipped, 2u);
  EXPECT_EQ(report.compared, 1 + AnswerAudit::kMostWaiting);
}

}  // namespace
}  // namespace tandem::workspace
