// Pictures in a folder for each class.
#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "base/figures.h"
#include "base/log.h"
#include "data/formats.h"
#include "input/image.h"
#include "input/preprocess.h"

namespace tandem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTestEvery = 5;   // where there is no test folder
constexpr std::size_t kMostNamed = 10;  // in a warning

struct Pictures {
  std::vector<fs::path> paths;
  std::vector<std::int64_t> labels;

  void add(fs::path path, std::size_t label) {
    paths.push_back(std::move(path));
    labels.push_back(static_cast<std::int64_t>(label));
  }
};

struct Size {
  input::Preprocessing wish;
  std::string origin;  // the picture of this size; empty: the size in the options
};

// What cannot be used, for one warning about the whole set.
struct LeftOut {
  std::vector<fs::path> links;    // that lead nowhere
  std::vector<fs::path> folders;  // without pictures

  void warn(const fs::path& set) const {
    if (links.empty() && folders.empty()) return;
    std::vector<std::string> counts;
    if (!links.empty()) counts.push_back(base::counted(links.size(), "dangling link"));
    if (!folders.empty()) counts.push_back(base::counted(folders.size(), "folder") + " without pictures");
    base::log(base::LogLevel::Warning, "{}: left out {}: {}", set.string(), fmt::join(counts, " and "), names(set));
  }

 private:
  std::string names(const fs::path& set) const {
    std::vector<std::string> names;
    for (const auto* paths : {&links, &folders}) {
      for (const auto& path : *paths) names.push_back(path.lexically_relative(set).string());
    }
    const std::size_t more = names.size() - std::min(names.size(), kMostNamed);
    names.resize(names.size() - more);
    return fmt::format("{}{}", fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
  }
};

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

bool is_picture(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

// That may count, in the order of their names; links that lead nowhere are left out.
std::vector<fs::directory_entry> entries_of(const fs::path& folder, LeftOut& left_out) {
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_hidden(entry.path())) continue;
    if (entry.is_symlink() && !entry.exists()) {
      left_out.links.push_back(entry.path());
    } else {
      entries.push_back(entry);
    }
  }
  std::ranges::sort(entries);
  std::ranges::sort(left_out.links);
  return entries;
}

std::vector<fs::path> class_folders(const fs::path& folder, LeftOut& left_out) {
  std::vector<fs::path> folders;
  for (const auto& entry : entries_of(folder, left_out)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  if (folders.empty()) refuse(folder.string(), "no folders in it, expected one for each class");
  return folders;
}

std::vector<fs::path> pictures_in(const fs::path& folder, LeftOut& left_out) {
  std::vector<fs::path> pictures;
  for (const auto& entry : entries_of(folder, left_out)) {
    if (entry.is_regular_file() && is_picture(entry.path())) pictures.push_back(entry.path());
  }
  if (pictures.empty()) left_out.folders.push_back(folder);
  return pictures;
}

Size size_for(const ReadOptions& options, const Pictures& pictures) {
  if (options.height > 0) {
    return {{.width = static_cast<int>(options.width),
             .height = static_cast<int>(options.height),
             .resize = options.resize,
             .crop_fraction = options.crop_fraction},
            ""};
  }
  const fs::path& first = pictures.paths.front();
  const base::Tensor image = input::read_image(first);
  return {{.width = static_cast<int>(image.shape()[1]), .height = static_cast<int>(image.shape()[0])}, first.string()};
}

base::Tensor read_picture(const fs::path& path, const Size& size) {
  base::Tensor image = input::read_image(path);
  if (size.origin.empty()) return input::resize(image, size.wish);
  const base::Shape& shape = image.shape();
  if (shape[0] == size.wish.height && shape[1] == size.wish.width) return image;
  refuse(path.string(), fmt::format("{}x{} pixels, expected {}x{} as {}; give a size to have all resized", shape[1],
                                    shape[0], size.wish.width, size.wish.height, size.origin));
}

// [height, width, 3] to [3, height, width].
void put_planes(const base::Tensor& image, std::span<unsigned char> to) {
  const auto from = image.values<unsigned char>();
  const std::size_t plane = to.size() / 3;
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t channel = 0; channel < 3; ++channel) to[channel * plane + i] = from[3 * i + channel];
  }
}

base::Tensor read_pictures(const std::vector<fs::path>& paths, const Size& size, std::span<const std::size_t> wanted) {
  const base::Shape shape{static_cast<std::int64_t>(wanted.size()), 3, size.wish.height, size.wish.width};
  check_size(shape, paths.front().parent_path().parent_path().string());
  base::Tensor samples = base::Tensor::allocate({base::ElementType::UInt8, shape});
  const auto picture_bytes = std::size_t{3} * size.wish.height * size.wish.width;
  auto left = samples.mutable_values<unsigned char>();
  for (const std::size_t index : wanted) {
    put_planes(read_picture(paths[index], size), left.first(picture_bytes));
    left = left.subspan(picture_bytes);
  }
  return samples;
}

Samples as_samples(Pictures pictures, const Size& size) {
  return {std::move(pictures.labels), [paths = std::move(pictures.paths), size](std::span<const std::size_t> wanted) {
            return read_pictures(paths, size, wanted);
          }};
}

Pictures with_labels_of(const std::vector<fs::path>& folders, const std::vector<std::string>& class_names,
                        LeftOut& left_out) {
  Pictures pictures;
  for (const fs::path& class_folder : folders) {
    std::vector<fs::path> paths = pictures_in(class_folder, left_out);
    const auto name = std::ranges::find(class_names, class_folder.filename().string());
    if (name == class_names.end() && !paths.empty()) refuse(class_folder.string(), "no class of this name to train on");
    for (fs::path& path : paths) pictures.add(std::move(path), static_cast<std::size_t>(name - class_names.begin()));
  }
  if (pictures.paths.empty())
    refuse(folders.front().parent_path().string(), "no pictures in its folders, expected .jpg, .jpeg or .png");
  return pictures;
}

std::vector<std::string> names_of(const std::vector<fs::path>& folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders) names.push_back(folder.filename().string());
  if (names.size() > kMostClasses) {
    refuse(folders.front().parent_path().string(),
           fmt::format("{} classes, expected at most {}", names.size(), kMostClasses));
  }
  return names;
}

// Every fifth picture of each class for the test, by its place in `all`, which is sorted.
void divide(Pictures all, Pictures& train, Pictures& test) {
  std::size_t place = 0;  // in its class
  for (std::size_t i = 0; i < all.paths.size(); ++i) {
    place = i > 0 && all.labels[i] == all.labels[i - 1] ? place + 1 : 1;
    Pictures& part = place % kTestEvery == 0 ? test : train;
    part.add(std::move(all.paths[i]), static_cast<std::size_t>(all.labels[i]));
  }
}

}  // namespace

Contents read_class_folders(const fs::path& folder, const ReadOptions& options) {
  const bool is_divided = fs::is_directory(folder / "train") && fs::is_directory(folder / "test");
  LeftOut left_out;
  const std::vector<fs::path> classes = class_folders(is_divided ? folder / "train" : folder, left_out);
  std::vector<std::string> class_names = names_of(classes);
  Pictures train = with_labels_of(classes, class_names, left_out);
  Pictures test;
  if (is_divided) {
    test = with_labels_of(class_folders(folder / "test", left_out), class_names, left_out);
  } else {
    divide(std::exchange(train, {}), train, test);
  }
  left_out.warn(folder);
  const Size size = size_for(options, train);
  return {as_samples(std::move(train), size), as_samples(std::move(test), size), std::move(class_names)};
}

}  // namespace tandem::data
