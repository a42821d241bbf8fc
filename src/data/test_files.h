// Files for the tests of src/data and for the fuzz programs of its readers.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/test_files.h"

namespace tandem::data::test {

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

using base::message_of;
using base::TemporaryFolder;

inline std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

inline std::string idx(const std::vector<std::uint32_t>& shape, const std::string& elements) {
  std::string file = big_endian(0x800 + static_cast<std::uint32_t>(shape.size()));
  for (const std::uint32_t dimension : shape) file += big_endian(dimension);
  return file + elements;
}

inline std::string gzip(std::string content, int level = 6) {
  z_stream stream{};
  ::deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string file(::deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(file.data());
  stream.avail_out = static_cast<uInt>(file.size());
  ::deflate(&stream, Z_FINISH);
  file.resize(stream.total_out);
  ::deflateEnd(&stream);
  return file;
}

// One picture of 2x3 pixels for each label: all bytes of the i-th are i.
inline std::string idx_images(std::size_t count) {
  std::string elements;
  for (std::size_t i = 0; i < count; ++i) elements.append(6, static_cast<char>(i));
  return idx({static_cast<std::uint32_t>(count), 2, 3}, elements);
}

inline std::string idx_labels(const std::string& labels) {
  return idx({static_cast<std::uint32_t>(labels.size())}, labels);
}

// All four files, labels 0, 1, 2, 0, … throughout.
inline void write_idx(const TemporaryFolder& folder, std::size_t train_count, std::size_t test_count) {
  for (const auto& [prefix, count] : {std::pair("train", train_count), std::pair("t10k", test_count)}) {
    std::string labels;
    for (std::size_t i = 0; i < count; ++i) labels += static_cast<char>(i % 3);
    folder.write(std::string(prefix) + "-images-idx3-ubyte", idx_images(count));
    folder.write(std::string(prefix) + "-labels-idx1-ubyte", idx_labels(labels));
  }
}

// One of CIFAR's records, its 3072 pixels all the same.
inline std::string cifar_record(const std::string& labels, char pixel) {
  return labels + std::string(3072, pixel);
}

// Calls `use` with truncations of `file`, and with copies in which one byte is changed.
template <class Use>
void for_each_damaged(const std::string& file, const Use& use) {
  for (std::size_t size = 0; size < file.size(); size += 1 + file.size() / 200) use(file.substr(0, size));
  for (std::size_t place = 0; place < file.size(); place += 1 + file.size() / 500) {
    std::string damaged = file;
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << place % 8));
    use(damaged);
  }
}

}  // namespace tandem::data::test
