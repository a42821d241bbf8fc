#include "store/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/test_files.h"
#include "cost/regression.h"
#include "cost/test_graphs.h"

namespace tandem::store {
namespace {

const cost::Identity kEdge{"known", "edge", "machine", "engine"};

model::Graph chain() {
  cost::TestGraph test;
  test.layer("Conv", "a", {"input"}).layer("Conv", "b", {"a"}).layer("Conv", "c", {"b"});
  return test.graph;
}

class LookupTest : public testing::Test {
 protected:
  LookupTest() { store_ = std::make_unique<Store>(folder_ / "costs.db"); }
  ~LookupTest() override { store_.reset(); }

  void examine(const cost::Identity& identity, double kernel_ms, std::int64_t at_s = 1000) {
    cost::Examination examination{identity, at_s, graph_.layers.size()};
    for (std::size_t layer = 0; layer < graph_.layers.size(); ++layer)
      examination.kernels.push_back({"kernel", "Conv", kernel_ms, {layer}, cost::features_of(graph_, {layer})});
    store_->put(examination);
  }
  void time(const cost::Identity& identity, const cost::LayerRange& range, double ms) {
    store_->put(cost::StageTime{identity, {range}, std::vector<double>(12, ms), 1001});
  }
  void measure(const cost::Identity& identity, double whole_ms) {
    examine(identity, 1);
    time(identity, {0, graph_.layers.size()}, whole_ms);
  }
  std::optional<cost::ModelCosts> look_up(const std::string& model, const std::string& target = "edge") const {
    return store::look_up(*store_, graph_, model, target);
  }

  const model::Graph graph_ = chain();
  std::unique_ptr<Store> store_;

 private:
  base::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

cost::Identity with_model(const std::string& model) {
  cost::Identity identity = kEdge;
  identity.model = model;
  return identity;
}

TEST_F(LookupTest, FindsWhatWasMeasured) {
  measure(kEdge, 12);
  const auto costs = look_up("known");
  ASSERT_TRUE(costs);
  EXPECT_FALSE(costs->is_predicted);
  EXPECT_NEAR(costs->whole_ms, 12, 1e-9);
  EXPECT_EQ(costs->identity, kEdge);
}

TEST_F(LookupTest, PredictsFromTheOtherModelsOfTheTarget) {
  for (const char* model : {"one", "two", "three", "four", "five"}) measure(with_model(model), 12 + model[0] % 3);
  const auto costs = look_up("unknown");
  ASSERT_TRUE(costs);
  EXPECT_TRUE(costs->is_predicted);
  EXPECT_EQ(costs->identity, with_model("unknown"));
  EXPECT_LT(costs->whole_low_ms, costs->whole_ms);
  EXPECT_GT(costs->whole_high_ms, costs->whole_ms);
  EXPECT_NEAR(costs->whole_ms, 13, 1.5);
  EXPECT_EQ(costs->layer_ms.size(), graph_.layers.size());
}

TEST_F(LookupTest, PredictsAnOverheadWhereOthersWereTimedInParts) {
  measure(kEdge, 12);
  time(kEdge, {0, 2}, 8.5);
  time(kEdge, {2, 3}, 4.25);
  EXPECT_NEAR(look_up("unknown")->stage_overhead_ms, 0.75, 1e-9);
}

TEST_F(LookupTest, KnowsNothingOfATargetWhereNothingWasMeasured) {
  EXPECT_FALSE(look_up("known"));
  measure(kEdge, 12);
  EXPECT_FALSE(look_up("known", "cloud"));
}

TEST_F(LookupTest, UsesNoSamplesOfAnotherMachine) {
  measure(kEdge, 12);
  const double alone_ms = look_up("unknown")->whole_ms;
  measure({"other", "cloud", "another machine", "engine"}, 1200);
  measure({"other", "edge before", "machine", "another engine"}, 1200);
  EXPECT_EQ(look_up("unknown")->whole_ms, alone_ms);
  EXPECT_EQ(kernel_samples(*store_, kEdge).size(), graph_.layers.size());
}

TEST_F(LookupTest, UsesSamplesOfTheSameMachineUnderAnotherName) {
  examine(kEdge, 1);  // stopped before the whole was timed
  EXPECT_FALSE(look_up("unknown"));
  measure({"other", "here", "machine", "engine"}, 12);
  EXPECT_TRUE(look_up("unknown"));
}

TEST_F(LookupTest, TakesTheNewestMachineOfATarget) {
  examine(kEdge, 1, 1000);
  cost::Identity newer = kEdge;
  newer.model = "other";
  newer.machine = "new machine";
  examine(newer, 1, 2000);
  EXPECT_EQ(known_machine(*store_, "edge"), newer);
  EXPECT_FALSE(known_machine(*store_, "cloud"));
}

TEST_F(LookupTest, SaysWhenAMeasurementWasStopped) {
  examine(kEdge, 1);
  EXPECT_THROW(look_up("known"), base::Error);
}

}  // namespace
}  // namespace tandem::store
