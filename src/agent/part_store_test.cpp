#include "agent/part_store.h"

#include <gtest/gtest.h>

#include <optional>

#include "agent/test_parts.h"
#include "base/test_files.h"
#include "engine/fake/fake.h"

namespace tandem::agent {
namespace {

using base::ErrorKind;

// A part with one weight beside its graph.
model::Part weighted_part() {
  model::GraphBuilder builder("weighted");
  const base::TensorType type{base::ElementType::Float32, {512}};
  builder.input("x", type);
  builder.weight("w", base::Tensor::of<float>(type, std::vector<float>(512, 2)));
  builder.node("Mul", {"x", "w"}, {}, "y");
  builder.output("y", type);
  return builder.finish();
}

class PartStoreTest : public testing::Test {
 protected:
  PartStoreTest()
      : engine_(engine::fake_engine([this](const model::Part&) { run(); })),
        parts_(*engine_, weights_, journal_, folder_.path() / "parts") {
    part_ = weighted_part();
    offer_ = rpc::OfferMaker().make(part_);
  }
  void store_weights() { weights_.put(offer_.weights[0].digest, part_.weights[0].tensor).take(); }

  void run() {
    ++runs_;
    if (error_) throw base::Error(*error_, "made-up values");
  }

  int runs_ = 0;
  std::optional<ErrorKind> error_;  // of every run
  std::unique_ptr<engine::Engine> engine_;
  base::TemporaryFolder folder_;
  WeightStore weights_{folder_.path()};
  Journal journal_;
  Watch watch_;
  const Task task_{watch_};
  PartStore parts_;
  model::Part part_;
  rpc::PartOffer offer_;
};

TEST_F(PartStoreTest, WarmsAPartUpWhenItIsLoaded) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_, task_).ok());
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(parts_.find(offer_.digest).value()->part.graph, part_.graph);
}

TEST_F(PartStoreTest, LoadsAPartThatMadeUpValuesDoNotFit) {
  store_weights();
  error_ = ErrorKind::Internal;
  EXPECT_TRUE(parts_.load(offer_, task_).ok());
  EXPECT_TRUE(parts_.find(offer_.digest).ok());
}

TEST_F(PartStoreTest, LoadsNoPartWhoseInputsAreTooLarge) {
  store_weights();
  error_ = ErrorKind::ResourceExhausted;
  EXPECT_THROW((void)parts_.load(offer_, task_), base::Error);
}

TEST_F(PartStoreTest, LoadsAPartOnce) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_, task_).ok());
  const auto first = parts_.find(offer_.digest).value();
  ASSERT_TRUE(parts_.load(offer_, task_).ok());
  EXPECT_EQ(parts_.find(offer_.digest).value(), first);
  EXPECT_EQ(runs_, 1);
}

TEST_F(PartStoreTest, SharesTheStoresWeights) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_, task_).ok());
  EXPECT_EQ(parts_.find(offer_.digest).value()->part.weights[0].tensor.bytes().data(),
            weights_.get(offer_.weights[0].digest).value().bytes().data());
}

TEST_F(PartStoreTest, LoadsAPartThatAnotherProcessWasGiven) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_, task_).ok());
  WeightStore weights(folder_.path());
  PartStore next(*engine_, weights, journal_, folder_.path() / "parts");
  EXPECT_FALSE(next.find(offer_.digest).ok());
  const auto ready = next.ready(offer_.digest, task_);
  ASSERT_TRUE(ready.ok()) << ready.error().message();
  EXPECT_EQ(ready.value()->part.graph, part_.graph);
  EXPECT_EQ(runs_, 2) << "it is warm";
}

TEST_F(PartStoreTest, KeepsNoPartThatCannotBeLoaded) {
  store_weights();
  error_ = ErrorKind::ResourceExhausted;
  EXPECT_THROW((void)parts_.load(offer_, task_), base::Error);
  EXPECT_EQ(parts_.ready(offer_.digest, task_).error().kind(), ErrorKind::NotFound);
}

TEST_F(PartStoreTest, RefusesAPartInQuarantine) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_, task_).ok());
  for (int death = 0; death < Journal::kDeathsToQuarantine; ++death) {
    const Journal::Note note(journal_, offer_.digest);
    journal_.count_death();
  }
  PartStore next(*engine_, weights_, journal_, folder_.path() / "parts");
  EXPECT_EQ(next.load(offer_, task_).error().kind(), ErrorKind::Refused);
  EXPECT_EQ(next.ready(offer_.digest, task_).error().kind(), ErrorKind::Refused);
  EXPECT_EQ(runs_, 1);
}

TEST_F(PartStoreTest, BeginsNoLoadBeyondTheDeadline) {
  store_weights();
  const Task late(watch_, base::Deadline(base::steady_clock().now()));
  while (!late.end()) std::this_thread::yield();
  EXPECT_THROW((void)parts_.load(offer_, late), base::Error);
  EXPECT_EQ(runs_, 0);
}

TEST_F(PartStoreTest, NeedsTheWeightsFirst) {
  const auto status = parts_.load(offer_, task_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::NotFound);
  EXPECT_FALSE(parts_.find(offer_.digest).ok());
}

TEST_F(PartStoreTest, RefusesADigestThatIsNotTheParts) {
  store_weights();
  offer_.graph.push_back('\0');
  const auto status = parts_.load(offer_, task_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::InvalidInput);
}

TEST_F(PartStoreTest, RefusesAGraphThatReadsFilesOfThisMachine) {
  offer_.weights.clear();  // the graph still says that "w" lies elsewhere
  offer_.digest = rpc::digest_of(offer_);
  try {
    (void)parts_.load(offer_, task_);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Refused);
  }
}

}  // namespace
}  // namespace tandem::agent
