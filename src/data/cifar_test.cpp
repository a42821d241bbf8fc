#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/formats.h"
#include "data/read.h"
#include "data/test_files.h"

namespace tandem::data {
namespace {

using test::bytes_of;
using test::cifar_record;
using test::message_of;
using testing::ElementsAre;

const std::string kZero(1, '\0');

// Each batch has one picture; the i-th has label and pixels i, and that of the test is 9.
void write_cifar10(const test::TemporaryFolder& folder) {
  for (char i = 1; i <= 5; ++i) {
    folder.write("data_batch_" + std::to_string(i) + ".bin", cifar_record(std::string(1, i), i));
  }
  folder.write("test_batch.bin", cifar_record("\x09", 9));
}

void write_cifar100(const test::TemporaryFolder& folder) {
  folder.write("train.bin", cifar_record("\x13\x63", 1) + cifar_record(kZero + "\x02", 2));
  folder.write("test.bin", cifar_record("\x01\x01", 3));
}

TEST(Cifar, ReadsTheFiveBatchesInOrder) {
  const test::TemporaryFolder folder;
  write_cifar10(folder);
  const Contents contents = read_cifar10(folder.path());
  EXPECT_THAT(contents.train.labels, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(contents.test.labels, ElementsAre(9));
  const base::Tensor samples = contents.train.read(std::vector<std::size_t>{4, 0});
  EXPECT_EQ(samples.type(), (base::TensorType{base::ElementType::UInt8, {2, 3, 32, 32}}));
  EXPECT_EQ(samples.values<char>()[0], 5);
  EXPECT_EQ(samples.values<char>()[3072], 1);
}

TEST(Cifar, KnowsTheTenClasses) {
  const test::TemporaryFolder folder;
  write_cifar10(folder);
  EXPECT_THAT(read_cifar10(folder.path()).class_names,
              ElementsAre("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"));
}

TEST(Cifar, NamesTheBatchThatIsMissing) {
  const test::TemporaryFolder folder;
  write_cifar10(folder);
  folder.remove("data_batch_3.bin");
  EXPECT_EQ(message_of([&] { read_cifar10(folder.path()); }),
            folder / "data_batch_3.bin: cannot open: No such file or directory");
}

TEST(Cifar, TakesTheFineLabelsOfAHundredClasses) {
  const test::TemporaryFolder folder;
  write_cifar100(folder);
  const Contents contents = read_cifar100(folder.path());
  EXPECT_THAT(contents.train.labels, ElementsAre(99, 2));
  EXPECT_EQ(contents.train.read(std::vector<std::size_t>{1}).values<char>()[0], 2);
  EXPECT_EQ(contents.class_names.size(), 100u);
  EXPECT_EQ(contents.class_names.back(), "99");
}

TEST(Cifar, TakesTheNamesOfAHundredClassesIfPresent) {
  const test::TemporaryFolder folder;
  write_cifar100(folder);
  std::string names;
  for (int i = 0; i < 100; ++i) names += "class " + std::to_string(i) + "\n";
  folder.write("fine_label_names.txt", names + "\n");
  EXPECT_EQ(read_cifar100(folder.path()).class_names.back(), "class 99");
  folder.write("fine_label_names.txt", "apple\n");
  EXPECT_EQ(message_of([&] { read_cifar100(folder.path()); }), folder / "fine_label_names.txt: 1 names, expected 100");
}

TEST(Cifar, RefusesIncompleteRecords) {
  for (const std::string& file : {std::string(), cifar_record("\x01", 0) + "x", cifar_record("", 0)}) {
    EXPECT_EQ(message_of([&] {
                decode_cifar(std::vector<NamedBytes>{{"x", bytes_of(file)}}, kCifar10);
              }),
              "x: " + std::to_string(file.size()) + " bytes, expected records of 3073");
  }
}

TEST(Cifar, NamesTheFileAndThePlaceOfALabelOutOfRange) {
  const std::string good = cifar_record("\x09", 0);
  const std::string bad = good + cifar_record("\x0a", 0);
  const std::vector<NamedBytes> files = {{"good", bytes_of(good)}, {"bad", bytes_of(bad)}};
  EXPECT_EQ(message_of([&] { decode_cifar(files, kCifar10); }), "bad: label 10 of sample 1, expected 0 to 9");
}

}  // namespace
}  // namespace tandem::data
