// Labelled samples in three separate parts: train, calibration (thresholds, temperatures, when to stop) and test (for
// reports). Read from the files in which data sets are published. Used by train, tune and cli. Immutable once read;
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"

namespace tandem::data {

// Pictures: [count, channels, height, width], uint8. Other samples: [count, …], float32.
struct Part {
  base::Tensor samples;
  std::vector<std::int64_t> labels;  // [0, class_count)
  std::size_t count() const { return labels.size(); }
  base::Shape sample_shape() const;  // without the count
};

struct Dataset {
  std::string name;  // as given to read()
  Part train;
  Part calibration;  // held out of the training samples of the files
  Part test;
  std::vector<std::string> class_names;  // "0", "1", … where the files have no names
  std::size_t class_count() const { return class_names.size(); }
};

enum class Role { Train, Calibration, Test };
const char* name_of(Role role);  // "train", "calibration", "test"
const Part& part_of(const Dataset& dataset, Role role);

struct ReadOptions {
  double calibration_share = 0.1;  // of the training samples of the files, (0, 0.5]
  std::uint64_t seed = 1;          // chooses these samples
  std::int64_t height = 0;  // folders of pictures: each is resized to cover this, and its centre cropped; 0: all must
  std::int64_t width = 0;   // have one size
  std::size_t limit = 0;    // samples of each part, chosen at random; 0: all
};

// For a model with an input of this shape: the size of pictures is that of [batch, channels, height, width]; not set
// for other shapes.
ReadOptions options_for(const base::Shape& input);

// Reads `where`: "fashion-mnist" (Debian's dataset-fashion-mnist, in /usr/share/datasets), or a folder with one of
// these formats; the first one found counts:
//   IDX files: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…; also with .gz (as MNIST and Fashion-MNIST are)
//   CIFAR's binary files: data_batch_1.bin … and test_batch.bin (10 classes), or train.bin and test.bin (100)
//   x_train.npy, y_train.npy, x_test.npy, y_test.npy: pictures in uint8, [count, height, width] or [count, 1 or 3,
//     height, width], or float32 [count, …], all finite; and integers [count]
//   train/CLASS/*.jpg and test/CLASS/*.png, or CLASS/*.png alone, of which every fifth picture of a class is test
// Labels and pictures are checked against each other, and every length before it is used. The same seed gives the same
// parts on every machine. Throws Error(NotFound), with the formats of a folder or the missing package;
// Error(InvalidInput), naming the file, on damaged files; and Error(ResourceExhausted) where a file, or the pictures of
// a part, exceed 8 GB.
Dataset read(const std::string& where, const ReadOptions& options = {});

}  // namespace tandem::data
