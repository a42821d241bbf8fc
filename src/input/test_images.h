// Small pictures for tests of input/, encoded by libjpeg and libpng themselves.
#pragma once

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <jpeglib.h>
#include <png.h>

#include "base/tensor.h"

namespace tandem::input::test {

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// A picture in which neighbouring samples differ: [height, width, 3].
inline base::Tensor pattern(int width, int height) {
  base::Tensor image = base::Tensor::allocate({base::ElementType::UInt8, {height, width, 3}});
  unsigned char* next = image.mutable_values<unsigned char>().data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) *next++ = static_cast<unsigned char>(x * 37 + y * 59 + c * 83 + x * y * 11);
    }
  }
  return image;
}

// Smooth enough to survive JPEG.
inline base::Tensor gradient(int width, int height) {
  base::Tensor image = base::Tensor::allocate({base::ElementType::UInt8, {height, width, 3}});
  unsigned char* next = image.mutable_values<unsigned char>().data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      *next++ = static_cast<unsigned char>(255 * x / width);
      *next++ = static_cast<unsigned char>(255 * y / height);
      *next++ = 128;
    }
  }
  return image;
}

struct JpegWish {
  J_COLOR_SPACE color_space = JCS_RGB;  // of the samples; 1, 3 or 4 a pixel
  bool is_progressive = false;
};

inline std::string encode_jpeg(const std::vector<unsigned char>& samples, int width, int height, JpegWish wish = {}) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.in_color_space = wish.color_space;
  info.input_components = static_cast<int>(samples.size()) / (width * height);
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 95, TRUE);
  if (wish.is_progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<unsigned char*>(samples.data()) + info.next_scanline * samples.size() / height;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char*>(memory), size);
  std::free(memory);
  return file;
}

inline std::string encode_jpeg(const base::Tensor& image, JpegWish wish = {}) {
  const auto samples = image.values<unsigned char>();
  return encode_jpeg(std::vector<unsigned char>(samples.begin(), samples.end()), static_cast<int>(image.shape()[1]),
                     static_cast<int>(image.shape()[0]), wish);
}

// An APP1 marker with the orientation as EXIF data, in either byte order, after another entry.
inline std::string exif_marker(int orientation, bool is_little_endian = true) {
  const auto number = [&](int value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (is_little_endian ? i : bytes - 1 - i));
    return text;
  };
  const std::string tiff = (is_little_endian ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +
                           number(0x0100, 2) + number(4, 2) + number(1, 4) + number(640, 4) +          // width
                           number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) +  // orientation
                           number(0, 2) + number(0, 4);
  return std::string("Exif\0\0", 6) + tiff;
}

// The file with this content of a marker after its first two bytes.
inline std::string with_app1(const std::string& jpeg, const std::string& content) {
  const std::size_t size = content.size() + 2;
  const std::string head = {'\xff', '\xe1', static_cast<char>(size >> 8), static_cast<char>(size)};
  return jpeg.substr(0, 2) + head + content + jpeg.substr(2);
}

struct PngWish {
  int color_type = PNG_COLOR_TYPE_RGB;
  int bit_depth = 8;
  bool is_interlaced = false;
  std::vector<png_color> palette;
};

// `rows` holds the rows as the file does: packed, 16-bit samples big-endian.
inline std::string encode_png(std::vector<std::vector<unsigned char>> rows, int width, const PngWish& wish = {}) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) std::abort();
  png_set_write_fn(
      png, &file,
      [](png_structp writer, png_bytep bytes, std::size_t size) {
        static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<char*>(bytes), size);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(rows.size()), wish.bit_depth,
               wish.color_type, wish.is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!wish.palette.empty()) png_set_PLTE(png, info, wish.palette.data(), static_cast<int>(wish.palette.size()));
  png_write_info(png, info);
  std::vector<unsigned char*> pointers;
  pointers.reserve(rows.size());
  for (auto& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

inline std::string encode_png(const base::Tensor& image, const PngWish& wish = {}) {
  const auto samples = image.values<unsigned char>();
  const auto row_bytes = static_cast<std::ptrdiff_t>(image.shape()[1] * 3);
  std::vector<std::vector<unsigned char>> rows;
  for (std::ptrdiff_t y = 0; y < image.shape()[0]; ++y) {
    rows.emplace_back(samples.begin() + y * row_bytes, samples.begin() + (y + 1) * row_bytes);
  }
  return encode_png(std::move(rows), static_cast<int>(image.shape()[1]), wish);
}

// Calls `use` with truncations of `file`, at steps, and with copies in which some bytes were changed, the same ones in
// each run.
inline void for_each_damaged(const std::string& file, const std::function<void(const std::string&)>& use) {
  const std::size_t step = std::max<std::size_t>(1, file.size() / 200);
  for (std::size_t size = 0; size < file.size(); size += step) use(file.substr(0, size));
  std::uint32_t random = 12345;
  const auto next = [&] { return random = random * 1664525 + 1013904223, random >> 8; };
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = file;
    for (std::uint32_t flips = 1 + next() % 4; flips > 0; --flips) {
      const std::size_t place = next() % damaged.size();
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << next() % 8));
    }
    use(damaged);
  }
}

}  // namespace tandem::input::test
