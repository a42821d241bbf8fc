// The end of an agent's work: at deadlines, with callers, and when it stops. By the machine's clock.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stop_token>

#include "agent/agent.h"
#include "agent/test_parts.h"
#include "engine/fake/fake.h"

namespace tandem::agent {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;

class AgentEnd : public testing::Test {
 protected:
  rpc::RunRequest request(Deadline deadline = Deadline::never()) const {
    return {7, deadline, {{"edge", {whole_}, {}, {"last"}}}, branchy_inputs()};
  }
  void run(const std::stop_token& stop) const {
    if (!blocks_) return;
    std::promise<void> stopped;
    const std::stop_callback tell(stop, [&] { stopped.set_value(); });
    stopped.get_future().wait();
  }

  std::atomic<bool> blocks_{false};  // every run, until it is stopped
  const std::unique_ptr<engine::Engine> engine_ =
      engine::fake_engine([this](const model::Part&, const std::stop_token& stop) { run(stop); });
  const model::Model model_ = branchy_model();
  Agent edge_{{.name = "edge"}, *engine_};
  const std::string whole_ = deploy(model_, 0, 7, edge_);
};

TEST_F(AgentEnd, EndsARunAtItsDeadline) {
  blocks_ = true;
  const auto reply = edge_.run(request(Deadline::after(Milliseconds(20))));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::DeadlineExceeded);
  EXPECT_EQ(reply.error().message(), "edge: the deadline passed while the stage ran");
  blocks_ = false;
  EXPECT_TRUE(edge_.run(request()).ok()) << "the engine is free again";
}

TEST_F(AgentEnd, EndsARunWhoseCallerHasGone) {
  blocks_ = true;
  std::stop_source caller;
  auto abandoned = request();
  abandoned.cancelled = caller.get_token();
  auto running = std::async(std::launch::async, [&] { return edge_.run(abandoned); });
  caller.request_stop();
  EXPECT_EQ(running.get().error().message(), "edge: the caller no longer waits");
}

TEST_F(AgentEnd, EndsALoadAtItsDeadline) {
  blocks_ = true;
  rpc::OfferMaker offers;
  const rpc::PartOffer offer = offers.make(model_.extract(4, 7));
  try {
    edge_.load(offer, {.deadline = Deadline::after(Milliseconds(20))}).take();
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::DeadlineExceeded);
  }
  blocks_ = false;
  EXPECT_TRUE(edge_.load(offer).ok()) << "others may load";
}

TEST_F(AgentEnd, EndsAMeasurementWhoseCallerHasGone) {
  blocks_ = true;
  std::stop_source caller;
  auto measuring = std::async(std::launch::async, [&] {
    return edge_.measure({{whole_}, 0, 1000}, {.cancelled = caller.get_token()});
  });
  caller.request_stop();
  EXPECT_EQ(measuring.get().error().kind(), ErrorKind::Unavailable);
}

TEST_F(AgentEnd, EndsARunWithoutADeadlineWhenItStops) {
  blocks_ = true;
  auto running = std::async(std::launch::async, [&] { return edge_.run(request()); });
  const Deadline last = edge_.stop();
  EXPECT_FALSE(last.is_never());
  EXPECT_EQ(running.get().error().message(), "edge: the agent is stopping");
  EXPECT_EQ(edge_.run(request()).error().kind(), ErrorKind::Unavailable);
}

}  // namespace
}  // namespace tandem::agent
