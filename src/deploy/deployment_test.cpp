#include "deploy/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <future>

#include "base/digest.h"
#include "deploy/test_cluster.h"
#include "engine/verify.h"

namespace tandem::deploy {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using testing::ElementsAre;

class DeploymentTest : public testing::Test {
 protected:
  double difference(const base::Result<Answer>& answer) const {
    return difference_from_whole(answer, cluster_.model, *cluster_.device->engine);
  }
  base::Result<Answer> run(const Route& route) { return cluster_.deployment->run(route, agent::branchy_inputs()); }

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

TEST_F(DeploymentTest, RefusesAPolicyWithoutExits) {
  plan::Plan with_exits{{stage("device", 0, kLayers)}};
  with_exits.policy = "early";
  EXPECT_THROW(cluster_.deployment->add({with_exits}), base::Error);
}

// Routes whose tensors cross encoded.
class CodecDeployment : public DeploymentTest {
 protected:
  static std::vector<plan::Stage> stages_with(const std::string& codec, const std::string& tensor = "b") {
    plan::Stage device = stage("device", 0, 2);
    device.sent = {{"side", "raw", 16}, {"a", "raw", 16}, {tensor, codec, 8}};
    return {device, stage("edge", 2, kLayers)};
  }
  ErrorKind failure(const std::vector<plan::Stage>& stages) {
    try {
      cluster_.deploy(stages);
      return ErrorKind::Internal;
    } catch (const base::Error& error) {
      return error.kind();
    }
  }
  // `x` as the edge receives it from the device, encoded.
  base::Result<rpc::RunReply> pass_on(const base::Tensor& x, Deadline deadline = Deadline::never(),
                                      const std::string& codec = "fp16") {
    rpc::RunRequest request{1, deadline, {{"device", {}, {"x"}}, {"edge", {}, {}, {"x"}}}, {{"x", x}}};
    request.route[0].codecs = {base::digest_of(codec)};
    return cluster_.targets->at(0).run(request);
  }
  static base::Tensor waves(std::int64_t channels) {
    base::Tensor tensor = base::Tensor::allocate({base::ElementType::Float32, {1, channels, 64, 64}});
    const auto values = tensor.mutable_values<float>();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i) * 0.01f);
    return tensor;
  }
};

TEST_F(CodecDeployment, NearlyAnswersAsTheWholeDoes) {
  const auto route = cluster_.deploy(stages_with("fp16"));
  EXPECT_THAT(route.hops[0].forwards, ElementsAre("side", "a", "b"));
  EXPECT_THAT(route.hops[0].codecs, ElementsAre("", "", base::digest_of("fp16")));
  const auto answer = run(route);
  const double off = difference(answer);
  EXPECT_GT(off, 0) << "it was rounded on its way";
  EXPECT_LE(off, 1e-2);
  EXPECT_GE(answer.value().hops[0].encode_ms, 0);
  EXPECT_LT(answer.value().hops[0].sent_bytes, 2 * 16 + 64);
  EXPECT_EQ(answer.value().hops[0].decode_ms, 0);
  EXPECT_EQ(answer.value().hops[1].encode_ms, 0);
}

TEST_F(CodecDeployment, CarriesNoCodecsWhereEverythingIsRaw) {
  EXPECT_TRUE(cluster_.deploy(stages_with("raw")).hops[0].codecs.empty());
}

TEST_F(CodecDeployment, EncodesOnEveryHopAsPlanned) {
  plan::Stage device = stage("device", 0, 1);
  plan::Stage edge = stage("edge", 1, 5);
  device.sent = {{"a", "fp16", 8}};
  edge.sent = {{"d", "fp32", 16}};
  const auto route = cluster_.deploy({device, edge, stage("cloud", 5, kLayers)});
  EXPECT_THAT(route.hops[1].codecs, ElementsAre("", base::digest_of("fp32")));
  EXPECT_LE(difference(run(route)), 1e-2);
}

TEST_F(CodecDeployment, TakesDescriptionsByTensorAndId) {
  const std::string fitted = "int8 scale=0.01 zero=128";
  Deployment deployment(cluster_.model, *cluster_.targets, {{{"b", "mine"}, fitted}});
  const auto route = deployment.add({plan::Plan{stages_with("mine")}}).front();
  EXPECT_EQ(route.hops[0].codecs.at(2), base::digest_of(fitted));
  EXPECT_LE(difference(deployment.run(route, agent::branchy_inputs())), 3e-2);
}

TEST_F(CodecDeployment, RefusesCodecsThatItDoesNotKnow) {
  EXPECT_EQ(failure(stages_with("mine")), ErrorKind::NotFound);
  Deployment deployment(cluster_.model, *cluster_.targets, {{{"a", "mine"}, "fp16"}});
  EXPECT_THROW(deployment.add({plan::Plan{stages_with("mine")}}), base::Error) << "it is another tensor's";
  try {
    cluster_.deploy(stages_with("mine"));
  } catch (const base::Error& error) {
    EXPECT_THAT(error.message(), testing::HasSubstr("codec 'mine' of tensor 'b'"));
    EXPECT_THAT(error.message(), testing::HasSubstr("tandem codec tune"));
  }
}

TEST_F(CodecDeployment, RefusesCodecsThatDoNotTakeTheirTensor) {
  EXPECT_EQ(failure(stages_with("png")), ErrorKind::Unsupported);
}

TEST_F(CodecDeployment, PassesALargeTensorOnInPieces) {
  cluster_.deploy(stages_with("fp16"));
  const auto reply = pass_on(waves(100));
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_LT(base::relative_difference(reply.value().tensors.at(0).tensor, waves(100)), 1e-3);
  ASSERT_EQ(reply.value().hops.size(), 2u);
  const rpc::HopReport& device = reply.value().hops[0];
  EXPECT_GT(device.encode_ms, 0);
  EXPECT_GT(device.exchange_ms, device.encode_ms);
  EXPECT_GT(device.sent_bytes, 100 * 64 * 64 * 2);
  EXPECT_LT(device.sent_bytes, 100 * 64 * 64 * 2 + 1000);
  EXPECT_GT(reply.value().hops[1].decode_ms, 0);
}

// The second chunk is raw.
TEST_F(CodecDeployment, PassesNanOnAsNan) {
  cluster_.deploy(stages_with("int8"));
  base::Tensor sent = waves(100);
  constexpr std::size_t kPlace = 65536 + 7;
  sent.mutable_values<float>()[kPlace] = NAN;
  const auto reply = pass_on(sent, Deadline::never(), "int8");
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  const auto arrived = reply.value().tensors.at(0).tensor.values<float>();
  for (std::size_t i = 0; i < arrived.size(); ++i) ASSERT_EQ(std::isnan(arrived[i]), i == kPlace) << i;
}

TEST_F(CodecDeployment, SaysWhichEndLacksACodec) {
  const auto nobody = pass_on(waves(1));
  ASSERT_FALSE(nobody.ok());
  EXPECT_EQ(nobody.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(nobody.error().message(), testing::StartsWith("device: codec "));
  cluster_.targets->at(0)
      .upload_blobs({base::Tensor::of<std::byte>({base::ElementType::UInt8, {4}}, std::as_bytes(std::span("fp16", 4)))},
                    Deadline::never())
      .take();
  for (const std::int64_t channels : {1, 100}) {
    const auto reply = pass_on(waves(channels));
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().kind(), ErrorKind::NotFound) << reply.error().message();
    EXPECT_THAT(reply.error().message(), testing::StartsWith("device → edge: edge"));
  }
}

TEST_F(CodecDeployment, SaysThatAMachineIsGoneAndWorksAgainOnceItIsBack) {
  cluster_.deploy(stages_with("fp16"));
  ASSERT_TRUE(pass_on(waves(100)).ok());
  cluster_.edge->server.reset();
  EXPECT_EQ(pass_on(waves(100), Deadline::after(Milliseconds(10'000))).error().kind(), ErrorKind::Unavailable);
  cluster_.edge->start();
  EXPECT_TRUE(pass_on(waves(100)).ok());
}

TEST_F(DeploymentTest, TakesExitsFromTheTargetThatReachesThem) {
  const auto route = cluster_.deploy({stage("device", 0, 3), stage("edge", 3, kLayers)});
  EXPECT_THAT(route.hops[0].answers, ElementsAre("early"));
  EXPECT_THAT(route.hops[1].answers, ElementsAre("last"));
  EXPECT_LE(difference(run(route)), 1e-6);
}

// The early exit gives each of its four classes a probability of 0.25.
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
    const auto expected = engine::run_whole(cluster_.model, *cluster_.device->engine, agent::branchy_inputs());
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

TEST_F(ExitTest, GoesOnWhereAnExitSaysNan) {
  auto inputs = agent::branchy_inputs();
  inputs[0].tensor = agent::vector_of(NAN);
  const auto answer = cluster_.deployment->run(deploy_with_threshold(0.01), inputs);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  ASSERT_THAT(answer.value().outputs, testing::SizeIs(1));
  EXPECT_EQ(answer.value().outputs[0].name, "last");
  for (const float value : answer.value().outputs[0].tensor.values<float>()) EXPECT_TRUE(std::isnan(value));
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

TEST_F(DeploymentTest, DividesNoStageOfPlansThatStayApart) {
  const plan::Plan early{{stage("device", 0, 2), stage("edge", 2, kLayers)}};
  const plan::Plan late{{stage("device", 0, 5), stage("edge", 5, kLayers)}};
  const auto routes = cluster_.deployment->add_apart({early, late});
  ASSERT_THAT(routes, testing::SizeIs(2));
  for (const auto& route : routes) {
    for (const auto& hop : route.hops) EXPECT_THAT(hop.parts, testing::SizeIs(1));
    EXPECT_LE(difference(run(route)), 1e-6);
  }
  EXPECT_THAT(cluster_.deploy(late.stages).hops[0].parts, testing::SizeIs(1)) << "nor later ones for their sake";
}

TEST_F(DeploymentTest, ReportsTheProgressOfAnUpload) {
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
                                                {"side", agent::vector_of(0)}};
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

TEST_F(DeploymentTest, SendsEverythingAgainToATargetThatComesBackEmpty) {
  const auto route = cluster_.deploy({stage("device", 0, 2), stage("edge", 2, 5), stage("cloud", 5, kLayers)});
  EXPECT_LE(difference(run(route)), 1e-6);
  const int port = cluster_.edge->port;
  cluster_.edge.reset();
  cluster_.edge.emplace("edge", real_engine("edge"), cluster_.edge_fleet());
  cluster_.edge->port = port;
  cluster_.edge->start();
  (void)run(route);  // finds that the connection was lost
  EXPECT_LE(difference(run(route)), 1e-6);
}

// Fake engines; that of the edge stops at a gate while it is closed.
class GatedDeployment : public testing::Test {
 protected:
  GatedDeployment() : cluster_(gate_.engines("edge")) {
    route_ = cluster_.deploy({stage("device", 0, 3), stage("edge", 3, kLayers)});
  }
  ~GatedDeployment() override { gate_.open(); }

  base::Result<Answer> run(double deadline_ms) {
    return cluster_.deployment->run(route_, agent::branchy_inputs(), Deadline::after(Milliseconds(deadline_ms)));
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

TEST_F(GatedDeployment, RunsSeveralRequestsAtOnce) {
  std::vector<std::future<base::Result<Answer>>> requests;
  for (int i = 0; i < 8; ++i) requests.push_back(std::async(std::launch::async, [this] { return run(20'000); }));
  for (auto& request : requests) {
    const auto answer = request.get();
    EXPECT_TRUE(answer.ok()) << answer.error().message();
  }
}

}  // namespace
}  // namespace tandem::deploy
