#include "data/read.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "data/formats.h"
#include "data/split.h"

namespace tandem::data {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

const KnownSet kKnownSets[] = {
    {"fashion-mnist",
     "/usr/share/datasets/fashion-mnist",
     "dataset-fashion-mnist",
     {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}},
};

bool has_folder_in_it(const fs::path& folder) {
  return std::ranges::any_of(fs::directory_iterator(folder), [](const auto& entry) { return entry.is_directory(); });
}

struct Format {
  const char* holds;
  bool (*is_in)(const fs::path& folder);
  Contents (*read)(const fs::path& folder, const ReadOptions& options);
};

// Tried in this order. `holds` is one line of a message.
constexpr Format kFormats[] = {
    {"IDX files (train-images-idx3-ubyte[.gz], …)",
     [](const fs::path& folder) {
       return fs::exists(folder / "train-images-idx3-ubyte") || fs::exists(folder / "train-images-idx3-ubyte.gz");
     },
     [](const fs::path& folder, const ReadOptions&) { return read_idx(folder); }},
    {"CIFAR-10's data_batch_1.bin, …", [](const fs::path& folder) { return fs::exists(folder / "data_batch_1.bin"); },
     [](const fs::path& folder, const ReadOptions&) { return read_cifar10(folder); }},
    {"CIFAR-100's train.bin and test.bin", [](const fs::path& folder) { return fs::exists(folder / "train.bin"); },
     [](const fs::path& folder, const ReadOptions&) { return read_cifar100(folder); }},
    {"x_train.npy, y_train.npy, x_test.npy and y_test.npy",
     [](const fs::path& folder) { return fs::exists(folder / "x_train.npy"); },
     [](const fs::path& folder, const ReadOptions&) { return read_npy_pairs(folder); }},
    {"a folder of pictures for each class", has_folder_in_it, read_class_folders},
};

std::string known_names() {
  std::vector<std::string> names;
  for (const KnownSet& known : kKnownSets) names.push_back(known.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string accepted_formats() {
  std::vector<std::string> all;
  for (const Format& format : kFormats) all.push_back(format.holds);
  return fmt::format("{}", fmt::join(all, "; "));
}

Contents contents_of(const std::string& where, const ReadOptions& options) {
  for (const KnownSet& known : kKnownSets) {
    if (where == known.name) return read_known(known);
  }
  if (!fs::is_directory(where)) {
    throw base::Error(ErrorKind::NotFound,
                      fmt::format("{}: no such data set, expected a folder or {}", where, known_names()));
  }
  for (const Format& format : kFormats) {
    if (format.is_in(where)) return format.read(where, options);
  }
  throw base::Error(ErrorKind::NotFound,
                    fmt::format("{}: no data set in it, expected one of: {}", where, accepted_formats()));
}

void check(const ReadOptions& options) {
  if (!(options.calibration_share > 0 && options.calibration_share <= 0.5)) {
    refuse("calibration share", fmt::format("{}, expected more than 0, at most 0.5", options.calibration_share));
  }
  const bool is_size_open = options.height == 0 && options.width == 0;
  const auto is_side = [](std::int64_t side) { return side >= 1 && side <= input::kLongestSide; };
  if (!is_size_open && !(is_side(options.height) && is_side(options.width))) {
    refuse("size of pictures",
           fmt::format("{}x{}, expected both sides in 1 to {}", options.width, options.height, input::kLongestSide));
  }
}

void check_counts(const Contents& contents, const std::string& where) {
  if (contents.train.labels.size() < 2) {
    refuse(where,
           fmt::format("{} sample(s) to train and calibrate on, expected at least 2", contents.train.labels.size()));
  }
  if (contents.test.labels.empty()) refuse(where, "no samples to test with, expected at least 1");
}

std::int64_t largest_label(const Contents& contents) {
  return std::max(std::ranges::max(contents.train.labels), std::ranges::max(contents.test.labels));
}

std::string describe(const Part& part) {
  return base::name_of(part.samples.element()) + " " + base::to_string(part.sample_shape());
}

void check_alike(const Part& train, const Part& test, const std::string& where) {
  if (describe(train) == describe(test)) return;
  refuse(where,
         fmt::format("samples to test with are {}, expected {} as those to train on", describe(test), describe(train)));
}

Part part_at(const Samples& samples, const std::vector<std::size_t>& indices) {
  Part part{samples.read(indices), {}};
  for (const std::size_t index : indices) part.labels.push_back(samples.labels[index]);
  return part;
}

Dataset read_parts(const std::string& where, const ReadOptions& options) {
  Contents contents = contents_of(where, options);
  check_counts(contents, where);
  const Split places = split(contents.train.labels.size(), contents.test.labels.size(), options);
  Dataset dataset{where, part_at(contents.train, places.train), part_at(contents.train, places.calibration),
                  part_at(contents.test, places.test), std::move(contents.class_names)};
  check_alike(dataset.train, dataset.test, where);
  if (dataset.class_names.empty()) {
    dataset.class_names = numbered(static_cast<std::size_t>(largest_label(contents) + 1));
  }
  return dataset;
}

}  // namespace

Dataset read(const std::string& where, const ReadOptions& options) {
  check(options);
  try {
    return read_parts(where, options);
  } catch (const fs::filesystem_error& error) {
    throw base::Error(base::kind_of_errno(error.code().value()),
                      fmt::format("{}: cannot look into it: {}", error.path1().string(), error.code().message()));
  }
}

}  // namespace tandem::data
