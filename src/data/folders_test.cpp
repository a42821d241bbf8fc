#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "data/formats.h"
#include "data/read.h"
#include "data/test_files.h"
#include "input/test_images.h"

namespace tandem::data {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

// A picture of one colour.
std::string png(int width, int height, unsigned char red, unsigned char green = 0, unsigned char blue = 0) {
  std::vector<unsigned char> row;
  for (int x = 0; x < width; ++x) row.insert(row.end(), {red, green, blue});
  return input::test::encode_png(std::vector(static_cast<std::size_t>(height), row), width);
}

class ClassFolders : public testing::Test {
 protected:
  Contents read(const ReadOptions& options = {}) const { return read_class_folders(folder_.path(), options); }
  std::string error(const ReadOptions& options = {}) const {
    return message_of([&] {
      const Contents contents = read(options);
      for (const Samples* part : {&contents.train, &contents.test}) {
        std::vector<std::size_t> all(part->labels.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        part->read(all);
      }
    });
  }
  void write_divided() const {
    folder_.write("train/cat/1.png", png(2, 2, 1));
    folder_.write("train/cat/2.jpg", input::test::encode_jpeg(input::test::gradient(2, 2)));
    folder_.write("train/ant/1.PNG", png(2, 2, 2));
    folder_.write("test/cat/1.jpeg", input::test::encode_jpeg(input::test::gradient(2, 2)));
  }

  test::TemporaryFolder folder_;
};

TEST_F(ClassFolders, HoldTheClassesInTheOrderOfTheirNames) {
  write_divided();
  const Contents contents = read();
  EXPECT_THAT(contents.class_names, ElementsAre("ant", "cat"));
  EXPECT_THAT(contents.train.labels, ElementsAre(0, 1, 1));
  EXPECT_THAT(contents.test.labels, ElementsAre(1));
}

TEST_F(ClassFolders, GivePlanesOfRedGreenAndBlue) {
  write_divided();
  folder_.write("train/ant/1.PNG", png(2, 2, 10, 20, 30));
  const base::Tensor samples = read().train.read(std::vector<std::size_t>{0});
  EXPECT_EQ(samples.shape(), (base::Shape{1, 3, 2, 2}));
  EXPECT_THAT(samples.values<char>(), ElementsAre(10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30));
}

TEST_F(ClassFolders, KeepEveryFifthPictureOfAClassForTheTest) {
  for (char i = 1; i <= 6; ++i) {
    folder_.write(std::string("a/") + static_cast<char>('0' + i) + ".png", png(1, 1, static_cast<unsigned char>(i)));
    folder_.write(std::string("b/") + static_cast<char>('0' + i) + ".png",
                  png(1, 1, static_cast<unsigned char>(i + 10)));
  }
  const Contents contents = read();
  EXPECT_THAT(contents.train.labels, ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1, 1));
  EXPECT_THAT(contents.test.labels, ElementsAre(0, 1));
  EXPECT_EQ(contents.test.read(std::vector<std::size_t>{0}).values<char>()[0], 5);
  EXPECT_EQ(contents.test.read(std::vector<std::size_t>{1}).values<char>()[0], 15);
  EXPECT_EQ(contents.train.read(std::vector<std::size_t>{4}).values<char>()[0], 6);
}

TEST_F(ClassFolders, LeaveOutOtherFiles) {
  write_divided();
  folder_.write("train/notes.txt", "words");
  folder_.write("train/cat/Thumbs.db", "words");
  folder_.write("train/cat/._1.png", "words");
  folder_.write("train/.cache/x.png", "words");
  EXPECT_EQ(read().train.labels.size(), 3u);
}

TEST_F(ClassFolders, ResizePicturesToTheSizeAskedFor) {
  write_divided();
  folder_.write("train/ant/1.PNG", png(9, 4, 77));
  const base::Tensor samples = read({.height = 3, .width = 5}).train.read(std::vector<std::size_t>{0, 1});
  EXPECT_EQ(samples.shape(), (base::Shape{2, 3, 3, 5}));
  EXPECT_EQ(samples.values<char>()[14], 77);
}

TEST_F(ClassFolders, RefuseSizesThatDifferWhereNoneWasAskedFor) {
  write_divided();
  folder_.write("test/cat/1.jpeg", png(3, 2, 1));
  EXPECT_EQ(error(), folder_ / "test/cat/1.jpeg: 3x2 pixels, expected 2x2 as " +
                         (folder_ / "train/ant/1.PNG; give a size to have all resized"));
  EXPECT_EQ(error({.height = 2, .width = 2}), "no error");
}

TEST_F(ClassFolders, NameThePictureThatIsDamaged) {
  write_divided();
  folder_.write("train/cat/1.png", "words");
  EXPECT_EQ(error(), folder_ / "train/cat/1.png: neither JPEG nor PNG, expected one of them");
}

TEST_F(ClassFolders, LeaveOutDanglingLinksAndFoldersWithoutPicturesAndNameThem) {
  write_divided();
  folder_.write("train/bee/notes.txt", "words");
  folder_.write("test/dog/notes.txt", "words");
  for (const char* link : {"train/cat/3.png", "train/cow"}) std::filesystem::create_symlink("/nowhere", folder_ / link);
  std::filesystem::create_symlink("1.png", folder_ / "train/cat/4.png");
  testing::internal::CaptureStderr();
  const Contents contents = read();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr(": left out 2 dangling links and 2 folders without pictures: train/cat/3.png, train/cow, "
                        "train/bee, test/dog\n"));
  EXPECT_THAT(contents.class_names, ElementsAre("ant", "bee", "cat")) << "an empty folder keeps its number";
  EXPECT_THAT(contents.train.labels, ElementsAre(0, 2, 2, 2));
  EXPECT_THAT(contents.test.labels, ElementsAre(2));
}

TEST_F(ClassFolders, AreNotWarnedOfWhereAllIsUsed) {
  write_divided();
  testing::internal::CaptureStderr();
  read();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(ClassFolders, RefuseASetWithoutPictures) {
  folder_.write("train/bee/notes.txt", "words");
  folder_.write("test/bee/notes.txt", "words");
  EXPECT_EQ(error(), folder_ / "train: no pictures in its folders, expected .jpg, .jpeg or .png");
}

TEST_F(ClassFolders, RefuseAClassThatIsOnlyInTheTest) {
  write_divided();
  folder_.write("test/dog/1.png", png(2, 2, 1));
  EXPECT_EQ(error(), folder_ / "test/dog: no class of this name to train on");
}

TEST_F(ClassFolders, RefuseATestWithoutClasses) {
  write_divided();
  folder_.remove("test/cat");
  EXPECT_EQ(error(), folder_ / "test: no folders in it, expected one for each class");
}

}  // namespace
}  // namespace tandem::data
