#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "data/read.h"
#include "data/split.h"
#include "data/test_files.h"
#include "input/npy.h"

namespace tandem::data {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

// The first byte of each sample, by which samples of write_idx can be told apart.
std::vector<int> marks_of(const Part& part) {
  std::vector<int> marks;
  for (std::size_t i = 0; i < part.count(); ++i) marks.push_back(part.samples.values<std::uint8_t>()[i * 6]);
  return marks;
}

std::string error_of_reading(const std::string& where, const ReadOptions& options = {}) {
  return message_of([&] { read(where, options); });
}

TEST(ReadOptions, AskForPicturesOfTheSizeThatAModelTakes) {
  input::Preprocessing pictures{.width = 48, .height = 32, .crop_fraction = 0.875};
  EXPECT_EQ(options_for(pictures).height, 0);
  pictures.frame_width = pictures.frame_height = 64;
  EXPECT_EQ(options_for(pictures).height, 32);
  EXPECT_EQ(options_for(pictures).width, 48);
  EXPECT_EQ(options_for(pictures).crop_fraction, 0.875);
}

TEST(Split, KeepsPartsThatAreDisjointAndCoverEverything) {
  for (const std::size_t count : {2, 3, 10, 1001}) {
    Split parts = split(count, 7, {.calibration_share = 0.3, .seed = 5});
    std::vector<std::size_t> all = parts.train;
    all.insert(all.end(), parts.calibration.begin(), parts.calibration.end());
    std::ranges::sort(all);
    std::vector<std::size_t> expected(count);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    EXPECT_EQ(all, expected);
    EXPECT_THAT(parts.test, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  }
}

TEST(Split, GivesTheCalibrationItsShare) {
  EXPECT_EQ(split(60'000, 1, {}).calibration.size(), 6'000u);
  EXPECT_EQ(split(10, 1, {.calibration_share = 0.25}).calibration.size(), 3u);
  EXPECT_EQ(split(3, 1, {.calibration_share = 0.01}).calibration.size(), 1u);
  EXPECT_EQ(split(2, 1, {.calibration_share = 0.5}).train.size(), 1u);
}

TEST(Split, IsTheSameForASeedOnEveryMachine) {
  EXPECT_THAT(split(20, 1, {.calibration_share = 0.25, .seed = 1}).calibration, ElementsAre(1, 7, 10, 14, 17));
  EXPECT_NE(split(20, 1, {.seed = 2}).calibration, split(20, 1, {.seed = 3}).calibration);
}

TEST(Split, TakesSomeOfEachPartWhenThereIsALimit) {
  const Split all = split(100, 50, {.seed = 9});
  const Split some = split(100, 50, {.seed = 9, .limit = 8});
  EXPECT_EQ(some.train.size(), 8u);
  EXPECT_EQ(some.calibration.size(), 8u);
  EXPECT_EQ(some.test.size(), 8u);
  EXPECT_TRUE(std::ranges::includes(all.train, some.train));
  EXPECT_TRUE(std::ranges::includes(all.calibration, some.calibration));
  EXPECT_EQ(split(100, 50, {.seed = 9, .limit = 1000}).train, all.train);
}

TEST(Dataset, KeepsSamplesWithTheirLabels) {
  const TemporaryFolder folder;
  test::write_idx(folder, 20, 5);
  const Dataset dataset = read(folder.path().string());
  EXPECT_EQ(dataset.name, folder.path().string());
  EXPECT_THAT(dataset.class_names, ElementsAre("0", "1", "2"));
  std::vector<int> seen;
  for (const Part* part : {&dataset.train, &dataset.calibration}) {
    EXPECT_EQ(part->sample_shape(), (base::Shape{1, 2, 3}));
    const std::vector<int> marks = marks_of(*part);
    for (std::size_t i = 0; i < marks.size(); ++i) EXPECT_EQ(part->labels[i], marks[i] % 3);
    seen.insert(seen.end(), marks.begin(), marks.end());
  }
  std::ranges::sort(seen);
  EXPECT_EQ(seen.size(), 20u);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
  EXPECT_THAT(marks_of(dataset.test), ElementsAre(0, 1, 2, 3, 4));
}

TEST(Dataset, NamesItsParts) {
  const TemporaryFolder folder;
  test::write_idx(folder, 20, 5);
  const Dataset dataset = read(folder.path().string());
  EXPECT_EQ(&part_of(dataset, Role::Train), &dataset.train);
  EXPECT_EQ(&part_of(dataset, Role::Calibration), &dataset.calibration);
  EXPECT_EQ(&part_of(dataset, Role::Test), &dataset.test);
  EXPECT_STREQ(name_of(Role::Calibration), "calibration");
}

TEST(Dataset, IsFoundInEachFormat) {
  const TemporaryFolder folder;
  const std::string record = test::cifar_record("\1", 1);
  for (int i = 1; i <= 5; ++i) folder.write("ten/data_batch_" + std::to_string(i) + ".bin", record);
  folder.write("ten/test_batch.bin", record);
  folder.write("hundred/train.bin", test::cifar_record("\1\1", 1) + test::cifar_record("\1\2", 1));
  folder.write("hundred/test.bin", test::cifar_record("\1\1", 1));
  std::filesystem::create_directories(folder / "arrays");
  for (const std::string part : {"train", "test"}) {
    const auto pictures = base::Tensor::allocate({base::ElementType::UInt8, {2, 1, 1, 1}});
    input::write_npy(folder / ("arrays/x_" + part + ".npy"), pictures);
    input::write_npy(folder / ("arrays/y_" + part + ".npy"),
                     base::Tensor::of<std::int32_t>({base::ElementType::Int32, {2}}, std::array{0, 4}));
  }
  EXPECT_EQ(read(folder / "ten").class_names.at(1), "automobile");
  EXPECT_EQ(read(folder / "hundred").class_count(), 100u);
  EXPECT_EQ(read(folder / "arrays").class_count(), 5u);
}

TEST(Dataset, SaysWhatAFolderShouldHold) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of_reading(folder / "none"), folder / "none: no such data set, expected a folder or fashion-mnist");
  EXPECT_EQ(error_of_reading(folder.path().string()),
            folder.path().string() +
                ": no data set in it, expected one of: IDX files (train-images-idx3-ubyte[.gz], …); CIFAR-10's "
                "data_batch_1.bin, …; CIFAR-100's train.bin and test.bin; x_train.npy, y_train.npy, x_test.npy and "
                "y_test.npy; a folder of pictures for each class");
}

TEST(Dataset, RefusesTooFewSamples) {
  const TemporaryFolder folder;
  test::write_idx(folder, 1, 1);
  EXPECT_EQ(error_of_reading(folder.path().string()),
            folder.path().string() + ": 1 sample(s) to train and calibrate on, expected at least 2");
}

TEST(Dataset, RefusesTestSamplesOfAnotherShape) {
  const TemporaryFolder folder;
  test::write_idx(folder, 4, 4);
  folder.write("t10k-images-idx3-ubyte", test::idx({4, 1, 1}, "abcd"));
  EXPECT_EQ(
      error_of_reading(folder.path().string()),
      folder.path().string() + ": samples to test with are uint8 1x1x1, expected uint8 1x2x3 as those to train on");
}

TEST(Dataset, RefusesOptionsOutOfRange) {
  EXPECT_EQ(error_of_reading("x", {.calibration_share = 0}), "calibration share: 0, expected more than 0, at most 0.5");
  EXPECT_THAT(error_of_reading("x", {.calibration_share = 0.6}), HasSubstr("0.6, expected"));
  EXPECT_EQ(error_of_reading("x", {.height = 10}), "size of pictures: 0x10, expected both sides in 1 to 8192");
  EXPECT_THAT(error_of_reading("x", {.height = 10, .width = 8193}), HasSubstr("8193x10, expected"));
}

TEST(FashionMnist, IsReadWhole) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "NOT TESTED: Debian's package dataset-fashion-mnist is not installed";
  }
  const Dataset dataset = read("fashion-mnist");
  EXPECT_EQ(dataset.train.count(), 54'000u);
  EXPECT_EQ(dataset.calibration.count(), 6'000u);
  EXPECT_EQ(dataset.test.count(), 10'000u);
  EXPECT_EQ(dataset.train.sample_shape(), (base::Shape{1, 28, 28}));
  EXPECT_EQ(dataset.class_names.at(static_cast<std::size_t>(dataset.test.labels[0])), "Ankle boot");
  for (std::int64_t label = 0; label < 10; ++label) EXPECT_EQ(std::ranges::count(dataset.test.labels, label), 1000);
}

}  // namespace
}  // namespace tandem::data
