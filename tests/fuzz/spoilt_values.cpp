#include "fuzz/spoilt_values.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>

namespace tandem::fuzz {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::array<std::int64_t, 23> kIntegers = {0,
                                                    1,
                                                    -1,
                                                    2,
                                                    3,
                                                    -2,
                                                    7,
                                                    16,
                                                    100,
                                                    -100,
                                                    1000,
                                                    65'536,
                                                    (1 << 24) - 1,
                                                    1 << 24,
                                                    std::numeric_limits<std::int32_t>::max(),
                                                    std::numeric_limits<std::int32_t>::min(),
                                                    std::int64_t{1} << 31,
                                                    std::int64_t{1} << 32,
                                                    std::int64_t{1} << 40,
                                                    std::int64_t{1} << 62,
                                                    kMost,
                                                    -kMost,
                                                    -kMost - 1};
constexpr std::array<float, 12> kFloats = {0,
                                           -0.0F,
                                           1,
                                           -1,
                                           0.5F,
                                           1e-30F,
                                           1e30F,
                                           -1e30F,
                                           3e9F,
                                           std::numeric_limits<float>::infinity(),
                                           -std::numeric_limits<float>::infinity(),
                                           std::numeric_limits<float>::quiet_NaN()};
// Of attributes that take one of several words, and none of them.
constexpr std::array<const char*, 22> kWords = {
    "",        "NOTSET",   "SAME_UPPER", "SAME_LOWER", "VALID",     "linear",  "nearest",       "cubic",
    "reflect", "constant", "edge",       "wrap",       "forward",   "reverse", "bidirectional", "align_corners",
    "DCR",     "CRD",      "mul",        "zeros",      "ij,jk->ik", "no word"};

template <class Element>
std::string spoil_raw(std::string& bytes, Random& random) {
  const std::size_t at = below(random, bytes.size() / sizeof(Element));
  Element value{};
  std::memcpy(&value, bytes.data() + at * sizeof(Element), sizeof(Element));
  value = static_cast<Element>(spoilt(value, random));
  std::memcpy(bytes.data() + at * sizeof(Element), &value, sizeof(Element));
  return fmt::format("[{}] := {}", at, value);
}

std::string spoil_raw(onnx::TensorProto& tensor, Random& random) {
  std::string& bytes = *tensor.mutable_raw_data();
  if (tensor.data_type() == onnx::TensorProto::INT64 && bytes.size() >= 8)
    return spoil_raw<std::int64_t>(bytes, random);
  if (tensor.data_type() == onnx::TensorProto::FLOAT && bytes.size() >= 4) return spoil_raw<float>(bytes, random);
  if (bytes.empty()) return " stays empty";
  const std::size_t at = below(random, bytes.size());
  bytes[at] = static_cast<char>(random());
  return fmt::format(": byte {} changed", at);
}

std::string spoil_element(onnx::TensorProto& tensor, Random& random) {
  if (tensor.int64_data_size() > 0) {
    const int at = static_cast<int>(below(random, static_cast<std::size_t>(tensor.int64_data_size())));
    tensor.set_int64_data(at, spoilt(tensor.int64_data(at), random));
    return fmt::format("[{}] := {}", at, tensor.int64_data(at));
  }
  if (tensor.float_data_size() > 0) {
    const int at = static_cast<int>(below(random, static_cast<std::size_t>(tensor.float_data_size())));
    tensor.set_float_data(at, spoilt(tensor.float_data(at), random));
    return fmt::format("[{}] := {}", at, tensor.float_data(at));
  }
  if (tensor.int32_data_size() > 0) {
    const int at = static_cast<int>(below(random, static_cast<std::size_t>(tensor.int32_data_size())));
    tensor.set_int32_data(at, static_cast<std::int32_t>(spoilt(std::int64_t{tensor.int32_data(at)}, random)));
    return fmt::format("[{}] := {}", at, tensor.int32_data(at));
  }
  return spoil_raw(tensor, random);
}

std::string spoil_dimensions(onnx::TensorProto& tensor, Random& random) {
  if (tensor.dims_size() == 0 || below(random, 3) == 0) {
    tensor.add_dims(below(random, 2) == 0 ? 1 : 0);
    return " has a dimension more";
  }
  const int at = static_cast<int>(below(random, static_cast<std::size_t>(tensor.dims_size())));
  if (below(random, 3) == 0) {
    tensor.mutable_dims()->SwapElements(at, tensor.dims_size() - 1);
    tensor.mutable_dims()->RemoveLast();
    return " has a dimension less";
  }
  tensor.set_dims(at, spoilt(tensor.dims(at), random));
  return fmt::format(" has dimension {}: {}", at, tensor.dims(at));
}

template <class Field>
std::string spoil_list(Field& list, Random& random) {
  if (list.size() == 0 || below(random, 8) == 0) {
    list.Add(list.size() == 0 ? 1 : list.Get(0));
    return " has an element more";
  }
  if (below(random, 8) == 0) {
    list.RemoveLast();
    return " has an element less";
  }
  const int at = static_cast<int>(below(random, static_cast<std::size_t>(list.size())));
  const auto value = spoilt(list.Get(at), random);
  if (below(random, 4) == 0) {
    for (auto& element : list) element = value;
    return fmt::format("[all] := {}", value);
  }
  list.Set(at, value);
  return fmt::format("[{}] := {}", at, value);
}

}  // namespace

std::size_t below(Random& random, std::size_t limit) {
  return limit == 0 ? 0 : random() % limit;
}

std::int64_t spoilt(std::int64_t value, Random& random) {
  switch (below(random, 8)) {
    case 0:
      return value == kMost ? 0 : value + 1;
    case 1:
      return value == -kMost - 1 ? 0 : value - 1;
    case 2:
      return value == -kMost - 1 ? 0 : -value;
    default:
      return kIntegers[below(random, kIntegers.size())];
  }
}

float spoilt(float value, Random& random) {
  return below(random, 8) == 0 ? -value : kFloats[below(random, kFloats.size())];
}

std::string spoil_attribute(onnx::AttributeProto& attribute, Random& random) {
  switch (attribute.type()) {
    case onnx::AttributeProto::INT:
      attribute.set_i(spoilt(std::int64_t{attribute.i()}, random));
      return fmt::format("{} := {}", attribute.name(), attribute.i());
    case onnx::AttributeProto::FLOAT:
      attribute.set_f(spoilt(attribute.f(), random));
      return fmt::format("{} := {}", attribute.name(), attribute.f());
    case onnx::AttributeProto::STRING:
      attribute.set_s(kWords[below(random, kWords.size())]);
      return fmt::format("{} := '{}'", attribute.name(), attribute.s());
    case onnx::AttributeProto::INTS:
      return attribute.name() + spoil_list(*attribute.mutable_ints(), random);
    case onnx::AttributeProto::FLOATS:
      return attribute.name() + spoil_list(*attribute.mutable_floats(), random);
    case onnx::AttributeProto::STRINGS:
      attribute.add_strings(kWords[below(random, kWords.size())]);
      return attribute.name() + " has a word more";
    case onnx::AttributeProto::TENSOR:
      return spoil_tensor(*attribute.mutable_t(), random);
    default:
      return attribute.name() + " stays";
  }
}

std::string spoil_tensor(onnx::TensorProto& tensor, Random& random) {
  const std::string what = fmt::format("tensor '{}'", tensor.name());
  switch (below(random, 8)) {
    case 0:
      tensor.set_data_type(static_cast<std::int32_t>(below(random, 24)));
      return what + fmt::format(" is of type {}", tensor.data_type());
    case 1:
      return what + spoil_dimensions(tensor, random);
    default:
      return what + spoil_element(tensor, random);
  }
}

}  // namespace tandem::fuzz
