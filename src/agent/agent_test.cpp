#include "agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "agent/test_parts.h"
#include "base/digest.h"
#include "engine/fake/fake.h"
#include "engine/slowed/slowed.h"

namespace tandem::agent {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class AgentTest : public testing::Test {
 protected:
  // Runs of parts call `before_run_`, which each test may replace.
  AgentTest() : engine_(engine::fake_engine([this](const model::Part& part) { before_run_(part); })) {}

  Agent& agent(AgentSettings settings = {}) {
    settings.name = "edge";
    agent_ = std::make_unique<Agent>(std::move(settings), *engine_, clock_);
    return *agent_;
  }
  Agent& agent_slowed_by(double factor) {
    slowed_ = engine::slowed(*engine_, factor);
    agent_ = std::make_unique<Agent>(AgentSettings{.name = "edge"}, *slowed_, clock_);
    return *agent_;
  }
  rpc::RunRequest request(std::vector<std::string> parts, std::vector<std::string> answers,
                          Deadline deadline = Deadline::never()) const {
    return {7, deadline, {{"edge", std::move(parts), {}, std::move(answers)}}, branchy_inputs()};
  }
  Deadline after(double ms) const { return Deadline::after(Milliseconds(ms), clock_); }

  FakeClock clock_;
  std::function<void(const model::Part&)> before_run_ = [](const model::Part&) {};
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Engine> slowed_;
  std::unique_ptr<Agent> agent_;
  const model::Model model_ = branchy_model();
};

std::vector<std::string> names_of(const std::vector<base::NamedTensor>& tensors) {
  std::vector<std::string> names;
  for (const auto& tensor : tensors) names.push_back(tensor.name);
  return names;
}

TEST_F(AgentTest, RunsTheWholeModelAndAnswers) {
  Agent& edge = agent();
  const std::string whole = deploy(model_, 0, 7, edge);
  const auto reply = edge.run(request({whole}, {"early", "last"}));
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_EQ(reply.value().id, 7u);
  EXPECT_THAT(names_of(reply.value().tensors), ElementsAre("early", "last"));
  ASSERT_EQ(reply.value().hops.size(), 1u);
  EXPECT_EQ(reply.value().hops[0].target, "edge");
}

TEST_F(AgentTest, HandsTensorsFromPartToPart) {
  Agent& edge = agent();
  const std::string first = deploy(model_, 0, 4, edge);
  const std::string second = deploy(model_, 4, 7, edge);
  const auto reply = edge.run(request({first, second}, {"last"}));
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_THAT(names_of(reply.value().tensors), ElementsAre("last"));
}

TEST_F(AgentTest, RefusesARequestForAnotherTarget) {
  auto wrong = request({}, {});
  wrong.route[0].target = "cloud";
  const auto reply = agent().run(wrong);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::Refused);
  EXPECT_EQ(reply.error().message(), "this is 'edge', the request is for 'cloud'");
  wrong.route.clear();
  EXPECT_EQ(agent().run(wrong).error().kind(), ErrorKind::Refused);
}

TEST_F(AgentTest, SaysThatAPartIsUnknown) {
  const auto reply = agent().run(request({std::string(64, 'a')}, {}));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(reply.error().message(), HasSubstr("edge: part aaaaaaaaaaaa is not loaded here: deploy the plan again"));
}

TEST_F(AgentTest, SaysWhichTensorIsMissing) {
  Agent& edge = agent();
  const std::string last = deploy(model_, 4, 7, edge);
  const auto unfed = edge.run(request({last}, {"last"}));
  ASSERT_FALSE(unfed.ok());
  EXPECT_THAT(unfed.error().message(), HasSubstr("is missing from the request"));
  const auto unmade = edge.run(request({}, {"ghost"}));
  ASSERT_FALSE(unmade.ok());
  EXPECT_EQ(unmade.error().message(), "edge: the route names tensor 'ghost', which no part made");
}

TEST_F(AgentTest, ForwardsToNobodyWithoutAFleet) {
  auto onward = request({}, {});
  onward.route.push_back({"cloud", {}, {}, {}});
  const auto reply = agent().run(onward);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::Refused);
  EXPECT_EQ(agent().probe({"cloud"}).error().kind(), ErrorKind::Refused);
}

TEST_F(AgentTest, ForwardsOnlyAlongTheLinksOfItsFleet) {
  const std::string text = R"(
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:1"}
  - {name: cloud, tier: cloud, address: "127.0.0.1:1"}
links:
  - {from: device, to: edge}
  - {from: device, to: cloud}
)";
  AgentSettings settings;
  settings.fleet = fleet::parse_fleet(text, "fleet.yaml");
  Agent& edge = agent(settings);
  for (const char* target : {"device", "cloud", "stranger", "edge"}) {
    auto onward = request({}, {});
    onward.route.push_back({target, {}, {}, {}});
    EXPECT_EQ(edge.run(onward).error().kind(), ErrorKind::Refused) << target;
  }
}

TEST_F(AgentTest, StopsBetweenTwoPartsOnceTheDeadlineHasPassed) {
  Agent& edge = agent();
  const std::string first = deploy(model_, 0, 4, edge);
  const std::string second = deploy(model_, 4, 7, edge);
  int runs = 0;
  before_run_ = [&](const model::Part&) {
    ++runs;
    clock_.pass(Milliseconds(60));
  };
  const auto reply = edge.run(request({first, second}, {"last"}, after(50)));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::DeadlineExceeded);
  EXPECT_EQ(reply.error().message(), "edge: the deadline passed between two parts");
  EXPECT_EQ(runs, 1);
}

TEST_F(AgentTest, StretchesItsRunsByTheSlowdown) {
  Agent& edge = agent_slowed_by(8);
  const std::string whole = deploy(model_, 0, 7, edge);
  before_run_ = [&](const model::Part&) { clock_.pass(Milliseconds(10)); };
  const auto start = clock_.now();
  const auto reply = edge.run(request({whole}, {"last"}));
  ASSERT_TRUE(reply.ok());
  EXPECT_DOUBLE_EQ(reply.value().hops[0].compute_ms, 80);
  EXPECT_DOUBLE_EQ(Milliseconds(clock_.now() - start).count(), 80);
}

TEST_F(AgentTest, StretchesNoLongerThanTheDeadline) {
  Agent& edge = agent_slowed_by(8);
  const std::string whole = deploy(model_, 0, 7, edge);
  before_run_ = [&](const model::Part&) { clock_.pass(Milliseconds(10)); };
  const auto start = clock_.now();
  const auto reply = edge.run(request({whole}, {"last"}, after(50)));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::DeadlineExceeded);
  EXPECT_DOUBLE_EQ(Milliseconds(clock_.now() - start).count(), 50);
}

TEST_F(AgentTest, RefusesAtOnceWhenTooManyWaitForTheEngine) {
  AgentSettings settings;
  settings.limits.waiting_requests = 1;
  Agent& edge = agent(settings);
  const std::string whole = deploy(model_, 0, 7, edge);
  std::promise<void> entered;
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::once_flag once;
  before_run_ = [&](const model::Part&) {
    std::call_once(once, [&] { entered.set_value(); });
    released.wait();
  };
  const auto run = [&] { return edge.run(request({whole}, {"last"})); };
  auto running = std::async(std::launch::async, run);
  entered.get_future().wait();
  // Of two more, one waits and the other is refused, without the engine being free in between.
  std::promise<base::Error> refusal;
  const auto try_run = [&] {
    const auto reply = run();
    if (!reply) refusal.set_value(reply.error());
    return reply.ok();
  };
  auto second = std::async(std::launch::async, try_run);
  auto third = std::async(std::launch::async, try_run);
  EXPECT_EQ(refusal.get_future().get().kind(), ErrorKind::ResourceExhausted);
  release.set_value();
  EXPECT_TRUE(running.get().ok());
  EXPECT_EQ(second.get() + third.get(), 1);
}

TEST_F(AgentTest, RunsAtOnceWhenNobodyMayWaitButTheEngineIsFree) {
  AgentSettings settings;
  settings.limits.waiting_requests = 0;
  Agent& edge = agent(settings);
  const std::string whole = deploy(model_, 0, 7, edge);
  EXPECT_TRUE(edge.run(request({whole}, {"last"})).ok());
}

TEST_F(AgentTest, GivesUpWaitingForTheEngineAtTheDeadline) {
  Agent& edge = agent();
  const std::string whole = deploy(model_, 0, 7, edge);
  std::promise<void> entered;
  std::promise<void> release;
  before_run_ = [&](const model::Part&) {
    entered.set_value();
    release.get_future().wait();
  };
  auto running = std::async(std::launch::async, [&] { return edge.run(request({whole}, {"last"})); });
  entered.get_future().wait();
  const auto reply = edge.run(request({whole}, {"last"}, Deadline(base::steady_clock().now())));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::DeadlineExceeded);
  release.set_value();
  EXPECT_TRUE(running.get().ok());
}

TEST_F(AgentTest, MeasuresAsOftenAsAskedWithoutCountingTheWarmUp) {
  Agent& edge = agent_slowed_by(2);
  const std::string first = deploy(model_, 0, 4, edge);
  const std::string second = deploy(model_, 4, 7, edge);
  double run_ms = 100;
  before_run_ = [&](const model::Part&) { clock_.pass(Milliseconds(std::exchange(run_ms, 5))); };
  const auto reply = edge.measure({{first, second}, 1, 3, false});
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_THAT(reply.value().samples_ms, ElementsAre(20, 20, 20));
}

TEST_F(AgentTest, MeasuresAStageOnWhatOthersMakeOfGivenInputs) {
  Agent& edge = agent();
  const std::string before = deploy(model_, 0, 4, edge);
  rpc::MeasureRequest request{{deploy(model_, 4, 7, edge)}, 1, 2};
  for (const auto& [name, tensor] : branchy_inputs()) {
    request.inputs.push_back({name, tensor.type(), base::digest_of(tensor.bytes())});
    edge.store_weight(request.inputs.back().digest, tensor).take();
  }
  const auto incomplete = edge.measure(request);
  EXPECT_EQ(incomplete.error().kind(), ErrorKind::InvalidInput);
  EXPECT_THAT(incomplete.error().message(), HasSubstr("is missing from the request"));
  std::vector<std::string> runs;
  before_run_ = [&](const model::Part& part) { runs.push_back(part.outputs[0].name); };
  request.preparation = {before};
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(edge.measure(request).ok());
  EXPECT_EQ(runs.size(), 7u) << "the preparation once, the stage three times in each measurement";
  EXPECT_EQ(std::ranges::count(runs, "last"), 6);
  request.inputs[0].digest = std::string(64, 'f');
  EXPECT_EQ(edge.measure(request).error().kind(), ErrorKind::NotFound);
}

class CodecTiming : public AgentTest {
 protected:
  CodecTiming() {
    request_.codec = store("fp16");
    request_.sample = base::digest_of(vector_of(0.5f).bytes());
    request_.sample_type = vector_type();
    edge_.store_weight(request_.sample, vector_of(0.5f)).take();
    request_.warmup_runs = 1;
    request_.runs = 3;
  }
  std::string store(const std::string& text) {
    const base::TensorType type = base::byte_type(text.size());
    edge_.store_weight(base::digest_of(text), base::Tensor::of<std::byte>(type, std::as_bytes(std::span(text)))).take();
    return base::digest_of(text);
  }

  Agent& edge_ = agent();
  rpc::MeasureRequest request_;
};

TEST_F(CodecTiming, TakesAsManySamplesAsAsked) {
  const auto reply = edge_.measure(request_);
  ASSERT_TRUE(reply.ok()) << reply.error().message();
  EXPECT_TRUE(reply.value().samples_ms.empty());
  EXPECT_EQ(reply.value().encode_samples_ms.size(), 3u);
  EXPECT_EQ(reply.value().decode_samples_ms.size(), 3u);
  EXPECT_GE(reply.value().encoded_bytes, 8);
  EXPECT_LT(reply.value().encoded_bytes, 64);
}

TEST_F(CodecTiming, NeedsACodecAndASampleThatItHolds) {
  auto request = request_;
  request.codec = std::string(64, 'a');
  EXPECT_EQ(edge_.measure(request).error().kind(), ErrorKind::NotFound);
  request.codec = store("no codec at all");
  EXPECT_EQ(edge_.measure(request).error().kind(), ErrorKind::InvalidInput);
  request = request_;
  request.sample = std::string(64, 'a');
  EXPECT_EQ(edge_.measure(request).error().kind(), ErrorKind::NotFound);
  request = request_;
  request.sample_type.shape = {5};
  EXPECT_EQ(edge_.measure(request).error().kind(), ErrorKind::InvalidInput);
}

TEST_F(AgentTest, RefusesToMeasureNothingOrWithoutEnd) {
  Agent& edge = agent();
  EXPECT_EQ(edge.measure({{}, 1, 1, false}).error().kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(edge.measure({{"p"}, 1, 1'000'000, false}).error().kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(edge.measure({{"p"}, -1, 1, false}).error().kind(), ErrorKind::InvalidInput);
}

TEST_F(AgentTest, DescribesItself) {
  const auto description = agent_slowed_by(3).describe();
  EXPECT_EQ(description.name, "edge");
  EXPECT_EQ(description.engine, "fake");
  EXPECT_EQ(description.slowdown, 3);
  EXPECT_GT(description.cores, 0);
  EXPECT_GT(description.memory_bytes, 0);
}

}  // namespace
}  // namespace tandem::agent
