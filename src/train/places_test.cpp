#include "train/places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "train/test_network.h"

namespace tandem::train {
namespace {

using base::ElementType;
using base::message_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

constexpr std::int64_t kMany = 16;

// Trunks of convolutions with 16 filters; each method appends a layer.
class Trunk {
 public:
  Trunk() : builder_("trunk") {
    builder_.input("x", {ElementType::Float32, {1, kMany, kSide, kSide}});
    last_ = "x";
  }

  std::string conv(const std::string& name, const std::string& input) {
    return last_ = conv_relu(builder_, input, kMany, name, 1, kMany);
  }
  Trunk& conv(const std::string& name) {
    conv(name, last_);
    return *this;
  }
  Trunk& node(const std::string& op_type, const std::string& name, const std::vector<model::Attribute>& attributes) {
    last_ = builder_.node(op_type, {last_}, attributes, name);
    return *this;
  }
  Trunk& dense(const std::string& name, std::int64_t features, std::int64_t units) {
    builder_.weight(name + "/kernel", random_floats({units, features}, 0.1, 1));
    last_ = builder_.node("Gemm", {last_, name + "/kernel"}, {{"transB", 1}}, name);
    return *this;
  }
  Trunk& residual(const std::string& name) {
    const std::string before = last_;
    conv(name + "_a").conv(name + "_b");
    last_ = builder_.node("Add", {before, last_}, {}, name);
    return *this;
  }
  model::Model model(const base::TensorType& answer = {ElementType::Float32, {1, kMany, kSide, kSide}}) {
    builder_.output(last_, answer);
    const auto engine = engine::onnx_runtime({.threads = 1});
    return engine::complete(model::Source::from_part(builder_.finish(), "trunk"), *engine);
  }

 private:
  model::GraphBuilder builder_;
  std::string last_;
};

std::vector<std::string> names_of(const std::vector<Place>& places) {
  std::vector<std::string> names;
  for (const auto& place : places) names.push_back(place.tensor);
  return names;
}

TEST(Places, AreAfterTheActivation) {
  const auto places = find_places(Trunk().conv("a").conv("b").conv("c").model(), 3);
  EXPECT_THAT(names_of(places), ElementsAre("a_relu", "b_relu"));
}

TEST(Places, KnowWhatItTakesToReachThem) {
  const model::Model model = Trunk().conv("a").conv("b").conv("c").model();
  const double conv = full_cost(model.graph()) / 3;
  const auto places = find_places(model, 3);
  EXPECT_DOUBLE_EQ(places[0].trunk_cost, conv);
  EXPECT_DOUBLE_EQ(places[1].trunk_cost, 2 * conv);
  EXPECT_LE(places[0].head.multiply_accumulates, 0.1 * 2 * conv);
  EXPECT_EQ(places[0].head.filters, 8);
  EXPECT_EQ(places[0].shape, (base::Shape{1, kMany, kSide, kSide}));
}

TEST(Places, AreWhereTheFewestBytesAre) {
  const std::vector<std::int64_t> two{2, 2};
  Trunk trunk;
  trunk.conv("a").node("MaxPool", "pool", {{"kernel_shape", two}, {"strides", two}}).node("Relu", "again", {});
  const auto places =
      find_places(trunk.conv("b").conv("c").conv("d").conv("e").model({ElementType::Float32, {1, 16, 4, 4}}), 3);
  EXPECT_THAT(names_of(places), testing::Contains("again"));
  EXPECT_THAT(names_of(places), testing::Not(testing::Contains("a_relu")));
}

TEST(Places, AreNotInsideABlockThatASecondTensorPassesBy) {
  EXPECT_THAT(names_of(find_places(Trunk().residual("a").residual("b").residual("c").model(), 3)),
              ElementsAre("a", "b"));
}

TEST(Places, ArePicturesWhereFeaturesTakeAsManyBytes) {
  Trunk trunk;
  trunk.conv("a").conv("b").node("Flatten", "flat", {{"axis", 1}}).dense("dense", kMany * kSide * kSide, 64);
  EXPECT_THAT(names_of(find_places(trunk.model({ElementType::Float32, {1, 64}}), 3)), ElementsAre("a_relu", "b_relu"));
}

TEST(Places, AreAtMostSoManyEvenlySpread) {
  Trunk trunk;
  for (int i = 0; i < 60; ++i) trunk.conv("c" + std::to_string(i));
  const auto places = find_places(trunk.model(), 3);
  EXPECT_THAT(places, SizeIs(testing::AllOf(Le(kMostPlaces), testing::Ge(kMostPlaces - 1))));
  EXPECT_EQ(places.front().tensor, "c0_relu");
  for (std::size_t i = 1; i < places.size(); ++i)
    EXPECT_LE(places[i].trunk_cost - places[i - 1].trunk_cost, 4 * places[0].trunk_cost);
}

TEST(Places, SayWhyThereAreNone) {
  const auto reason_of = [](const model::Model& model) { return message_of([&] { find_places(model, 3); }); };
  EXPECT_THAT(reason_of(Trunk().node("Relu", "a", {}).node("Neg", "b", {}).model()),
              HasSubstr("trunk: nowhere to add an exit: it has no convolutions and no matrix products"));
  EXPECT_THAT(reason_of(Trunk().conv("a").node("Neg", "b", {}).model()),
              HasSubstr("the earliest answer takes 100 % of the compute, expected at most 90 %"));
  EXPECT_THAT(reason_of(Trunk().residual("a").model()), HasSubstr("none of its cuts is a single tensor"));
}

// Four samples. The first place is confident, and right, on one of them, the second on three, the network on all.
exits::Samples statistics() {
  return {{{0.9F, 0.5F, 0.4F, 0.3F}, {0.9F, 0.9F, 0.9F, 0.3F}, {1, 1, 1, 1}},
          {{true, false, false, false}, {true, true, true, false}, {true, true, true, true}}};
}
std::vector<Place> two_places() {
  return {{"a", {1, 4}, 100, {0, 0, 10}}, {"b", {1, 4}, 500, {0, 0, 20}}};
}

TEST(PlaceChoice, AddsWhatSavesTheMost) {
  const auto one = choose_places(two_places(), 1000, statistics(), 1, 0);
  EXPECT_THAT(one.places, ElementsAre(1));
  EXPECT_DOUBLE_EQ(one.policy.mean_cost, (3 * 520 + 1020) / 4.0);
  const auto both = choose_places(two_places(), 1000, statistics(), 2, 0);
  EXPECT_THAT(both.places, ElementsAre(0, 1));
  EXPECT_DOUBLE_EQ(both.policy.mean_cost, (110 + 2 * 530 + 1030) / 4.0);
  EXPECT_DOUBLE_EQ(both.policy.accuracy, 100);
}

TEST(PlaceChoice, StopsWhereNothingIsSaved) {
  auto places = two_places();
  places[0].head.multiply_accumulates = 390;
  EXPECT_THAT(choose_places(places, 1000, statistics(), 4, 0).places, ElementsAre(1));
  auto wrong = statistics();
  wrong.is_right[0].assign(4, false);
  wrong.is_right[1].assign(4, false);
  const auto none = choose_places(places, 1000, wrong, 4, 0);
  EXPECT_THAT(none.places, testing::IsEmpty());
  EXPECT_DOUBLE_EQ(none.policy.mean_cost, 1000);
}

TEST(PlaceChoice, MayLoseAsMuchAsItIsTold) {
  const auto lossy = choose_places(two_places(), 1000, statistics(), 1, 25);
  EXPECT_DOUBLE_EQ(lossy.policy.mean_cost, 520);
  EXPECT_DOUBLE_EQ(lossy.policy.accuracy, 75);
}

}  // namespace
}  // namespace tandem::train
