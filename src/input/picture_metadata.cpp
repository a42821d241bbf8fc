#include "input/picture_metadata.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "input/labels.h"

namespace tandem::input {
namespace {

using base::Json;
using base::JsonView;

constexpr double kLargestNumber = 1e9;

template <class T, std::size_t n>
using Names = std::array<std::pair<const char*, T>, n>;
constexpr Names<Resize, 2> kResizes = {{{"crop", Resize::Crop}, {"stretch", Resize::Stretch}}};
constexpr Names<Layout, 2> kLayouts = {{{"nchw", Layout::Nchw}, {"nhwc", Layout::Nhwc}}};
constexpr Names<ChannelOrder, 3> kOrders = {
    {{"rgb", ChannelOrder::Rgb}, {"bgr", ChannelOrder::Bgr}, {"grey", ChannelOrder::Grey}}};

template <class T, std::size_t n>
const char* name_in(const Names<T, n>& names, T value) {
  return std::ranges::find(names, value, &std::pair<const char*, T>::second)->first;
}

// A missing member leaves `value` unchanged.
template <class T, std::size_t n>
void read(const JsonView& root, const char* key, const Names<T, n>& names, T& value) {
  const auto view = root.find(key);
  if (!view) return;
  const std::string text = view->string();
  std::vector<std::string> known;
  for (const auto& [name, named] : names) {
    if (text == name) {
      value = named;
      return;
    }
    known.emplace_back(name);
  }
  view->fail(fmt::format("one of {}", fmt::join(known, ", ")));
}

Json list_of(const std::array<double, 3>& values, ChannelOrder order) {
  return std::vector<double>(values.begin(), values.begin() + channel_count(order));
}

std::array<double, 3> read_list(const JsonView& view, ChannelOrder order) {
  const auto items = view.items();
  if (std::ssize(items) != channel_count(order)) view.fail(fmt::format("{} numbers", channel_count(order)));
  std::array<double, 3> values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = items[std::min(i, items.size() - 1)].number(-kLargestNumber, kLargestNumber);
  return values;
}

void read_size(const JsonView& root, Preprocessing& pictures) {
  pictures.height = pictures.width = 0;
  if (!root.find("height") && !root.find("width")) return;
  pictures.height = static_cast<int>(root["height"].integer(1, kLongestSide));
  pictures.width = static_cast<int>(root["width"].integer(1, kLongestSide));
}

void read_values(const JsonView& root, Preprocessing& pictures) {
  pictures.scale = root["scale"].number(-kLargestNumber, kLargestNumber);
  pictures.mean = read_list(root["mean"], pictures.channels);
  pictures.deviation = read_list(root["deviation"], pictures.channels);
  if (std::ranges::count(pictures.deviation, 0.0) > 0) root["deviation"].fail("numbers other than 0");
}

}  // namespace

const char* name_of(Layout layout) {
  return name_in(kLayouts, layout);
}

const char* name_of(ChannelOrder channels) {
  return name_in(kOrders, channels);
}

Json to_json(const Preprocessing& pictures) {
  return {{"height", pictures.height},
          {"width", pictures.width},
          {"resize", name_in(kResizes, pictures.resize)},
          {"crop_fraction", pictures.crop_fraction},
          {"layout", name_of(pictures.layout)},
          {"channels", name_of(pictures.channels)},
          {"scale", pictures.scale},
          {"mean", list_of(pictures.mean, pictures.channels)},
          {"deviation", list_of(pictures.deviation, pictures.channels)}};
}

Preprocessing parse_pictures(std::string_view text, const std::string& source) {
  const Json tree = base::parse_json(text, source);
  const JsonView root(tree, source);
  root.allow_only({"height", "width", "resize", "crop_fraction", "layout", "channels", "scale", "mean", "deviation"});
  Preprocessing pictures;
  read_size(root, pictures);
  read(root, "resize", kResizes, pictures.resize);
  read(root, "layout", kLayouts, pictures.layout);
  read(root, "channels", kOrders, pictures.channels);
  if (const auto fraction = root.find("crop_fraction")) pictures.crop_fraction = fraction->number(0.01, 1);
  read_values(root, pictures);
  return pictures;
}

std::string text_of(const Preprocessing& pictures) {
  return fmt::format("{}, {}x{}, {}, {}, {}", pictures.as_bytes ? "bytes" : name_of_values(pictures), pictures.height,
                     pictures.width, name_in(kResizes, pictures.resize), name_of(pictures.layout),
                     name_of(pictures.channels));
}

std::vector<std::string> parse_class_names(std::string_view text, const std::string& source) {
  const Json tree = base::parse_json(text, source);
  std::vector<std::string> names;
  for (const auto& item : JsonView(tree, source).items(kMostLabels)) names.push_back(item.string(kMostLabelBytes));
  if (names.empty()) JsonView(tree, source).fail("a list of at least one name");
  return names;
}

}  // namespace tandem::input
