#include "train/checkpoint.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "base/test_files.h"

namespace tandem::train {
namespace {

using base::message_of;
using base::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

base::Tensor floats(const std::vector<float>& values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return base::Tensor::of<float>({base::ElementType::Float32, {count}}, values);
}

Checkpoint some_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.decided_by = {{"epochs", 20}, {"seed", 1}};
  checkpoint.curve = {{1, 2.5, 100, 0.1, 1.75, {50, 62.5}}, {2, 2.25, 110, 0.05, 1.5, {55, 70}}};
  checkpoint.weights = {{"kernel", floats({1, 2, 3})}, {"bias", floats({0.1f})}};
  checkpoint.optimizer = {{"momentum/kernel", floats({-1, -2, -3})}};
  return checkpoint;
}

class CheckpointFile : public testing::Test {
 protected:
  void SetUp() override { write_checkpoint(some_checkpoint(), path()); }
  std::filesystem::path path() const { return folder_ / "checkpoint"; }
  std::string content() const { return base::read_file(path(), 1 << 20); }
  void replace(const std::string& content) const { base::write_file(path(), content); }
  std::string refusal() const {
    return message_of([&] { (void)read_checkpoint(path(), some_checkpoint().decided_by); });
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(CheckpointFile, GivesBackWhatItWasGiven) {
  const Checkpoint read = read_checkpoint(path(), some_checkpoint().decided_by);
  const Checkpoint written = some_checkpoint();
  ASSERT_EQ(read.curve.size(), 2u);
  EXPECT_EQ(to_json(read.curve[1]), to_json(written.curve[1]));
  ASSERT_EQ(read.weights.size(), 2u);
  EXPECT_EQ(read.weights[1].name, "bias");
  EXPECT_THAT(read.weights[1].tensor.values<float>(), ElementsAre(0.1f));
  ASSERT_EQ(read.optimizer.size(), 1u);
  EXPECT_THAT(read.optimizer[0].tensor.values<float>(), ElementsAre(-1, -2, -3));
}

TEST_F(CheckpointFile, IsRefusedWhereASingleByteChanged) {
  const std::string good = content();
  for (std::size_t i = 0; i < good.size(); i += 13) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    replace(bad);
    EXPECT_THAT(refusal(), HasSubstr(i < 20 ? "not a checkpoint" : "damaged")) << i;
  }
}

TEST_F(CheckpointFile, IsRefusedWhereItsEndIsMissing) {
  const std::string good = content();
  for (std::size_t size = 20; size < good.size(); size += 7) {
    replace(good.substr(0, size));
    EXPECT_THAT(refusal(), HasSubstr("damaged")) << size;
  }
}

TEST_F(CheckpointFile, IsNoOtherFile) {
  replace("something else");
  EXPECT_THAT(refusal(), HasSubstr("checkpoint: not a checkpoint of tandem train"));
  replace("");
  EXPECT_THAT(refusal(), HasSubstr("not a checkpoint of tandem train"));
}

TEST_F(CheckpointFile, SaysWhatElseItWasMadeWith) {
  const std::string message = message_of([&] {
    (void)read_checkpoint(path(), base::Json{{"epochs", 40}, {"seed", 1}});
  });
  EXPECT_THAT(message, HasSubstr("belongs to a training with epochs 20, expected 40"));
}

TEST_F(CheckpointFile, MustBeThere) {
  std::filesystem::remove(path());
  EXPECT_THAT(refusal(), HasSubstr("checkpoint: cannot open"));
}

}  // namespace
}  // namespace tandem::train
