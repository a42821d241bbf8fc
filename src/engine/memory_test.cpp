// Runs of ONNX Runtime within a budget of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "base/error.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/test_memory_parts.h"

namespace tandem::engine {
namespace {

using testing::HasSubstr;

class EngineMemory : public testing::Test {
 protected:
  static std::string failure_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::ResourceExhausted) << error.message();
      return error.message();
    }
    return "it worked";
  }
  static std::vector<base::Tensor> run(Session& session) { return session.run(made_up_inputs(session.inputs()), {}); }

  base::SharedBudget budget_ = std::make_shared<base::MemoryBudget>(64 << 20);
  std::unique_ptr<Engine> engine_ = onnx_runtime({.threads = 1, .memory = budget_});
};

TEST_F(EngineMemory, RefusesARunBeyondTheBudget) {
  const auto session = engine_->load(expanding_part(kEightGigabytes));
  EXPECT_THAT(failure_of([&] { run(*session); }),
              HasSubstr("no memory for the computation: 8.6 GB asked, 67.1 MB free of the budget of 67.1 MB"));
  EXPECT_THAT(failure_of([&] { run(*session); }), HasSubstr("67.1 MB free")) << "nothing was lost";
}

TEST_F(EngineMemory, RefusesAGraphWhoseConstantsAreBeyondTheBudget) {
  EXPECT_THAT(failure_of([&] { engine_->load(folding_part(kEightGigabytes)); }), HasSubstr("8.6 GB asked"));
  EXPECT_EQ(budget_->used(), 0u);
  EXPECT_EQ(failure_of([&] { engine_->load(folding_part(1000)); }), "it worked");
}

TEST_F(EngineMemory, RunsWithinTheBudgetAfterARefusal) {
  const auto large = engine_->load(expanding_part(kEightGigabytes));
  const auto small = engine_->load(expanding_part(1 << 20));
  failure_of([&] { run(*large); });
  EXPECT_EQ(failure_of([&] { run(*small); }), "it worked");
  EXPECT_GE(budget_->used(), 4u << 20) << "kept for the next run";
}

TEST_F(EngineMemory, ChargesShapesThatTheRequestDecides) {
  const auto session = engine_->load(part_of_floats());
  const auto run_with = [&](std::int64_t floats) {
    auto inputs = made_up_inputs(session->inputs());
    inputs[1] = base::Tensor::of<std::int64_t>({base::ElementType::Int64, {1}}, std::array{floats});
    session->run(inputs, {});
  };
  EXPECT_EQ(failure_of([&] { run_with(1000); }), "it worked");
  EXPECT_THAT(failure_of([&] { run_with(kEightGigabytes); }), HasSubstr("8.6 GB asked"));
  EXPECT_EQ(failure_of([&] { run_with(1000); }), "it worked");
}

TEST_F(EngineMemory, AnswersAreChargedUntilNobodyHoldsThem) {
  auto session = engine_->load(expanding_part(1 << 20));
  auto answers = run(*session);
  session = nullptr;
  EXPECT_GT(budget_->used(), 0u);
  EXPECT_LT(budget_->used(), 1000u) << "a session leaves no free blocks";
  answers.clear();
  const auto other = engine_->load(folding_part(4));
  run(*other).clear();
  EXPECT_LT(budget_->used(), 10'000u);
}

TEST_F(EngineMemory, EnginesHaveBudgetsOfTheirOwn) {
  const auto other_budget = std::make_shared<base::MemoryBudget>(64 << 20);
  const auto other = onnx_runtime({.threads = 1, .memory = other_budget});
  const auto without = onnx_runtime({.threads = 1});
  run(*other->load(expanding_part(1 << 20)));
  run(*without->load(expanding_part(32 << 20)));
  EXPECT_EQ(budget_->used(), 0u);
  EXPECT_EQ(other_budget->used(), 0u) << "its session is gone";
}

}  // namespace
}  // namespace tandem::engine
