#include <cstdio>  // jpeglib.h needs it before
#include <vector>

#include <fmt/format.h>
#include <jpeglib.h>

#include <jerror.h>  // whose list depends on what jpeglib.h defines

#include "base/error.h"
#include "input/decoders.h"
#include "input/jpeg_errors.h"
#include "input/orientation.h"

namespace tandem::input {
namespace {

// A file of a few kilobytes can ask for thousands of passes over a large picture.
constexpr int kMaxScans = 200;
constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr unsigned kLongestMarker = 0xffff;

// libjpeg fills gaps in the data and warns; a picture with grey blocks is refused instead of classified.
void judge_warning(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL:
      leave(info);
    default:
      return;
  }
}

void stop_after_too_many_scans(j_common_ptr info) {
  const auto* decompressor = reinterpret_cast<j_decompress_ptr>(info);
  if (decompressor->input_scan_number <= kMaxScans) return;
  auto* handler = reinterpret_cast<JpegErrors*>(info->err);
  std::snprintf(handler->message, sizeof handler->message, "more than %d scans", kMaxScans);
  std::longjmp(handler->jump, 1);
}

// The decompressor with its error handling. libjpeg leaves by longjmp, which must not skip a destructor: so every call
// goes through guarded(), whose steps own nothing.
class Decompressor {
 public:
  explicit Decompressor(const std::string& source) : source_(source) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = leave;
    errors_.base.emit_message = judge_warning;
    progress_.progress_monitor = stop_after_too_many_scans;
    guarded([&] { jpeg_create_decompress(&info_); });
    info_.progress = &progress_;
  }
  ~Decompressor() { jpeg_destroy_decompress(&info_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  jpeg_decompress_struct& info() { return info_; }

  template <class Steps>
  void guarded(const Steps& steps) {
    if (setjmp(errors_.jump) != 0) {
      throw base::Error(base::ErrorKind::InvalidInput,
                        fmt::format("{}: not a valid JPEG: {}", source_, errors_.message));
    }
    steps();
  }

 private:
  const std::string& source_;
  JpegErrors errors_{};
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct info_{};
};

void read_header(Decompressor& decompressor, std::span<const std::byte> bytes) {
  jpeg_decompress_struct& info = decompressor.info();
  decompressor.guarded([&] {
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&info, kExifMarker, kLongestMarker);
    jpeg_read_header(&info, TRUE);
  });
}

// Of the first APP1 marker that says one; others may be XMP.
Orientation orientation_of(const jpeg_decompress_struct& info) {
  for (jpeg_saved_marker_ptr marker = info.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker != kExifMarker) continue;
    const auto orientation = exif_orientation(std::as_bytes(std::span(marker->data, marker->data_length)));
    if (orientation != Orientation::Upright) return orientation;
  }
  return Orientation::Upright;
}

// Adobe's programs store CMYK inverted, and say so by their marker.
void convert_cmyk(const unsigned char* cmyk, unsigned char* rgb, std::size_t pixels, bool is_inverted) {
  const auto ink_free = [&](unsigned char ink) { return is_inverted ? ink : 255 - ink; };
  for (std::size_t i = 0; i < pixels; ++i, cmyk += 4, rgb += 3) {
    const int light = ink_free(cmyk[3]);
    for (int channel = 0; channel < 3; ++channel) {
      rgb[channel] = static_cast<unsigned char>((ink_free(cmyk[channel]) * light + 127) / 255);
    }
  }
}

void read_rgb(Decompressor& decompressor, base::Tensor& image) {
  unsigned char* row = image.mutable_values<unsigned char>().data();
  jpeg_decompress_struct& info = decompressor.info();
  const std::size_t row_bytes = std::size_t{3} * info.output_width;
  decompressor.guarded([&] {
    for (; info.output_scanline < info.output_height; row += row_bytes) jpeg_read_scanlines(&info, &row, 1);
    jpeg_finish_decompress(&info);
  });
}

void read_cmyk(Decompressor& decompressor, base::Tensor& image) {
  unsigned char* rgb = image.mutable_values<unsigned char>().data();
  jpeg_decompress_struct& info = decompressor.info();
  std::vector<unsigned char> row(std::size_t{4} * info.output_width);
  unsigned char* row_start = row.data();
  const std::size_t width = info.output_width;
  const bool is_inverted = info.saw_Adobe_marker;
  decompressor.guarded([&] {
    for (; info.output_scanline < info.output_height; rgb += 3 * width) {
      jpeg_read_scanlines(&info, &row_start, 1);
      convert_cmyk(row_start, rgb, width, is_inverted);
    }
    jpeg_finish_decompress(&info);
  });
}

}  // namespace

base::Tensor decode_jpeg(std::span<const std::byte> bytes, const std::string& source, const ImageLimits& limits) {
  Decompressor decompressor(source);
  read_header(decompressor, bytes);
  jpeg_decompress_struct& info = decompressor.info();
  base::Tensor image = allocate_image(info.image_width, info.image_height, source, limits);
  const bool has_black = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = has_black ? JCS_CMYK : JCS_RGB;
  decompressor.guarded([&] { jpeg_start_decompress(&info); });
  const Orientation orientation = orientation_of(info);
  has_black ? read_cmyk(decompressor, image) : read_rgb(decompressor, image);
  return upright(image, orientation);
}

}  // namespace tandem::input
