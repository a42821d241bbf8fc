#include <csetjmp>
#include <cstdio>

#include <fmt/format.h>
#include <png.h>

#include "base/error.h"
#include "input/encode_image.h"
#include "input/encoders.h"

namespace tandem::input {
namespace {

// As Reader in png.cpp: every call that may leave by longjmp goes through guarded().
class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : out_(out) {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, leave, ignore_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_write_struct(&png_, nullptr);
      throw base::Error(base::ErrorKind::ResourceExhausted, "no memory to write a PNG");
    }
    png_set_write_fn(png_, this, write, nullptr);
  }
  ~Writer() { png_destroy_write_struct(&png_, &info_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  png_structp png() { return png_; }
  png_infop info() { return info_; }

  template <class Steps>
  void guarded(const Steps& steps) {
    if (setjmp(jump_) != 0) {
      throw base::Error(base::ErrorKind::ResourceExhausted, fmt::format("cannot write a PNG: {}", message_));
    }
    steps();
  }

 private:
  [[noreturn]] static void leave(png_structp png, png_const_charp message) {
    auto* writer = static_cast<Writer*>(png_get_error_ptr(png));
    std::snprintf(writer->message_, sizeof writer->message_, "%s", message);
    std::longjmp(writer->jump_, 1);
  }
  static void ignore_warning(png_structp, png_const_charp) {}
  // An exception must not pass through libpng.
  static bool try_append(std::vector<std::byte>& out, const std::byte* bytes, std::size_t size) {
    try {
      out.insert(out.end(), bytes, bytes + size);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
  static void write(png_structp png, png_bytep bytes, std::size_t size) {
    auto* writer = static_cast<Writer*>(png_get_io_ptr(png));
    if (!try_append(writer->out_, reinterpret_cast<const std::byte*>(bytes), size)) png_error(png, "no memory");
  }

  std::vector<std::byte>& out_;
  std::jmp_buf jump_;
  char message_[160] = {};
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

void append_png(const base::Tensor& image, std::vector<std::byte>& out) {
  const Pixels pixels = pixels_of(image);
  Writer writer(out);
  png_structp png = writer.png();
  png_infop info = writer.info();
  const int color_type = pixels.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
  writer.guarded([&] {
    png_set_IHDR(png, info, pixels.width, pixels.height, 8, color_type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (unsigned y = 0; y < pixels.height; ++y) png_write_row(png, pixels.samples + y * pixels.row_bytes());
    png_write_end(png, info);
  });
}

// A filter's number before each row; zlib's deflateBound for any of its settings; 12 bytes around each 8 KB.
std::size_t png_bound(std::int64_t width, std::int64_t height, std::int64_t channels) {
  const auto samples = static_cast<std::size_t>(height * (width * channels + 1));
  return samples + samples / 6 + 1024;
}

}  // namespace tandem::input
