// The binary files of CIFAR-10 and CIFAR-100 (www.cs.toronto.edu/~kriz/cifar.html).
#include <cstring>

#include <fmt/format.h>

#include "data/formats.h"
#include "input/labels.h"

namespace tandem::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPictureBytes = 3 * 32 * 32;

const std::vector<std::string> kCifar10Names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                "dog",      "frog",       "horse", "ship", "truck"};

std::size_t count_records(const NamedBytes& file, const CifarKind& kind) {
  const std::size_t record_bytes = kind.label_bytes + kPictureBytes;
  if (!file.bytes.empty() && file.bytes.size() % record_bytes == 0) return file.bytes.size() / record_bytes;
  refuse(file.source, fmt::format("{} bytes, expected records of {}", file.bytes.size(), record_bytes));
}

Samples read_files(const fs::path& folder, const std::vector<std::string>& names, const CifarKind& kind) {
  std::vector<base::MappedFile> mapped;
  std::vector<NamedBytes> files;
  for (const std::string& name : names) {
    const base::MappedFile& file = mapped.emplace_back(map_file(folder / name));
    files.push_back({(folder / name).string(), file.bytes});
  }
  return decode_cifar(files, kind);
}

// The file has a line for each class, and perhaps empty ones at its end.
std::vector<std::string> read_class_names(const fs::path& path, std::size_t count) {
  std::vector<std::string> names = input::read_labels(path);
  if (names.size() < count) refuse(path.string(), fmt::format("{} names, expected {}", names.size(), count));
  names.resize(count);
  return names;
}

}  // namespace

Samples decode_cifar(std::span<const NamedBytes> files, const CifarKind& kind) {
  std::size_t count = 0;
  for (const NamedBytes& file : files) count += count_records(file, kind);
  const base::Shape shape{static_cast<std::int64_t>(count), 3, 32, 32};
  check_size(shape, files.front().source);
  base::Tensor pictures = base::Tensor::allocate({base::ElementType::UInt8, shape});
  std::byte* to = pictures.mutable_bytes().data();
  std::vector<std::int64_t> labels;
  for (const NamedBytes& file : files) {
    const std::size_t first = labels.size();
    for (Bytes left = file.bytes; !left.empty(); left = left.subspan(kPictureBytes)) {
      labels.push_back(static_cast<std::int64_t>(left[kind.label_bytes - 1]));
      left = left.subspan(kind.label_bytes);
      std::memcpy(to, left.data(), kPictureBytes);
      to += kPictureBytes;
    }
    check_labels(std::span(labels).subspan(first), kind.class_count, file.source);
  }
  return paired(pictures, files.front().source, std::move(labels), files.front().source);
}

Contents read_cifar10(const fs::path& folder) {
  std::vector<std::string> batches;
  for (int i = 1; i <= 5; ++i) batches.push_back(fmt::format("data_batch_{}.bin", i));
  return {read_files(folder, batches, kCifar10), read_files(folder, {"test_batch.bin"}, kCifar10), kCifar10Names};
}

Contents read_cifar100(const fs::path& folder) {
  const fs::path names = folder / "fine_label_names.txt";
  return {read_files(folder, {"train.bin"}, kCifar100), read_files(folder, {"test.bin"}, kCifar100),
          fs::exists(names) ? read_class_names(names, kCifar100.class_count) : numbered(kCifar100.class_count)};
}

}  // namespace tandem::data
