#include "input/picture_input.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "input/picture_metadata.h"

namespace tandem::input {
namespace {

constexpr std::size_t kPictureRank = 4;  // with the batch
constexpr int kDefaultSide = 224;        // where neither the model nor a flag gives a size

[[noreturn]] void refuse(const std::string& message) {
  throw base::Error(base::ErrorKind::InvalidInput, message);
}

// The dimension of the channels, and that of the height; the width's comes next.
struct Places {
  std::size_t channels;
  std::size_t height;
};

Places places_in(Layout layout) {
  return layout == Layout::Nchw ? Places{1, 2} : Places{3, 1};
}

bool is_picture(const base::TensorType& type) {
  return type.shape.size() == kPictureRank;
}

std::int64_t channels_of(const base::TensorType& type, Layout layout) {
  return type.shape[places_in(layout).channels];
}

Preprocessing by_default(const base::TensorType& type, const PictureOptions& options) {
  Preprocessing pictures = preset(kDefaultPixelFormat);
  pictures.width = pictures.height = 0;
  const Layout layout = options.layout == "nhwc" ? Layout::Nhwc : Layout::Nchw;
  if (is_picture(type) && channels_of(type, layout) == 1) pictures.channels = ChannelOrder::Grey;
  return pictures;
}

void take_size(const std::string& text, Preprocessing& pictures) {
  const base::Shape sides = base::parse_shape(text);
  const auto is_side = [](std::int64_t side) { return side >= 1 && side <= kLongestSide; };
  if (sides.size() != 2 || !std::ranges::all_of(sides, is_side))
    refuse(fmt::format("--size {}: expected HxW, such as 224x224", text));
  pictures.height = static_cast<int>(sides[0]);
  pictures.width = static_cast<int>(sides[1]);
}

void take_values(PixelFormat format, Preprocessing& pictures) {
  const Preprocessing named = preset(format);
  pictures.scale = named.scale;
  pictures.mean = named.mean;
  pictures.deviation = named.deviation;
  pictures.crop_fraction = named.crop_fraction;
}

std::array<double, 3> three(const std::vector<double>& values) {
  return {values[0], values[1], values[2]};
}

Preprocessing with(const PictureOptions& options, Preprocessing pictures) {
  if (options.pixels) take_values(*options.pixels, pictures);
  if (!options.size.empty()) take_size(options.size, pictures);
  if (!options.resize.empty()) pictures.resize = options.resize == "crop" ? Resize::Crop : Resize::Stretch;
  if (!options.layout.empty()) pictures.layout = options.layout == "nchw" ? Layout::Nchw : Layout::Nhwc;
  if (!options.mean.empty()) pictures.mean = three(options.mean);
  if (!options.deviation.empty()) pictures.deviation = three(options.deviation);
  if (options.bgr) pictures.channels = ChannelOrder::Bgr;
  return pictures;
}

void check_metadata(const Preprocessing& pictures, const base::TensorType& type, const std::string& where) {
  const std::int64_t found = is_picture(type) ? channels_of(type, pictures.layout) : 0;
  if (found == channel_count(pictures.channels)) return;
  refuse(fmt::format("{}: pictures in layout {} with channels {} do not fit the model's input, {}", where,
                     name_of(pictures.layout), name_of(pictures.channels), base::to_string(type.shape)));
}

void check_grey(const Preprocessing& pictures, const std::string& where) {
  const bool is_even = pictures.mean[0] == pictures.mean[1] && pictures.deviation[0] == pictures.deviation[1];
  if (pictures.channels != ChannelOrder::Grey || is_even) return;
  refuse(fmt::format("{}: pixels '{}' differ by colour, the model takes 1 channel, expected 3", where,
                     name_of_values(pictures)));
}

// The frame is the model's, and so is the size where none is known yet.
void take_frame(const base::Shape& shape, Preprocessing& pictures, const std::string& where) {
  const std::size_t height = places_in(pictures.layout).height;
  if (shape[height] > kLongestSide || shape[height + 1] > kLongestSide) return;
  pictures.frame_height = static_cast<int>(shape[height]);
  pictures.frame_width = static_cast<int>(shape[height + 1]);
  if (pictures.height == 0) pictures.height = pictures.frame_height;
  if (pictures.width == 0) pictures.width = pictures.frame_width;
  if (pictures.height <= pictures.frame_height && pictures.width <= pictures.frame_width) return;
  refuse(fmt::format("{}: pictures of {}x{} are larger than the model's input, {}x{}", where, pictures.height,
                     pictures.width, pictures.frame_height, pictures.frame_width));
}

Preprocessing fitted(Preprocessing pictures, const base::TensorType& type, const std::string& where) {
  pictures.as_bytes = type.element == base::ElementType::UInt8;
  if (pictures.as_bytes) {
    pictures.scale = 1;
    pictures.mean = {0, 0, 0};
    pictures.deviation = {1, 1, 1};
  }
  check_grey(pictures, where);
  if (is_picture(type)) take_frame(type.shape, pictures, where);
  if (pictures.height == 0) pictures.height = pictures.width = kDefaultSide;
  return pictures;
}

bool gives_values(const PictureOptions& options) {
  return options.pixels || !options.mean.empty() || !options.deviation.empty();
}

std::string note_on_bytes(const PictureOptions& options, const std::string& model) {
  if (!gives_values(options)) return "";
  return fmt::format("{} takes bytes as they are: --pixels, --mean and --std do not scale them", model);
}

std::string note_on_default(const Preprocessing& chosen, const PictureOptions& options, const std::string& model) {
  if (gives_values(options)) return "";
  return fmt::format("{} does not say how it takes pictures: {} is assumed; --pixels chooses one of {}", model,
                     text_of(chosen), fmt::join(pixel_format_names(), ", "));
}

PictureInput undescribed(const PictureOptions& options, const base::TensorType& type, const std::string& model) {
  const Preprocessing chosen = fitted(with(options, by_default(type, options)), type, model);
  return {chosen, chosen.as_bytes ? note_on_bytes(options, model) : note_on_default(chosen, options, model)};
}

}  // namespace

PictureInput picture_input(const std::optional<std::string>& metadata, const PictureOptions& options,
                           const base::TensorType& type, const std::string& model) {
  if (!metadata) return undescribed(options, type, model);
  const std::string where = fmt::format("{}: metadata tandem.input", model);
  const Preprocessing said = parse_pictures(*metadata, where);
  check_metadata(said, type, where);
  const Preprocessing described = fitted(said, type, where);
  const Preprocessing chosen = fitted(with(options, said), type, model);
  if (chosen.as_bytes && chosen == described) return {chosen, note_on_bytes(options, model)};
  if (chosen == described) return {chosen, ""};
  return {chosen, fmt::format("{} says that its pictures are {}; the flags, which are followed, say {}", model,
                              text_of(described), text_of(chosen))};
}

}  // namespace tandem::input
