// Reads data sets from the files in which they are published. Used by train and cli. Thread-safe.
#pragma once

#include <string>

#include "data/dataset.h"

namespace tandem::data {

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
