#include "train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/test_files.h"
#include "data/adapter.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/program.h"
#include "train/test_network.h"

namespace tandem::train {
namespace {

using base::ElementType;
using base::message_of;
using data::Role;
using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

data::Dataset dataset() {
  return {"thirds", pictures(200, 1), pictures(60, 2), pictures(60, 3), {"left", "middle", "right"}};
}

Settings settings(Mode mode = Mode::Joint) {
  Settings settings;
  settings.mode = mode;
  settings.epochs = 4;
  settings.batch = 20;
  settings.warmup_epochs = 0.4;
  settings.learning_rate = 0.02;
  settings.flip = false;
  settings.crop = 1;
  settings.threads = 1;
  return settings;
}

using Weights = std::map<std::string, std::vector<float>>;

Weights weights_of(const model::Part& part) {
  Weights weights;
  for (const auto& [name, tensor] : model::read_program(model::Source::from_part(part, "trained")).weights) {
    const auto values = tensor.values<float>();
    weights[name].assign(values.begin(), values.end());
  }
  return weights;
}

void run(Trainer& trainer, int epochs) {
  while (trainer.epochs_done() < epochs) (void)trainer.run_epoch();
}

// The weights after all epochs.
Weights train(const Settings& settings, const data::Dataset& data) {
  Trainer trainer(settings, network(), data);
  run(trainer, settings.epochs);
  return weights_of(trainer.trained());
}

std::vector<std::string> changed(const Weights& before, const Weights& after) {
  std::vector<std::string> names;
  for (const auto& [name, values] : before) {
    if (after.at(name) != values) names.push_back(name);
  }
  return names;
}

// The engine's accuracy with the weights of a part.
double engine_accuracy(const model::Part& part, const std::string& exit, const data::Part& samples) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const auto session = engine->load(part);
  const data::Adapter adapter(samples.sample_shape(), ElementType::UInt8, session->inputs().at(0).type);
  const auto output = std::ranges::find(session->outputs(), exit, &base::NamedType::name) - session->outputs().begin();
  double right = 0;
  for (std::size_t i = 0; i < samples.count(); ++i) {
    const auto answers = session->run({adapter.batch(samples, std::vector{i})});
    const auto said = answers.at(static_cast<std::size_t>(output)).values<float>();
    right += std::ranges::max_element(said) - said.begin() == samples.labels[i] ? 1 : 0;
  }
  return 100 * right / static_cast<double>(samples.count());
}

TEST(Trainer, TeachesEveryExit) {
  const data::Dataset data = dataset();
  Trainer trainer(settings(), network(), data);
  const double first_loss = trainer.run_epoch().train_loss;
  run(trainer, 3);
  EXPECT_LT(trainer.run_epoch().train_loss, first_loss / 2);
  EXPECT_THAT(trainer.accuracy(Role::Test), Each(Ge(95)));
}

TEST(Trainer, WritesWhatTheEngineAnswersAsWellWith) {
  const data::Dataset data = dataset();
  Settings little = settings();
  little.epochs = 1;
  Trainer trainer(little, network(), data);
  run(trainer, 1);
  const auto accuracy = trainer.accuracy(Role::Test);
  EXPECT_DOUBLE_EQ(engine_accuracy(trainer.trained(), "early", data.test), accuracy[0]);
  EXPECT_DOUBLE_EQ(engine_accuracy(trainer.trained(), "late", data.test), accuracy[1]);
}

TEST(Trainer, IsRepeatableByItsSeed) {
  const data::Dataset data = dataset();
  Settings other = settings();
  other.seed = 2;
  const Weights weights = train(settings(), data);
  EXPECT_EQ(train(settings(), data), weights);
  EXPECT_NE(train(other, data), weights);
}

class Resuming : public testing::TestWithParam<Optimizer> {};

TEST_P(Resuming, EndsAsATrainingThatWasNeverStopped) {
  const data::Dataset data = dataset();
  Settings long_run = settings();
  long_run.optimizer = GetParam();
  Trainer stopped(long_run, network(), data);
  run(stopped, 2);
  Trainer resumed(long_run, network(), data);
  resumed.restore(stopped.checkpoint(), 2);
  run(resumed, 4);
  EXPECT_EQ(weights_of(resumed.trained()), train(long_run, data));
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Resuming, testing::Values(Optimizer::Sgd, Optimizer::Adam));

TEST(Trainer, RefusesAStateThatIsNotItsOwn) {
  const data::Dataset data = dataset();
  Trainer trainer(settings(), network(), data);
  Checkpoint checkpoint = trainer.checkpoint();
  checkpoint.optimizer = {{"momentum/conv1/bias", random_floats({7}, 1, 1)}};
  EXPECT_THAT(message_of([&] { trainer.restore(checkpoint, 1); }),
              HasSubstr("the state 'momentum/conv1/bias' of the optimizer is missing or of another shape"));
}

TEST(Trainer, OfHeadsLeavesTheTrunkAsItIs) {
  const data::Dataset data = dataset();
  const Weights before = weights_of(Trainer(settings(), network(), data).trained());
  for (const auto mode : {Mode::Heads, Mode::Agreement}) {
    EXPECT_THAT(changed(before, train(settings(mode), data)), testing::ElementsAre("early/bias", "early/kernel"));
  }
}

TEST(Trainer, OfHeadsTeachesThem) {
  const data::Dataset data = dataset();
  Settings heads = settings(Mode::Heads);
  heads.distillation = 0.1;
  Trainer trainer(heads, network(), data);
  run(trainer, 4);
  EXPECT_GE(trainer.accuracy(Role::Test)[0], 95);
}

TEST(Trainer, OfAgreementIgnoresLabels) {
  const data::Dataset data = dataset();
  data::Dataset mislabelled = data;
  for (auto& label : mislabelled.train.labels) label = 0;
  EXPECT_EQ(train(settings(Mode::Agreement), mislabelled), train(settings(Mode::Agreement), data));
  EXPECT_NE(train(settings(Mode::Heads), mislabelled), train(settings(Mode::Heads), data));
}

TEST(Trainer, ComputesInHalfThePrecisionWhereAsked) {
  const data::Dataset data = dataset();
  Settings half = settings();
  half.precision = Precision::BFloat16;
  Trainer trainer(half, network(), data);
  run(trainer, 4);
  EXPECT_THAT(trainer.accuracy(Role::Test), Each(Ge(95)));
}

TEST(Trainer, LooksAtSomeSamplesOnlyWhereAsked) {
  const data::Dataset data = dataset();
  Trainer trainer(settings(), network(), data);
  for (const double percent : trainer.accuracy(Role::Calibration, 4)) EXPECT_DOUBLE_EQ(std::fmod(percent, 25), 0);
  EXPECT_THAT(trainer.accuracy(Role::Calibration, 1000), Each(AllOf(Ge(0), Le(100))));
}

std::string refusal_of(const Settings& settings, const data::Dataset& data) {
  return message_of([&] { Trainer(settings, network(), data); });
}

TEST(Trainer, RefusesWhatDoesNotFitTogether) {
  Settings weighted = settings();
  weighted.exit_weights = {1, 1, 1};
  EXPECT_THAT(refusal_of(weighted, dataset()), HasSubstr("exit_weights: 3 weights, expected 2: one for each exit"));
  data::Dataset many = dataset();
  many.class_names.resize(4);
  EXPECT_THAT(refusal_of(settings(), many), HasSubstr("exit 'early' answers 1x3 for a sample, expected 1x4"));
  data::Dataset empty = dataset();
  empty.test = pictures(0, 1);
  EXPECT_THAT(refusal_of(settings(), empty), HasSubstr("thirds: the test part has no samples"));
}

TEST(Trainer, SaysSoWhenItDiverges) {
  const data::Dataset data = dataset();
  Settings wild = settings();
  wild.learning_rate = 1000;
  wild.clip_norm = 0;
  Trainer trainer(wild, network(), data);
  EXPECT_THAT(message_of([&] { run(trainer, 4); }), HasSubstr("the loss is not finite: try a learning rate below"));
}

}  // namespace
}  // namespace tandem::train
