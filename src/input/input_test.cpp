#include "input/input.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/test_files.h"
#include "input/npy.h"
#include "input/test_images.h"

namespace tandem::input {
namespace {

class InputTest : public testing::Test {
 protected:
  base::Tensor read(const std::string& content) const {
    base::write_file(path_, content);
    return read_input(path_, [] { return Preprocessing{.width = 8, .height = 6}; });
  }

 private:
  const base::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "file";
};

TEST_F(InputTest, PicturesArePreprocessedWhateverTheirName) {
  for (const std::string& file :
       {test::encode_jpeg(test::gradient(32, 32)), test::encode_png(test::gradient(32, 32))}) {
    EXPECT_EQ(read(file).type(), (base::TensorType{base::ElementType::Float32, {1, 3, 6, 8}}));
  }
}

TEST_F(InputTest, ArraysStayAsTheyAre) {
  const base::Tensor array = base::Tensor::allocate({base::ElementType::Int64, {2, 3}});
  EXPECT_EQ(read(encode_npy(array)).type(), array.type());
}

TEST_F(InputTest, OtherContentIsRefused) {
  EXPECT_THROW(read("hello"), base::Error);
  EXPECT_THROW(read(""), base::Error);
}

}  // namespace
}  // namespace tandem::input
