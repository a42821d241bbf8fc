#include "train/training.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/test_files.h"
#include "data/read.h"
#include "model/program.h"
#include "train/test_network.h"
#include "train/trainer.h"

namespace tandem::train {
namespace {

using base::message_of;
using base::TemporaryFolder;
using testing::HasSubstr;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

// As IDX files (http://yann.lecun.com/exdb/mnist): the element type, the dimensions, the values.
void write_idx(const std::filesystem::path& folder, const std::string& name, const data::Part& part) {
  const auto count = big_endian(static_cast<std::uint32_t>(part.count()));
  const auto side = big_endian(kSide);
  const auto pixels = part.samples.values<char>();
  const std::string labels(part.labels.begin(), part.labels.end());
  base::write_file(folder / (name + "-images-idx3-ubyte"),
                   big_endian(0x803) + count + side + side + std::string(pixels.begin(), pixels.end()));
  base::write_file(folder / (name + "-labels-idx1-ubyte"), big_endian(0x801) + count + labels);
}

class ATraining : public testing::Test {
 protected:
  void SetUp() override {
    write_idx(folder_ / "", "train", pictures(200, 1));
    write_idx(folder_ / "", "t10k", pictures(60, 2));
    model::write_onnx(model::GraphBuilder(network()).finish(), folder_ / "model.onnx");
  }

  Settings settings() const {
    const base::Json json = {{"format", "tandem.training"},
                             {"version", 1},
                             {"model", folder_ / "model.onnx"},
                             {"data", folder_ / ""},
                             {"output", folder_ / "trained.onnx"},
                             {"log", folder_ / "curve.jsonl"},
                             {"epochs", 2},
                             {"batch", 20},
                             {"learning_rate", 0.02},
                             {"threads", 1}};
    return read_settings(json.dump(), "settings");
  }

  // Writes the checkpoint of one epoch, as a stopped training leaves it.
  void stop_after_one_epoch() const { stop_after_one_epoch(settings(), model::Source::read(settings().model)); }
  void stop_after_one_epoch(const Settings& settings, const model::Source& source) const {
    const data::Dataset data = data::read(settings.data);
    Trainer trainer(settings, source, data);
    EpochRecord record = trainer.run_epoch();
    record.seconds = 1234;
    Checkpoint checkpoint = trainer.checkpoint();
    checkpoint.curve = {record};
    write_checkpoint(checkpoint, settings.checkpoint);
  }

  std::vector<base::Json> log_lines() const {
    std::istringstream log(base::read_file(settings().log, 1 << 20));
    std::vector<base::Json> lines;
    for (std::string line; std::getline(log, line);) lines.push_back(base::parse_json(line, "log"));
    return lines;
  }

  TemporaryFolder folder_;
};

TEST_F(ATraining, LeavesAModelAndALogAndNoCheckpoint) {
  const Summary summary = run_training(settings());
  EXPECT_TRUE(std::filesystem::exists(settings().output));
  EXPECT_FALSE(std::filesystem::exists(settings().checkpoint));
  ASSERT_EQ(log_lines().size(), 2u);
  EXPECT_EQ(log_lines()[1]["epoch"], 2);
  EXPECT_EQ(log_lines()[1]["calibration_accuracy"].size(), 2u);
  EXPECT_EQ(summary.exits.at(1).name, "late");
  EXPECT_EQ(summary.train_samples, 180u);
  EXPECT_EQ(summary.calibration_samples, 20u);
}

TEST_F(ATraining, GoesOnFromItsCheckpointToTheSameModel) {
  run_training(settings());
  const std::string undisturbed = base::read_file(settings().output, 1 << 24);
  stop_after_one_epoch();
  Settings again = settings();
  again.resume = true;
  run_training(again);
  EXPECT_EQ(log_lines().at(0)["seconds"], 1234);
  EXPECT_TRUE(base::read_file(settings().output, 1 << 24) == undisturbed);
}

TEST_F(ATraining, RefusesACheckpointOfAnotherModel) {
  stop_after_one_epoch();
  model::GraphBuilder builder(network());
  builder.replace_weight("conv1/bias", random_floats({kFilters}, 1, 5));
  model::write_onnx(builder.finish(), settings().model);
  Settings again = settings();
  again.resume = true;
  EXPECT_THAT(message_of([&] { run_training(again); }), HasSubstr("belongs to a training with model "));
}

TEST_F(ATraining, AddsExitsWhereAsked) {
  model::write_onnx(model::GraphBuilder(network_without_exits()).finish(), settings().model);
  Settings adding = settings();
  adding.mode = Mode::Heads;
  adding.add_exits = AddExits{.count = 1, .loss_points = 1};
  const Summary summary = run_training(adding);
  const auto exits = model::read_program(model::Source::read(adding.output)).exits;
  EXPECT_EQ(exits, (std::vector<std::string>{"exit1", "answer"}));
  EXPECT_EQ(summary.exits.at(0).name, "exit1");
  ASSERT_TRUE(summary.additions);
  EXPECT_EQ(summary.additions->exits.size(), 1u);
}

TEST_F(ATraining, GoesOnWithTheExitsThatItAdded) {
  model::write_onnx(model::GraphBuilder(network_without_exits()).finish(), settings().model);
  Settings adding = settings();
  adding.mode = Mode::Agreement;
  adding.add_exits = AddExits{.count = 1, .loss_points = 1};
  run_training(adding);
  const std::string undisturbed = base::read_file(adding.output, 1 << 24);
  stop_after_one_epoch(adding, add_exits(adding, model::Source::read(adding.model), data::read(adding.data)).source);
  adding.resume = true;
  run_training(adding);
  EXPECT_EQ(log_lines().at(0)["seconds"], 1234);
  EXPECT_TRUE(base::read_file(adding.output, 1 << 24) == undisturbed);
}

TEST_F(ATraining, NeedsAFolderToWriteTo) {
  Settings settings = this->settings();
  settings.output = folder_ / "nowhere/trained.onnx";
  EXPECT_THAT(message_of([&] { run_training(settings); }), HasSubstr("trained.onnx: cannot write there"));
}

TEST_F(ATraining, IsToldAsATableAndAsJson) {
  Summary summary{"out.onnx", 180, 20, 60, {{"early", 75, 71.5}, {"late", 80, 78.25}}, {{1, 2, 90, 0.1, 1, {75, 80}}}};
  EXPECT_THAT(to_text(summary), HasSubstr("early   75.00   71.50\n"));
  EXPECT_EQ(to_json(summary)["exits"][1]["test_accuracy"], 78.25);
  EXPECT_EQ(to_json(summary)["curve"][0]["train_loss"], 1);
  EXPECT_FALSE(to_json(summary).contains("added_exits"));
  summary.additions = Additions{{{"early", "relu", 0.25, 0.05, 8, 71.5}}, 4, 7, 90, 89.5, 0.6};
  EXPECT_THAT(to_text(summary), HasSubstr("added 1 of 4 requested exits"));
  EXPECT_EQ(to_json(summary)["added_exits"]["exits"][0]["tensor"], "relu");
}

}  // namespace
}  // namespace tandem::train
