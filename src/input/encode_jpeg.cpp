#include <cstdio>  // jpeglib.h needs it before
#include <cstdlib>

#include <fmt/format.h>
#include <jpeglib.h>

#include "base/error.h"
#include "input/encode_image.h"
#include "input/encoders.h"
#include "input/jpeg_errors.h"

namespace tandem::input {
namespace {

// As Decompressor in jpeg.cpp: every call that may leave by longjmp goes through guarded(). Holds the file.
class Compressor {
 public:
  Compressor() {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = leave;
    guarded([&] {
      jpeg_create_compress(&info_);
      jpeg_mem_dest(&info_, &memory_, &size_);
    });
  }
  ~Compressor() {
    jpeg_destroy_compress(&info_);
    std::free(memory_);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  jpeg_compress_struct& info() { return info_; }
  std::span<const std::byte> file() const { return std::as_bytes(std::span(memory_, size_)); }

  template <class Steps>
  void guarded(const Steps& steps) {
    if (setjmp(errors_.jump) != 0) {
      throw base::Error(base::ErrorKind::ResourceExhausted, fmt::format("cannot write a JPEG: {}", errors_.message));
    }
    steps();
  }

 private:
  JpegErrors errors_{};
  jpeg_compress_struct info_{};
  unsigned char* memory_ = nullptr;
  unsigned long size_ = 0;
};

void choose_settings(jpeg_compress_struct& info, const Pixels& pixels, int quality) {
  info.image_width = pixels.width;
  info.image_height = pixels.height;
  info.input_components = static_cast<int>(pixels.channels);
  info.in_color_space = pixels.channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.optimize_coding = TRUE;
}

}  // namespace

void append_jpeg(const base::Tensor& image, int quality, std::vector<std::byte>& out) {
  const Pixels pixels = pixels_of(image);
  Compressor compressor;
  jpeg_compress_struct& info = compressor.info();
  compressor.guarded([&] {
    choose_settings(info, pixels, quality);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      auto* row = const_cast<unsigned char*>(pixels.samples) + info.next_scanline * pixels.row_bytes();
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
  });
  out.insert(out.end(), compressor.file().begin(), compressor.file().end());
}

// TurboJPEG's bound for 4:2:0 (tjBufSize), and 1 byte a pixel for quality 100.
std::size_t jpeg_bound(std::int64_t width, std::int64_t height, std::int64_t channels) {
  const auto blocks = static_cast<std::size_t>((width + 15) / 16 * ((height + 15) / 16));
  return blocks * 256 * static_cast<std::size_t>(channels + 1) + 4096;
}

}  // namespace tandem::input
