// Labelled samples in three parts that are kept apart: to train on, to calibrate on (thresholds, temperatures, when to
// stop), and to report on. Read from the files that data sets are published in. Immutable once read; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"

namespace tandem::data {

// [count, channels, height, width], uint8, of pictures; [count, …], float32, of other samples.
struct Part {
  base::Tensor samples;
  std::vector<std::int64_t> labels;  // [0, class_count)
  std::size_t count() const { return labels.size(); }
  base::Shape sample_shape() const;  // without the count
};

struct Dataset {
  std::string name;  // as it was asked for
  Part train;
  Part calibration;  // held out of what the files give to train on
  Part test;
  std::vector<std::string> class_names;  // "0", "1", … where the files have no names
  std::size_t class_count() const { return class_names.size(); }
};

enum class Role { Train, Calibration, Test };
const char* name_of(Role role);  // "train", "calibration", "test"
const Part& part_of(const Dataset& dataset, Role role);

struct ReadOptions {
  double calibration_share = 0.1;  // of what the files give to train on, (0, 0.5]
  std::uint64_t seed = 1;          // which samples those are
  std::int64_t height = 0;  // folders of pictures: each is resized to cover this, its centre cropped; 0: they must
  std::int64_t width = 0;   // all have one size
  std::size_t limit = 0;    // at most so many samples of each part, chosen at random; 0: all
};

// For a model that takes `input`: pictures are brought to the size of [batch, channels, height, width]; another shape
// asks for none.
ReadOptions options_for(const base::Shape& input);

// `where` is "fashion-mnist" (Debian's dataset-fashion-mnist, in /usr/share/datasets) or a folder that holds one of
//   IDX files: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…; also with .gz (as MNIST and Fashion-MNIST are)
//   CIFAR's binary files: data_batch_1.bin … and test_batch.bin (10 classes), or train.bin and test.bin (100)
//   x_train.npy, y_train.npy, x_test.npy, y_test.npy: pictures in uint8, [count, height, width] or [count, 1 or 3,
//   height,
//     width], or float32 [count, …], all finite; and integers [count]
//   train/CLASS/*.jpg and test/CLASS/*.png, or CLASS/*.png alone, of which every fifth picture of a class is then test
// The first that is there, in this order. Labels and pictures are checked against each other; every length is checked
// before it is believed. The same seed gives the same parts on every machine. Throws Error(NotFound), saying what a
// folder should hold or which package is missing, Error(InvalidInput), naming the file, on what is damaged, and
// Error(ResourceExhausted) where a file, or the pictures of a part, are beyond 8 GB.
Dataset read(const std::string& where, const ReadOptions& options = {});

}  // namespace tandem::data
