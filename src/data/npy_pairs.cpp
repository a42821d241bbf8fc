// x_train.npy, y_train.npy, x_test.npy and y_test.npy: samples and labels as NumPy saves them.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "data/formats.h"
#include "input/npy.h"

namespace tandem::data {
namespace {

namespace fs = std::filesystem;
using base::ElementType;

base::Tensor read_file(const fs::path& path) {
  const base::MappedFile file = map_file(path);
  base::Tensor tensor = input::decode_npy(file.bytes, path.string());
  if (tensor.shape().empty() || tensor.size() == 0) {
    refuse(path.string(), fmt::format("shape {}, expected at least one sample", base::to_string(tensor.shape())));
  }
  return tensor;
}

template <class T>
std::vector<std::int64_t> widened(const base::Tensor& tensor) {
  std::vector<std::int64_t> values;
  for (const T value : tensor.values<T>()) values.push_back(static_cast<std::int64_t>(value));
  return values;
}

std::vector<std::int64_t> integers(const base::Tensor& tensor, const std::string& source) {
  switch (tensor.shape().size() == 1 ? tensor.element() : ElementType::Undefined) {
    case ElementType::Int8:
      return widened<std::int8_t>(tensor);
    case ElementType::Int16:
      return widened<std::int16_t>(tensor);
    case ElementType::Int32:
      return widened<std::int32_t>(tensor);
    case ElementType::Int64:
      return widened<std::int64_t>(tensor);
    case ElementType::UInt8:
      return widened<std::uint8_t>(tensor);
    case ElementType::UInt16:
      return widened<std::uint16_t>(tensor);
    case ElementType::UInt32:
      return widened<std::uint32_t>(tensor);
    case ElementType::UInt64:
      return widened<std::uint64_t>(tensor);
    default:
      refuse(source, fmt::format("labels of {} {}, expected integers of one dimension", base::name_of(tensor.element()),
                                 base::to_string(tensor.shape())));
  }
}

bool is_pictures(const base::Tensor& tensor) {
  const base::Shape& shape = tensor.shape();
  return tensor.element() == ElementType::UInt8 && shape.size() == 4 && (shape[1] == 1 || shape[1] == 3);
}

bool is_numbers(const base::Tensor& tensor) {
  return tensor.element() == ElementType::Float32 && tensor.shape().size() >= 2;
}

void check_samples(const base::Tensor& samples, const std::string& source) {
  if (!is_pictures(samples) && !is_numbers(samples)) {
    refuse(source, fmt::format("samples of {} {}, expected uint8 [count, height, width] or [count, 1 or 3 channels, "
                               "height, width], or float32 [count, …]",
                               base::name_of(samples.element()), base::to_string(samples.shape())));
  }
  if (!is_numbers(samples)) return;
  const auto values = samples.values<float>();
  const auto strange = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (strange == values.end()) return;
  const auto place = static_cast<std::size_t>(strange - values.begin());
  refuse(source, fmt::format("{} in sample {}, expected finite numbers", *strange,
                             place / (values.size() / static_cast<std::size_t>(samples.shape()[0]))));
}

Samples read_part(const fs::path& folder, const std::string& part) {
  const fs::path samples_path = folder / ("x_" + part + ".npy");
  const fs::path labels_path = folder / ("y_" + part + ".npy");
  base::Tensor samples = read_file(samples_path);
  if (samples.element() == ElementType::UInt8 && samples.shape().size() == 3) samples = with_channel(samples);
  check_samples(samples, samples_path.string());
  std::vector<std::int64_t> labels = integers(read_file(labels_path), labels_path.string());
  check_labels(labels, kMostClasses, labels_path.string());
  return paired(samples, samples_path.string(), std::move(labels), labels_path.string());
}

}  // namespace

Contents read_npy_pairs(const fs::path& folder) {
  return {read_part(folder, "train"), read_part(folder, "test"), {}};
}

}  // namespace tandem::data
