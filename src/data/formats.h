// The readers of each format, and functions that they share. Throws as read.h says. Private to data/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/tensor.h"
#include "data/dataset.h"

namespace tandem::data {

using Bytes = std::span<const std::byte>;

inline constexpr std::size_t kMostBytes = std::size_t{8} << 30;  // of a file, and of the samples of a part
inline constexpr std::size_t kMostClasses = 100'000;

// Labels are read at once; samples later, when the wanted ones are known, perhaps a thousand of a million.
struct Samples {
  std::vector<std::int64_t> labels;
  std::function<base::Tensor(std::span<const std::size_t> wanted)> read;  // [wanted, …], in their order
};

struct Contents {
  Samples train;  // and calibration
  Samples test;
  std::vector<std::string> class_names;  // empty where the files have none
};

// One reader for each format. The folder is known to hold the first file of the format.
Contents read_idx(const std::filesystem::path& folder, std::vector<std::string> class_names = {});
Contents read_cifar10(const std::filesystem::path& folder);
Contents read_cifar100(const std::filesystem::path& folder);
Contents read_npy_pairs(const std::filesystem::path& folder);
Contents read_class_folders(const std::filesystem::path& folder, const ReadOptions& options);

// A named data set, in the folder of its Debian package.
struct KnownSet {
  std::string name;
  std::filesystem::path folder;
  std::string package;
  std::vector<std::string> class_names;
};
Contents read_known(const KnownSet& known);  // IDX files. Throws Error(NotFound) that names the package.

// An IDX file of bytes, plain or as .gz: [count, …], uint8, of `rank` dimensions, none of them 0.
base::Tensor decode_idx(Bytes bytes, std::size_t rank, const std::string& source);

// A record of CIFAR: some bytes of labels, of which the last one is used, and a picture of 3x32x32 bytes.
struct CifarKind {
  std::size_t label_bytes;
  std::size_t class_count;
};
inline constexpr CifarKind kCifar10{1, 10};
inline constexpr CifarKind kCifar100{2, 100};
struct NamedBytes {
  std::string source;
  Bytes bytes;
};
Samples decode_cifar(std::span<const NamedBytes> files, const CifarKind& kind);

[[noreturn]] void refuse(const std::string& source, std::string_view reason);  // Error(InvalidInput)
std::size_t check_size(const base::Shape& shape, const std::string& source);   // in bytes; at most kMostBytes
void check_labels(std::span<const std::int64_t> labels, std::size_t class_count, const std::string& source);

base::MappedFile map_file(const std::filesystem::path& path);  // at most kMostBytes
std::vector<std::string> numbered(std::size_t count);          // "0", "1", …

// The slices of `from` [count, …] at `indices`, each in [0, count).
base::Tensor rows(const base::Tensor& from, std::span<const std::size_t> indices);

// Grey pictures [count, height, width] as [count, 1, height, width].
base::Tensor with_channel(base::Tensor pictures);

// Refuses counts that disagree, naming both files.
Samples paired(const base::Tensor& samples, const std::string& samples_source, std::vector<std::int64_t> labels,
               const std::string& labels_source);

}  // namespace tandem::data
