// Labelled samples in three separate parts: train, calibration (thresholds, temperatures, when to stop) and test (for
// reports). Used by train, tune and cli. Immutable once read; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"
#include "input/preprocess.h"

namespace tandem::data {

// Pictures: [count, channels, height, width], uint8. Other samples: [count, …], float32.
struct Part {
  base::Tensor samples;
  std::vector<std::int64_t> labels;  // [0, class_count)
  std::size_t count() const { return labels.size(); }
  base::Shape sample_shape() const;  // without the count
};

struct Dataset {
  std::string name;  // as given to read() of read.h
  Part train;
  Part calibration;  // held out of the training samples of the files
  Part test;
  std::vector<std::string> class_names;  // "0", "1", … where the files have no names
  std::size_t class_count() const { return class_names.size(); }
  std::vector<std::string> given_class_names() const;  // empty where these are but numbers
};

enum class Role { Train, Calibration, Test };
const char* name_of(Role role);  // "train", "calibration", "test"
const Part& part_of(const Dataset& dataset, Role role);

struct ReadOptions {
  double calibration_share = 0.1;  // of the training samples of the files, (0, 0.5]
  std::uint64_t seed = 1;          // chooses these samples
  std::int64_t height = 0;         // folders of pictures: each is brought to this size; 0: all must have one size
  std::int64_t width = 0;
  input::Resize resize = input::Resize::Crop;
  double crop_fraction = 1;
  std::size_t limit = 0;  // samples of each part, chosen at random; 0: all
};

// For a model that takes such pictures; no size for one that takes none (without a frame).
ReadOptions options_for(const input::Preprocessing& pictures);

}  // namespace tandem::data
