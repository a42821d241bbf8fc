#include "workspace/request_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "cost/test_costs.h"
#include "engine/fake/fake.h"
#include "profile/measure.h"
#include "workspace/test_models.h"

namespace tandem::workspace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RequestWatchTest : public testing::Test {
 protected:
  RequestWatchTest() {
    link_.round_trip_ms.value = 10;
    link_.upload_mbps.value = 10;
    store().put(link_);
    cost::Examination examination = cost::some_examination();
    examination.identity = identity();
    store().put(examination);
  }

  store::Store& store() { return workspace_.store(); }
  cost::Identity identity() {
    rpc::Access& device = workspace_.access().targets().at("device");
    return profile::make_subject(workspace_.model().digest(), "device", device).identity;
  }
  cost::LinkCosts link() { return *store().link_costs("device", "edge"); }

  // `times` requests: layer 0 on the device in 3 ms, layer 1 on the edge in 2; 1 MB crosses in 410 ms.
  void run(std::size_t times, double stalled_ms = 0) {
    RequestWatch watch(workspace_);
    for (std::size_t i = 0; i < times; ++i) {
      const double stall_ms = i == 0 ? stalled_ms : 0;
      watch.see(plan_, {answers_, {{"device", 3, 412 + stall_ms, 1'000'000}, {"edge", 2}}});
    }
  }

  plan::Plan two_stages() {
    plan::Plan plan;
    plan.stages = {{.target = "device", .ranges = {{0, 1}}}, {.target = "edge", .ranges = {{1, 2}}}};
    return plan;
  }

  base::TemporaryFolder folder_;
  cost::LinkCosts link_ = cost::some_link_costs();
  // Nobody is at the edge's address.
  Workspace workspace_{engine::fake_engine(), described_model(),
                       fleet::parse_fleet("targets: [{name: device, tier: device}, "
                                          "{name: edge, tier: edge, address: '127.0.0.1:1'}]",
                                          "fleet.yaml"),
                       folder_ / "costs.db"};
  plan::Plan plan_ = two_stages();
  std::vector<base::NamedTensor> answers_;
};

TEST_F(RequestWatchTest, KeepsTheTimesOfStagesOnTargetsThatWereProfiled) {
  run(5);
  const auto times = store().all_stage_times();
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times[0].identity, identity());
  EXPECT_EQ(times[0].ranges, (std::vector<cost::LayerRange>{{0, 1}}));
  EXPECT_THAT(times[0].samples_ms, ElementsAre(3, 3, 3, 3, 3));
}

TEST_F(RequestWatchTest, LearnsTheLinkFromTheMedian) {
  run(5, 60'000);
  EXPECT_NEAR(link().upload_mbps.value, 20, 1e-9);  // 8 Mb in 400 ms
  EXPECT_EQ(link().upload_mbps.source, cost::Source::Transfer);
}

// Of the 400 ms, 100 are the answer's way back: 250,000 bytes at 20 Mb/s.
TEST_F(RequestWatchTest, LeavesOutTheAnswersWayBack) {
  link_.download_mbps.value = 20;
  store().put(link_);
  answers_ = {{"y", base::Tensor::allocate({base::ElementType::UInt8, {250'000}})}};
  run(5);
  EXPECT_NEAR(link().upload_mbps.value, 8.0 / 0.3, 1e-9);
  answers_[0].name = "a";  // made on the device
  store().put(link_);
  run(5);
  EXPECT_NEAR(link().upload_mbps.value, 20, 1e-9);
}

TEST_F(RequestWatchTest, LearnsNothingFromAFewRequests) {
  run(4);
  EXPECT_THAT(store().all_stage_times(), IsEmpty());
  EXPECT_EQ(link(), link_);
}

TEST_F(RequestWatchTest, KeepsNoStageThatMayStopAtAnExit) {
  plan_.exits = {{.name = "y"}};
  run(5);
  EXPECT_THAT(store().all_stage_times(), IsEmpty());
  EXPECT_NEAR(link().upload_mbps.value, 20, 1e-9);
}

}  // namespace
}  // namespace tandem::workspace
