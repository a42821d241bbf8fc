// An agent within a budget of memory, behind its server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <stop_token>

#include "agent/agent.h"
#include "agent/test_parts.h"
#include "base/digest.h"
#include "engine/fake/fake.h"
#include "model/part_memory.h"
#include "rpc/peer.h"
#include "rpc/server.h"

namespace tandem::agent {
namespace {

using base::ErrorKind;
using testing::HasSubstr;

constexpr std::size_t kBudget = 64 << 20;

model::Model model_with_weight(std::int64_t floats) {
  const base::TensorType type{base::ElementType::Float32, {1, floats}};
  base::Tensor weight = base::Tensor::allocate(type);
  std::ranges::fill(weight.mutable_values<float>(), 0.5f);
  model::GraphBuilder builder("heavy");
  builder.input("x", type);
  builder.weight("w", weight);
  builder.node("Mul", {"x", "w"}, {}, "y");
  builder.output("y", type);
  return model::Model(model::Source::from_part(builder.finish(), "heavy"), {{"y", type}});
}

class AgentMemory : public testing::Test {
 protected:
  static base::Deadline soon() { return base::Deadline::after(base::Milliseconds(20'000)); }
  base::Status upload(const model::Part& part) {
    return peer_->upload(rpc::OfferMaker().make(part), rpc::tensors_of(part), soon(), {});
  }
  base::Result<rpc::RunReply> run(const std::string& digest, std::vector<base::NamedTensor> inputs,
                                  base::Deadline deadline = soon()) {
    return peer_->run({7, deadline, {{"edge", {digest}, {}, {"last"}}}, std::move(inputs)});
  }
  void compute(const std::stop_token& stop) const {
    if (fails_) throw base::Error(ErrorKind::Internal, "a kernel failed");
    if (!blocks_) return;
    std::promise<void> stopped;
    const std::stop_callback tell(stop, [&] { stopped.set_value(); });
    stopped.get_future().wait();
  }
  // Once the server has seen the end of all calls.
  std::size_t used_at_rest() {
    peer_.reset();
    server_.reset();
    return budget_->used();
  }

  const base::SharedBudget budget_ = std::make_shared<base::MemoryBudget>(kBudget);
  rpc::Limits limits_ = [this] {
    rpc::Limits limits;
    limits.memory = budget_;
    static_cast<wire::Limits&>(limits) = wire::within_budget(limits);
    return limits;
  }();
  std::atomic<bool> fails_{false};
  std::atomic<bool> blocks_{false};  // every run, until it is stopped
  const std::unique_ptr<engine::Engine> engine_ =
      engine::fake_engine([this](const model::Part&, const std::stop_token& stop) { compute(stop); });
  std::optional<Agent> agent_{std::in_place, AgentSettings{.name = "edge", .limits = limits_}, *engine_};
  std::optional<rpc::Server> server_{std::in_place, "127.0.0.1:0", *agent_, rpc::Credentials{}, limits_};
  std::optional<rpc::Peer> peer_{std::in_place, "edge", "127.0.0.1:" + std::to_string(server_->port()),
                                 rpc::Credentials{}};
};

TEST_F(AgentMemory, IsChargedForAPartForAsLongAsItIsHeld) {
  const model::Part part = model_with_weight(1 << 20).whole();
  ASSERT_TRUE(upload(part).ok());
  EXPECT_EQ(used_at_rest(), model::bytes_held(part) + (4u << 20)) << "the session, and the weight in memory";
  agent_.reset();
  EXPECT_EQ(budget_->used(), 0u);
}

TEST_F(AgentMemory, RefusesAPartBeyondTheBudgetAndServesOthers) {
  const auto refused = upload(model_with_weight(4 << 20).whole());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::ResourceExhausted);
  EXPECT_THAT(refused.error().message(), HasSubstr("no memory for a part while it is loaded: 51.4 MB asked, "));
  EXPECT_THAT(refused.error().message(), HasSubstr(" free of the budget of 67.1 MB (tandem agent --memory)"));
  EXPECT_TRUE(upload(branchy_model().whole()).ok());
}

TEST_F(AgentMemory, MakesRoomByPartsThatWereNotUsedForLongest) {
  const auto part_of = [](float value) {
    model::GraphBuilder builder("small");
    builder.input("x", vector_type());
    builder.weight("w", vector_of(value));
    builder.node("Mul", {"x", "w"}, {}, "last");
    builder.output("last", vector_type());
    return model::Model(model::Source::from_part(builder.finish(), "small"), {{"last", vector_type()}}).whole();
  };
  const model::Part first = part_of(-1);
  ASSERT_TRUE(upload(first).ok());
  for (int i = 0; i < 60; ++i) {  // each takes a megabyte
    const auto status = upload(part_of(static_cast<float>(i)));
    ASSERT_TRUE(status.ok()) << i << ": " << status.error().message();
  }
  const std::vector<base::NamedTensor> x{{"x", vector_of(1)}};
  EXPECT_EQ(run(rpc::OfferMaker().make(first).digest, x).error().kind(), ErrorKind::NotFound);
  EXPECT_TRUE(run(rpc::OfferMaker().make(part_of(59)).digest, x).ok());
}

TEST_F(AgentMemory, RefusesUploadsBeyondTheBudget) {
  const auto refused = upload(model_with_weight(16 << 20).whole());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::ResourceExhausted);
  EXPECT_THAT(refused.error().message(), HasSubstr("no memory for a weight: 67.1 MB asked, "));
  EXPECT_EQ(used_at_rest(), 0u);
}

TEST_F(AgentMemory, IsBackAfterFailures) {
  const model::Part part = branchy_model().whole();
  ASSERT_TRUE(upload(part).ok());
  const std::string digest = rpc::OfferMaker().make(part).digest;
  ASSERT_TRUE(run(digest, branchy_inputs()).ok());
  EXPECT_FALSE(run(digest, {}).ok()) << "without its inputs";
  EXPECT_FALSE(run(std::string(64, 'e'), branchy_inputs()).ok()) << "of an unknown part";
  fails_ = true;
  EXPECT_FALSE(run(digest, branchy_inputs()).ok());
  fails_ = false;
  blocks_ = true;
  EXPECT_EQ(run(digest, branchy_inputs(), base::Deadline::after(base::Milliseconds(30))).error().kind(),
            ErrorKind::DeadlineExceeded)
      << "and its stream is cancelled";
  blocks_ = false;
  EXPECT_TRUE(run(digest, branchy_inputs()).ok());
  EXPECT_LT(used_at_rest(), model::bytes_held(part) + 1000) << "the part, and its weights";
  agent_.reset();
  EXPECT_EQ(budget_->used(), 0u);
}

TEST_F(AgentMemory, IsChargedForTensorsThatAreDecoded) {
  const std::string description = "fp16";
  const std::string digest = base::digest_of(description);
  agent_->store_weight(digest, base::tensor_of(description)).take();
  const rpc::EncodedTensor small{"x", {base::ElementType::Float32, {1000}}, digest, 2, {}};
  const rpc::EncodedTensor large{"x", {base::ElementType::Float32, {16 << 20}}, digest, 2, {}};
  agent_->receive(small, soon());
  const std::size_t before = budget_->used();
  {
    const auto receiver = agent_->receive(small, soon());
    EXPECT_EQ(budget_->used(), before + 4000);
    EXPECT_THROW(agent_->receive(large, soon()), base::Error);
  }
  EXPECT_EQ(budget_->used(), before);
}

TEST_F(AgentMemory, IsNotTakenForAPartInQuarantine) {
  const auto journal = std::make_shared<Journal>();
  const model::Part part = branchy_model().whole();
  const rpc::PartOffer offer = rpc::OfferMaker().make(part);
  for (int death = 0; death < Journal::kDeathsToQuarantine; ++death) {
    const Journal::Note note(*journal, offer.digest);
    journal->count_death();
  }
  const std::size_t before = budget_->used();
  Agent other(AgentSettings{.name = "edge", .limits = limits_, .journal = journal}, *engine_);
  EXPECT_EQ(other.load(offer).error().kind(), ErrorKind::Refused);
  EXPECT_EQ(budget_->used(), before);
}

}  // namespace
}  // namespace tandem::agent
