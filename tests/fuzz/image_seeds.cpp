// Pictures for src/input/image_fuzz.cpp.
#include "fuzz/fuzz.h"
#include "input/test_images.h"

std::vector<std::string> tandem::fuzz::seeds() {
  using namespace tandem::input::test;
  const std::vector<unsigned char> samples(std::size_t{9} * 7 * 3, 100);
  const std::vector<std::vector<unsigned char>> rows(7, std::vector<unsigned char>(27, 100));
  return {encode_jpeg(samples, 9, 7), with_app1(encode_jpeg(samples, 9, 7), exif_marker(6)),
          with_app1(encode_jpeg(samples, 9, 7), exif_marker(3, false)),
          encode_jpeg(samples, 9, 7, {.is_progressive = true}), encode_png(rows, 9)};
}
