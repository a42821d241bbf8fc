#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/formats.h"
#include "data/read.h"
#include "data/test_files.h"

namespace tandem::data {
namespace {

using test::bytes_of;
using test::gzip;
using test::idx;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

base::Tensor decode(const std::string& file, std::size_t rank = 3) {
  return decode_idx(bytes_of(file), rank, "x");
}

std::string decoding_error(const std::string& file, std::size_t rank = 3) {
  return message_of([&] { decode(file, rank); });
}

TEST(Idx, ReadsPlainAndCompressedFilesAlike) {
  for (const std::string& file : {idx({2, 1, 2}, "abcd"), gzip(idx({2, 1, 2}, "abcd"))}) {
    const base::Tensor tensor = decode(file);
    EXPECT_EQ(tensor.type(), (base::TensorType{base::ElementType::UInt8, {2, 1, 2}}));
    EXPECT_THAT(tensor.values<char>(), ElementsAre('a', 'b', 'c', 'd'));
  }
}

TEST(Idx, RefusesAForeignMagicNumber) {
  EXPECT_EQ(decoding_error(idx({4}, "abcd") + std::string(20, 'x')),
            "x: not an IDX file of bytes in 3 dimension(s): it begins with 00000801, expected 00000803");
  EXPECT_THAT(decoding_error("PNG or so, but not this"), HasSubstr("it begins with 504e4720"));
}

TEST(Idx, RefusesALengthThatContradictsItsDimensions) {
  EXPECT_EQ(decoding_error(idx({2, 1, 2}, "abc")), "x: 3 bytes after its header, expected 4 for 2x1x2");
  EXPECT_EQ(decoding_error(idx({2, 1, 2}, "abcde")), "x: 5 bytes after its header, expected 4 for 2x1x2");
  EXPECT_EQ(decoding_error("abc"), "x: 3 bytes, too few for IDX");
  EXPECT_EQ(decoding_error(gzip(idx({2, 1, 2}, "abc"))), "x: its content is shorter than its header says");
  EXPECT_EQ(decoding_error(gzip(idx({2, 1, 2}, "abcde"))), "x: its content is longer than its header says");
}

TEST(Idx, RefusesADimensionOfZero) {
  EXPECT_EQ(decoding_error(idx({2, 0, 2}, "")), "x: a dimension of 0, expected at least 1");
}

TEST(Idx, ChecksGiantDimensionsBeforeAllocating) {
  for (const auto& shape : std::vector<std::vector<std::uint32_t>>{
           {0xffffffff, 0xffffffff, 0xffffffff}, {1u << 31, 1u << 31, 4}, {1u << 31, 4, 1u << 31}}) {
    EXPECT_THAT(decoding_error(idx(shape, "abcd")), HasSubstr("expected at most 8589934592 (8 GB)"));
    EXPECT_THAT(decoding_error(gzip(idx(shape, "abcd"))), HasSubstr("expected at most 8589934592 (8 GB)"));
  }
  EXPECT_THAT(decoding_error(gzip(idx({1u << 30, 1, 2}, "abcd"))), HasSubstr("compressed bytes cannot hold"));
}

TEST(Idx, TakesNoMoreOfACompressedFileThanItsHeaderSays) {
  const std::string bomb = gzip(idx({1, 1, 2}, std::string(10'000'000, 'a')), 9);
  EXPECT_EQ(decoding_error(bomb), "x: its content is longer than its header says");
}

TEST(Idx, RefusesCompressedDataWithAFalseTrailer) {
  const std::string file = gzip(idx({2, 1, 2}, "abcd"));
  for (std::size_t place = file.size() - 8; place < file.size(); ++place) {
    std::string damaged = file;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    EXPECT_THAT(decoding_error(damaged), HasSubstr("x: damaged gzip data: incorrect")) << place;
  }
}

TEST(Idx, RefusesBytesAfterCompressedData) {
  EXPECT_EQ(decoding_error(gzip(idx({2, 1, 2}, "abcd")) + "12"), "x: 2 bytes after the end of the compressed data");
}

TEST(Idx, SurvivesDamage) {
  for (const std::string& file : {idx({2, 1, 2}, "abcd"), gzip(idx({2, 1, 2}, "abcd"))}) {
    test::for_each_damaged(file, [](const std::string& damaged) { decoding_error(damaged); });
    for (std::size_t size = 0; size < file.size(); ++size) EXPECT_NE(decoding_error(file.substr(0, size)), "no error");
  }
}

TEST(Idx, PairsPicturesWithTheirLabels) {
  const test::TemporaryFolder folder;
  test::write_idx(folder, 4, 2);
  const Contents contents = read_idx(folder.path());
  EXPECT_THAT(contents.train.labels, ElementsAre(0, 1, 2, 0));
  EXPECT_THAT(contents.test.labels, ElementsAre(0, 1));
  const base::Tensor samples = contents.train.read(std::vector<std::size_t>{3, 1});
  EXPECT_EQ(samples.shape(), (base::Shape{2, 1, 2, 3}));
  EXPECT_THAT(samples.values<char>(), ElementsAre(3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1));
}

TEST(Idx, TakesEachFileWithOrWithoutGz) {
  const test::TemporaryFolder folder;
  test::write_idx(folder, 4, 2);
  folder.remove("t10k-labels-idx1-ubyte");
  folder.write("t10k-labels-idx1-ubyte.gz", gzip(test::idx_labels("\1\2")));
  EXPECT_THAT(read_idx(folder.path()).test.labels, ElementsAre(1, 2));
}

TEST(Idx, NamesTheFileThatIsMissing) {
  const test::TemporaryFolder folder;
  test::write_idx(folder, 4, 2);
  folder.remove("t10k-labels-idx1-ubyte");
  EXPECT_EQ(message_of([&] { read_idx(folder.path()); }),
            folder / "t10k-labels-idx1-ubyte: cannot open: No such file or directory");
}

TEST(Idx, NamesBothFilesWhoseCountsDisagree) {
  const test::TemporaryFolder folder;
  test::write_idx(folder, 4, 2);
  folder.write("train-labels-idx1-ubyte", test::idx_labels("\1\2\3"));
  EXPECT_EQ(message_of([&] { read_idx(folder.path()); }),
            folder / "train-images-idx3-ubyte: 4 samples, expected as many as there are labels in " +
                (folder / "train-labels-idx1-ubyte: 3"));
}

TEST(Idx, RefusesALabelBeyondTheKnownClasses) {
  const test::TemporaryFolder folder;
  test::write_idx(folder, 4, 2);
  EXPECT_EQ(message_of([&] {
              read_idx(folder.path(), {"one", "two"});
            }),
            folder / "train-labels-idx1-ubyte: label 2 of sample 2, expected 0 to 1");
}

TEST(KnownSet, NamesThePackageThatIsMissing) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(message_of([&] {
              read_known({"toys", folder / "none", "dataset-toys", {"ball"}});
            }),
            "toys: " + (folder / "none is not there; install Debian's package dataset-toys"));
}

}  // namespace
}  // namespace tandem::data
