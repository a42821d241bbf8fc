#include "agent/part_store.h"

#include <gtest/gtest.h>

#include <optional>

#include "agent/test_parts.h"
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
  PartStoreTest() : engine_(engine::fake_engine([this](const model::Part&) { run(); })), parts_(*engine_, weights_) {
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
  WeightStore weights_;
  PartStore parts_;
  model::Part part_;
  rpc::PartOffer offer_;
};

TEST_F(PartStoreTest, WarmsAPartUpWhenItIsLoaded) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_).ok());
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(parts_.find(offer_.digest).value()->part.graph, part_.graph);
}

TEST_F(PartStoreTest, LoadsAPartThatMadeUpValuesDoNotFit) {
  store_weights();
  error_ = ErrorKind::Internal;
  EXPECT_TRUE(parts_.load(offer_).ok());
  EXPECT_TRUE(parts_.find(offer_.digest).ok());
}

TEST_F(PartStoreTest, LoadsNoPartWhoseInputsAreTooLarge) {
  store_weights();
  error_ = ErrorKind::ResourceExhausted;
  EXPECT_THROW((void)parts_.load(offer_), base::Error);
}

TEST_F(PartStoreTest, LoadsAPartOnce) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_).ok());
  const auto first = parts_.find(offer_.digest).value();
  ASSERT_TRUE(parts_.load(offer_).ok());
  EXPECT_EQ(parts_.find(offer_.digest).value(), first);
  EXPECT_EQ(runs_, 1);
}

TEST_F(PartStoreTest, SharesTheStoresWeights) {
  store_weights();
  ASSERT_TRUE(parts_.load(offer_).ok());
  EXPECT_EQ(parts_.find(offer_.digest).value()->part.weights[0].tensor.bytes().data(),
            part_.weights[0].tensor.bytes().data());
}

TEST_F(PartStoreTest, NeedsTheWeightsFirst) {
  const auto status = parts_.load(offer_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::NotFound);
  EXPECT_FALSE(parts_.find(offer_.digest).ok());
}

TEST_F(PartStoreTest, RefusesADigestThatIsNotTheParts) {
  store_weights();
  offer_.graph.push_back('\0');
  const auto status = parts_.load(offer_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::InvalidInput);
}

TEST_F(PartStoreTest, RefusesAGraphThatReadsFilesOfThisMachine) {
  offer_.weights.clear();  // the graph still says that "w" lies elsewhere
  offer_.digest = rpc::digest_of(offer_);
  try {
    (void)parts_.load(offer_);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Refused);
  }
}

}  // namespace
}  // namespace tandem::agent
