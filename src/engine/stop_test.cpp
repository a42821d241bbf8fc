// Runs of ONNX Runtime that are told to stop.
#include <gtest/gtest.h>

#include <future>
#include <stop_token>

#include "base/error.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/test_parts.h"

namespace tandem::engine {
namespace {

class Stop : public testing::Test {
 protected:
  std::unique_ptr<Engine> engine_ = onnx_runtime({.threads = 1});
};

TEST_F(Stop, EndsARunBetweenTwoKernels) {
  const auto session = engine_->load(endless_part());
  std::stop_source source;
  auto running = std::async(std::launch::async, [&] {
    try {
      session->run(made_up_inputs(session->inputs()), source.get_token());
      return std::string("it came to an end");
    } catch (const base::Error& error) {
      return error.message();
    }
  });
  EXPECT_EQ(running.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  source.request_stop();
  EXPECT_EQ(running.get(), "the run was stopped");
}

TEST_F(Stop, ThatCameEarlierEndsARunAtOnce) {
  const auto session = engine_->load(endless_part());
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(session->run(made_up_inputs(session->inputs()), source.get_token()), base::Error);
}

TEST_F(Stop, OfOneRunIsNoneOfTheNext) {
  const auto session = engine_->load(part_of_rounds());
  const auto inputs = made_up_inputs(session->inputs());
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(session->run(inputs, source.get_token()), base::Error);
  EXPECT_EQ(session->run(inputs, {}).size(), 1u);
}

TEST_F(Stop, EndsTheTimingOfKernels) {
  std::stop_source source;
  source.request_stop();
  const model::Part part = endless_part();
  EXPECT_THROW(engine_->time_kernels(part, made_up_inputs(part.inputs), 1, source.get_token()), base::Error);
}

}  // namespace
}  // namespace tandem::engine
