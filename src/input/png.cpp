#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <png.h>

#include "base/error.h"
#include "input/decoders.h"

namespace tandem::input {
namespace {

constexpr png_uint_32 kMaxSide = 1'000'000;
constexpr int kMaxTextChunks = 100;
constexpr std::size_t kMaxChunkBytes = 8u << 20;

// libpng leaves by longjmp, which must not skip a destructor: so every call that may fail goes through guarded(), whose
// steps own nothing.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& source) : source_(source), rest_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, leave, ignore_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw base::Error(base::ErrorKind::ResourceExhausted, fmt::format("{}: no memory to read a PNG", source));
    }
    png_set_read_fn(png_, this, read);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  png_structp png() { return png_; }
  png_infop info() { return info_; }

  template <class Steps>
  void guarded(const Steps& steps) {
    if (setjmp(jump_) != 0) {
      throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: not a valid PNG: {}", source_, message_));
    }
    steps();
  }

 private:
  [[noreturn]] static void leave(png_structp png, png_const_charp message) {
    auto* reader = static_cast<Reader*>(png_get_error_ptr(png));
    std::snprintf(reader->message_, sizeof reader->message_, "%s", message);
    std::longjmp(reader->jump_, 1);
  }
  static void ignore_warning(png_structp, png_const_charp) {}
  static void read(png_structp png, png_bytep into, std::size_t size) {
    auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
    if (size > reader->rest_.size()) png_error(png, "the file ends too early");
    std::memcpy(into, reader->rest_.data(), size);
    reader->rest_ = reader->rest_.subspan(size);
  }

  const std::string& source_;
  std::span<const std::byte> rest_;
  std::jmp_buf jump_;
  char message_[160] = {};
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// 8-bit RGB from any kind of pixel.
void ask_for_rgb(png_structp png) {
  png_set_expand(png);  // palettes, fewer than 8 bits
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
}

void read_header(Reader& reader) {
  png_structp png = reader.png();
  png_infop info = reader.info();
  reader.guarded([&] {
    png_set_user_limits(png, kMaxSide, kMaxSide);
    png_set_chunk_cache_max(png, kMaxTextChunks);
    png_set_chunk_malloc_max(png, kMaxChunkBytes);
    png_read_info(png, info);
  });
}

void read_rows(Reader& reader, base::Tensor& image) {
  png_structp png = reader.png();
  png_infop info = reader.info();
  unsigned char* pixels = image.mutable_values<unsigned char>().data();
  const auto height = static_cast<std::size_t>(image.shape()[0]);
  const auto row_bytes = static_cast<std::size_t>(image.shape()[1]) * 3;
  reader.guarded([&] {
    ask_for_rgb(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "an unknown kind of pixel");
    for (int pass = 0; pass < passes; ++pass) {
      for (std::size_t y = 0; y < height; ++y) png_read_row(png, pixels + y * row_bytes, nullptr);
    }
    png_read_end(png, nullptr);
  });
}

}  // namespace

base::Tensor decode_png(std::span<const std::byte> bytes, const std::string& source, const ImageLimits& limits) {
  Reader reader(bytes, source);
  read_header(reader);
  base::Tensor image = allocate_image(png_get_image_width(reader.png(), reader.info()),
                                      png_get_image_height(reader.png(), reader.info()), source, limits);
  read_rows(reader, image);
  return image;
}

}  // namespace tandem::input
