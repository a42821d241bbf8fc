#include "data/formats.h"

#include <cassert>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::data {

using base::ErrorKind;

void refuse(const std::string& source, std::string_view reason) {
  throw base::Error(ErrorKind::InvalidInput, fmt::format("{}: {}", source, reason));
}

std::size_t check_size(const base::Shape& shape, const std::string& source) {
  std::size_t bytes = 1;
  for (const std::int64_t dimension : shape) {
    const auto factor = static_cast<std::size_t>(dimension);
    if (bytes > 0 && factor > kMostBytes / bytes) {
      throw base::Error(ErrorKind::ResourceExhausted, fmt::format("{}: {} bytes, expected at most {} (8 GB)", source,
                                                                  base::to_string(shape), kMostBytes));
    }
    bytes *= factor;
  }
  return bytes;
}

void check_labels(std::span<const std::int64_t> labels, std::size_t class_count, const std::string& source) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < class_count) continue;
    refuse(source, fmt::format("label {} of sample {}, expected 0 to {}", labels[i], i, class_count - 1));
  }
}

base::MappedFile map_file(const std::filesystem::path& path) {
  base::MappedFile file = base::map_file(path);
  check_size({static_cast<std::int64_t>(file.bytes.size())}, path.string());
  return file;
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

base::Tensor rows(const base::Tensor& from, std::span<const std::size_t> indices) {
  base::Shape shape = from.shape();
  const auto count = static_cast<std::size_t>(shape.at(0));
  shape[0] = static_cast<std::int64_t>(indices.size());
  base::Tensor result = base::Tensor::allocate({from.element(), std::move(shape)});
  std::byte* to = result.mutable_bytes().data();
  for (const std::size_t index : indices) {
    assert(index < count);
    const Bytes row = from.bytes().subspan(index * (from.size() / count), from.size() / count);
    std::memcpy(to, row.data(), row.size());
    to += row.size();
  }
  return result;
}

base::Tensor with_channel(base::Tensor pictures) {
  base::Shape shape = pictures.shape();
  shape.insert(shape.begin() + 1, 1);
  return base::Tensor::view({pictures.element(), std::move(shape)}, pictures.owner(), pictures.mutable_bytes().data(),
                            pictures.size());
}

Samples paired(const base::Tensor& samples, const std::string& samples_source, std::vector<std::int64_t> labels,
               const std::string& labels_source) {
  if (static_cast<std::size_t>(samples.shape().at(0)) != labels.size()) {
    refuse(samples_source, fmt::format("{} samples, expected as many as there are labels in {}: {}", samples.shape()[0],
                                       labels_source, labels.size()));
  }
  return {std::move(labels), [samples](std::span<const std::size_t> wanted) { return rows(samples, wanted); }};
}

}  // namespace tandem::data
