// A peer that says nothing while it is at work, or is not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "base/digest.h"
#include "rpc/testing.h"

namespace tandem::rpc {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using testing::HasSubstr;

class SilenceTest : public testing::Test {
 protected:
  ~SilenceTest() override { relay_.stall(false); }

  Peer peer(double silence_ms) const {
    Limits limits;
    limits.silence = Milliseconds(silence_ms);
    return {"edge", relay_.address(), Credentials{}, limits};
  }
  static base::Status upload(Peer& peer, std::size_t bytes, const std::function<void(std::size_t)>& progress = {}) {
    const auto weight = base::Tensor::allocate(base::byte_type(bytes));
    PartOffer part{std::string(64, 'd'), "a graph", {}, {}, {}};
    part.weights.push_back({"w", weight.type(), base::digest_of(weight.bytes())});
    return peer.upload(part, {weight}, Deadline::after(Milliseconds(60'000)), progress);
  }
  static void expect_lost(const base::Status& status, const std::string& step) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind(), ErrorKind::Unavailable) << status.error().message();
    EXPECT_THAT(status.error().message(), HasSubstr(step + ": no answer, and no sign of life for 0.4 s"));
  }

  FakeHandler handler_;
  Server server_{"127.0.0.1:0", handler_, Credentials{}};
  Relay relay_{server_.port()};
};

TEST_F(SilenceTest, LosesAPeerThatFallsSilentInALoad) {
  std::promise<void> may_end;
  handler_.on_load = [&]() -> base::Status {
    relay_.stall(true);
    may_end.get_future().wait();
    return base::Nothing{};
  };
  Peer through = peer(400);
  expect_lost(upload(through, 4), "edge (" + relay_.address() + "): Load");
  may_end.set_value();
}

TEST_F(SilenceTest, LosesAPeerThatAcknowledgesHalfAnUpload) {
  Peer through = peer(400);
  expect_lost(upload(through, 64 << 20, [&](std::size_t sent) { relay_.stall(sent > (4 << 20)); }), "Upload");
}

TEST_F(SilenceTest, WaitsForALoadWhileThePeerShowsThatItLives) {
  handler_.on_load = [&]() -> base::Status {
    while (relay_.connections() < 2) std::this_thread::yield();
    return base::Nothing{};
  };
  Peer through = peer(4'000);
  const auto loaded = upload(through, 4);
  EXPECT_TRUE(loaded.ok()) << loaded.error().message();
}

TEST_F(SilenceTest, EndsAtTheDeadlineWhenAPeerOnlyLives) {
  std::promise<void> may_end;
  handler_.on_load = [&]() -> base::Status {
    may_end.get_future().wait();
    return base::Nothing{};
  };
  Peer through = peer(4'000);
  const auto loaded =
      through.upload({std::string(64, 'd'), "a graph", {}, {}, {}}, {}, Deadline::after(Milliseconds(2'500)));
  may_end.set_value();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().kind(), ErrorKind::DeadlineExceeded) << loaded.error().message();
}

TEST_F(SilenceTest, LosesAPeerThatFallsSilentWhileALinkIsMeasured) {
  Peer through = peer(400);
  ASSERT_TRUE(through.echo(0, 0, Deadline::after(Milliseconds(60'000))).ok());
  relay_.stall(true);
  const auto report = probe_link(through, Deadline::after(Milliseconds(60'000)));
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message(), HasSubstr("Echo: no answer, and no sign of life"));
}

}  // namespace
}  // namespace tandem::rpc
