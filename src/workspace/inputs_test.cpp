#include "workspace/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "base/test_files.h"
#include "input/encode_image.h"
#include "input/npy.h"
#include "workspace/pictures.h"
#include "workspace/test_models.h"

namespace tandem::workspace {
namespace {

using testing::HasSubstr;

// A picture of one red pixel, and an array, both for described_model().
class Inputs : public testing::Test {
 protected:
  Inputs() {
    std::vector<std::byte> png;
    input::append_png(
        base::Tensor::of<unsigned char>({base::ElementType::UInt8, {1, 1, 3}}, std::array<unsigned char, 3>{255, 0, 0}),
        png);
    folder_.write("red.png", std::string_view(reinterpret_cast<const char*>(png.data()), png.size()));
    input::write_npy(folder_ / "x.npy", base::Tensor::allocate({base::ElementType::Float32, {1, 3, 4, 4}}));
  }

  base::Tensor read(const std::string& file, const input::PictureOptions& pictures = {}) {
    testing::internal::CaptureStderr();
    const auto inputs = read_inputs({.files = {folder_ / file}, .pictures = pictures}, described_model());
    said_ = testing::internal::GetCapturedStderr();
    return inputs.at(0).tensor;
  }

  base::TemporaryFolder folder_;
  std::string said_;
};

TEST_F(Inputs, TakePicturesAsTheModelSays) {
  const auto tensor = read("red.png");
  EXPECT_THAT(tensor.values<float>().first(16),
              testing::ElementsAre(0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0));
  EXPECT_EQ(said_, "");
}

TEST_F(Inputs, WarnOfAFlagThatContradictsTheModel) {
  const auto tensor = read("red.png", {.pixels = input::PixelFormat::Unit});
  EXPECT_EQ(tensor.values<float>()[5], 1);
  EXPECT_THAT(said_, HasSubstr("m.onnx says that its pictures are none, 2x2"));
  EXPECT_THAT(said_, HasSubstr("say unit, 2x2"));
}

TEST_F(Inputs, AreSilentAboutArrays) {
  (void)read("x.npy", {.pixels = input::PixelFormat::Unit});
  EXPECT_EQ(said_, "");
}

TEST(ClassNames, OfDataAreComparedWithTheModels) {
  EXPECT_EQ(note_on_classes({"cat", "dog"}, {"cat", "dog", "fox"}), "");
  EXPECT_EQ(note_on_classes({}, {"cat"}), "");
  EXPECT_EQ(note_on_classes({"cat", "fox"}, {"cat", "dog"}),
            "class 1 is 'fox' in the data, 'dog' in the model: classes are compared by their numbers");
}

TEST(ClassNames, AreThoseOfTheModel) {
  EXPECT_EQ(class_names(described_model()), (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(input::name_of_values(described_pictures(described_model()).value()), "none");
}

}  // namespace
}  // namespace tandem::workspace
