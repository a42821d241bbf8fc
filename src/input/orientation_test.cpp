#include "input/orientation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "input/image.h"
#include "input/test_images.h"

namespace tandem::input {
namespace {

using base::Tensor;
using test::bytes_of;
using test::exif_marker;
using test::with_app1;
using testing::ElementsAre;

// The first channel of a picture of 2 rows and 3 columns, stored as
//   1 2 3
//   4 5 6
std::vector<int> seen(int orientation) {
  Tensor stored = Tensor::allocate({base::ElementType::UInt8, {2, 3, 3}});
  for (std::size_t i = 0; i < stored.size(); ++i)
    stored.mutable_values<unsigned char>()[i] = static_cast<unsigned char>(i / 3 + 1);
  const Tensor image = upright(stored, static_cast<Orientation>(orientation));
  EXPECT_EQ(image.shape(), orientation > 4 ? (base::Shape{3, 2, 3}) : (base::Shape{2, 3, 3}));
  std::vector<int> first;
  for (std::size_t i = 0; i < image.size(); i += 3) first.push_back(image.values<unsigned char>()[i]);
  return first;
}

TEST(Upright, TurnsAPictureAsItWasSeen) {
  EXPECT_THAT(seen(1), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(seen(2), ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(seen(3), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(seen(4), ElementsAre(4, 5, 6, 1, 2, 3));
  EXPECT_THAT(seen(5), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(seen(6), ElementsAre(4, 1, 5, 2, 6, 3));
  EXPECT_THAT(seen(7), ElementsAre(6, 3, 5, 2, 4, 1));
  EXPECT_THAT(seen(8), ElementsAre(3, 6, 2, 5, 1, 4));
}

TEST(ExifOrientation, IsReadInBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool is_little_endian : {true, false}) {
      EXPECT_EQ(static_cast<int>(exif_orientation(bytes_of(exif_marker(orientation, is_little_endian)))), orientation);
    }
  }
}

TEST(ExifOrientation, IsUprightForOtherValuesAndOtherMarkers) {
  for (const int orientation : {0, 9, 255, 65535})
    EXPECT_EQ(exif_orientation(bytes_of(exif_marker(orientation))), Orientation::Upright) << orientation;
  for (const char* text : {"", "Exif", "http://ns.adobe.com/xap/1.0/"})
    EXPECT_EQ(exif_orientation(bytes_of(text)), Orientation::Upright) << text;
}

TEST(ExifOrientation, IsUprightWhereTheDataEndsOrPointsBeyondItsEnd) {
  const std::string whole = exif_marker(6);
  const std::size_t end_of_value = whole.size() - 6;
  for (std::size_t size = 0; size < end_of_value; ++size)
    EXPECT_EQ(exif_orientation(bytes_of(whole.substr(0, size))), Orientation::Upright) << size;
  for (const std::size_t place : {10, 11, 12, 13}) {  // the offset of the directory
    std::string wrong = whole;
    wrong[place] = '\xff';
    EXPECT_EQ(exif_orientation(bytes_of(wrong)), Orientation::Upright) << place;
  }
}

TEST(ExifOrientation, SurvivesDamage) {
  test::for_each_damaged(exif_marker(6), [](const std::string& marker) { exif_orientation(bytes_of(marker)); });
}

TEST(DecodeJpeg, TurnsThePhotographOfAPhone) {
  const std::string stored = test::encode_jpeg(test::gradient(40, 24));
  const Tensor plain = decode_image(bytes_of(stored), "photo.jpg");
  const Tensor turned = decode_image(bytes_of(with_app1(stored, exif_marker(6))), "photo.jpg");
  EXPECT_EQ(turned.shape(), (base::Shape{40, 24, 3}));
  EXPECT_TRUE(std::ranges::equal(turned.bytes(), upright(plain, Orientation::Right).bytes()));
}

TEST(DecodeJpeg, LooksPastAMarkerWithoutOrientation) {
  const std::string stored = test::encode_jpeg(test::gradient(40, 24));
  const std::string file = with_app1(with_app1(stored, exif_marker(8)), "http://ns.adobe.com/xap/1.0/");
  EXPECT_EQ(decode_image(bytes_of(file), "photo.jpg").shape(), (base::Shape{40, 24, 3}));
}

}  // namespace
}  // namespace tandem::input
