#include "train/growth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/test_files.h"
#include "data/adapter.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/program.h"
#include "train/structure.h"
#include "train/test_network.h"

namespace tandem::train {
namespace {

using base::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

data::Dataset dataset() {
  return {"thirds", pictures(200, 1), pictures(60, 2), pictures(60, 3), {"left", "middle", "right"}};
}

Settings settings(Mode mode = Mode::Heads, std::size_t count = 2) {
  Settings settings;
  settings.mode = mode;
  settings.threads = 1;
  settings.add_exits = AddExits{count, 1};
  return settings;
}

// The answer to some pictures, with the engine's own order of operations.
std::vector<float> answers_of(const model::Source& source, const std::string& answer, const data::Part& part) {
  const auto session =
      engine::onnx_runtime({.threads = 1})->load(model::GraphBuilder(source).finish(), engine::Optimization::None);
  const data::Adapter adapter(part.sample_shape(), part.samples.element(), session->inputs().at(0).type);
  const auto place = std::ranges::find(session->outputs(), answer, &base::NamedType::name) - session->outputs().begin();
  std::vector<float> said;
  for (std::size_t i = 0; i < part.count(); ++i) {
    const auto outputs = session->run({adapter.batch(part, std::vector{i})});
    const auto values = outputs.at(static_cast<std::size_t>(place)).values<float>();
    said.insert(said.end(), values.begin(), values.end());
  }
  return said;
}

std::string digest_of(const Growth& growth) {
  return model::digest_of(model::GraphBuilder(growth.source).finish());
}

TEST(Growth, AddsExitsBeforeTheAnswer) {
  const Growth growth = add_exits(settings(), network_without_exits(), dataset());
  const model::Program program = model::read_program(growth.source);
  ASSERT_THAT(growth.additions.exits, testing::Not(testing::IsEmpty()));
  EXPECT_EQ(program.exits.front(), "exit1");
  EXPECT_EQ(program.exits.back(), "answer");
  EXPECT_EQ(program.exits.size(), growth.additions.exits.size() + 1);
  EXPECT_EQ(growth.additions.exits[0].name, "exit1");
  EXPECT_EQ(growth.additions.exits[0].tensor, "conv1_relu");
  EXPECT_EQ(growth.additions.exits[0].filters, 8);
  EXPECT_GE(growth.additions.exits[0].probe_accuracy, 90);
  EXPECT_LT(growth.additions.expected_share, 0.2);
}

TEST(Growth, LeavesTheNetworkAsItIs) {
  const auto before = answers_of(network_without_exits(), "answer", dataset().test);
  EXPECT_EQ(answers_of(add_exits(settings(), network_without_exits(), dataset()).source, "answer", dataset().test),
            before);
}

TEST(Growth, IsTheSameForTheSameSeed) {
  const std::string once = digest_of(add_exits(settings(), network_without_exits(), dataset()));
  EXPECT_EQ(digest_of(add_exits(settings(), network_without_exits(), dataset())), once);
  Settings other = settings();
  other.seed = 2;
  EXPECT_NE(digest_of(add_exits(other, network_without_exits(), dataset())), once);
}

TEST(Growth, EndsHeadsAsTheNetworkEnds) {
  for (const bool ends_in_softmax : {true, false}) {
    const auto growth = add_exits(settings(), network_without_exits("answer", ends_in_softmax), dataset());
    const auto logits = logits_of(model::read_program(growth.source));
    EXPECT_EQ(logits.front(), ends_in_softmax ? "exit1_logits" : "exit1");
  }
}

TEST(Growth, ChoosesOtherNamesWhereItsOwnAreTaken) {
  const auto growth = add_exits(settings(), network_without_exits("exit7"), dataset());
  EXPECT_EQ(model::read_program(growth.source).exits.front(), "added_exit1");
}

TEST(Growth, NeedsNoLabelsToAgree) {
  data::Dataset mislabelled = dataset();
  for (auto* part : {&mislabelled.train, &mislabelled.calibration}) std::ranges::fill(part->labels, 0);
  const auto agreeing = [](const data::Dataset& data) {
    return digest_of(add_exits(settings(Mode::Agreement), network_without_exits(), data));
  };
  EXPECT_EQ(agreeing(mislabelled), agreeing(dataset()));
}

// The network's answer is always the same: always right, and probes learn nothing of it.
data::Dataset unlearnable() {
  data::Dataset data = dataset();
  const auto said = answers_of(network_without_exits(), "answer", pictures(1, 1));
  const std::int64_t label = std::ranges::max_element(said) - said.begin();
  std::ranges::fill(data.calibration.labels, label);
  for (auto& other : data.train.labels) other = (label + 1 + other % 2) % kClasses;
  return data;
}

std::string refusal_of(const model::Source& source, const data::Dataset& data) {
  return message_of([&] { add_exits(settings(), source, data); });
}

TEST(Growth, SaysWhyItAddsNone) {
  EXPECT_THAT(refusal_of(network(), dataset()), HasSubstr("it answers 2 times already (early, late)"));
  data::Dataset many = dataset();
  many.class_names.resize(4);
  EXPECT_THAT(refusal_of(network_without_exits(), many), HasSubstr("answers with float32 1x3, expected float32 1x4"));
  data::Dataset few = dataset();
  few.train = pictures(3, 1);
  EXPECT_THAT(refusal_of(network_without_exits(), few), HasSubstr("3 training samples"));
  EXPECT_THAT(refusal_of(network_without_exits(), unlearnable()), HasSubstr("no early exit pays"));
}

TEST(Additions, AreToldAsTextAndAsJson) {
  const Additions additions{
      {{"exit1", "relu", 0.25, 0.05, 8, 71.5}, {"exit2", "flat", 0.5, 0.01, 0, 80}}, 4, 7, 90, 89.5, 0.6};
  EXPECT_THAT(to_text(additions), HasSubstr("added 2 of 4 requested exits, after probing 7 places"));
  EXPECT_THAT(to_text(additions), HasSubstr("exit1  after 'relu': 25.0 % of the compute, its head 5.0 % (8 filters)"));
  EXPECT_THAT(to_text(additions), HasSubstr("(no convolutions)"));
  EXPECT_THAT(to_text(additions), HasSubstr("no more: by the probes"));
  EXPECT_EQ(to_json(additions)["exits"][1]["tensor"], "flat");
  EXPECT_EQ(to_json(additions)["expected_share_of_full"], 0.6);
}

}  // namespace
}  // namespace tandem::train
