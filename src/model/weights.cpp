// The bytes of initializers: taken out of the field of TensorProto that holds them, or mapped from an external data
// file.
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"

namespace tandem::model {
namespace {

using base::ElementType;
using base::Error;
using base::ErrorKind;

base::TensorType type_of(const onnx::TensorProto& tensor, const std::string& where) {
  base::TensorType type;
  type.element = static_cast<ElementType>(tensor.data_type());
  type.shape.assign(tensor.dims().begin(), tensor.dims().end());
  if (type.shape.size() > 64)
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: {} dimensions", where, type.shape.size()));
  base::element_count(type.shape);
  return type;
}

std::uint64_t external_number(const onnx::StringStringEntryProto& entry, const std::string& where) {
  std::uint64_t value = 0;
  const char* const end = entry.value().data() + entry.value().size();
  const auto parsed = std::from_chars(entry.value().data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: external data {} is '{}', expected a number", where,
                                                     entry.key(), entry.value().substr(0, 40)));
  }
  return value;
}

std::filesystem::path external_path(const std::string& location, const std::filesystem::path& folder,
                                    const std::string& where) {
  const std::filesystem::path relative(location);
  bool leaves_folder = relative.empty() || relative.is_absolute() || location.find('\0') != std::string::npos;
  for (const auto& part : relative) leaves_folder = leaves_folder || part == "..";
  if (leaves_folder) {
    throw Error(ErrorKind::Refused, fmt::format("{}: external data at '{}', expected a file in the model's folder",
                                                where, location.substr(0, 100)));
  }
  return folder / relative;
}

base::Tensor external_weight(const onnx::TensorProto& tensor, const base::TensorType& type,
                             const std::filesystem::path& folder, const std::string& where) {
  std::string location;
  std::uint64_t offset = 0;
  std::uint64_t length = base::size_bytes(type);
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = external_number(entry, where);
    if (entry.key() == "length") length = external_number(entry, where);
  }
  const base::MappedFile file = base::map_file(external_path(location, folder, where));
  if (length != base::size_bytes(type) || offset > file.bytes.size() || length > file.bytes.size() - offset) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: external data of {} bytes at {} in '{}' ({} bytes), expected {} bytes", where, length,
                            offset, location, file.bytes.size(), base::size_bytes(type)));
  }
  if (length == 0) return base::Tensor::allocate(type);
  return base::Tensor::view(type, file.owner, file.bytes.data() + offset, length);
}

base::Tensor raw_weight(onnx::TensorProto& tensor, const base::TensorType& type, const std::string& where) {
  auto owner = std::make_shared<std::string>(std::move(*tensor.mutable_raw_data()));
  if (owner->size() != base::size_bytes(type)) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: {} bytes of data, expected {} for {} {}", where, owner->size(), base::size_bytes(type),
                            base::name_of(type.element), base::to_string(type.shape)));
  }
  auto* bytes = reinterpret_cast<std::byte*>(owner->data());
  return base::Tensor::view(type, owner, bytes, owner->size());
}

template <class Element, class Field>
base::Tensor field_weight(const Field& field, const base::TensorType& type, const std::string& where) {
  if (static_cast<std::size_t>(field.size()) != base::element_count(type.shape)) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: {} elements of data, expected {} for {}", where, field.size(),
                                                     base::element_count(type.shape), base::to_string(type.shape)));
  }
  base::Tensor weight = base::Tensor::allocate(type);
  auto values = weight.mutable_values<Element>();
  for (int i = 0; i < field.size(); ++i) values[static_cast<std::size_t>(i)] = static_cast<Element>(field.Get(i));
  return weight;
}

// Which repeated field holds which element type: onnx.proto, TensorProto.
base::Tensor typed_weight(const onnx::TensorProto& tensor, const base::TensorType& type, const std::string& where) {
  switch (type.element) {
    case ElementType::Float32:
      return field_weight<float>(tensor.float_data(), type, where);
    case ElementType::Float64:
      return field_weight<double>(tensor.double_data(), type, where);
    case ElementType::Int64:
      return field_weight<std::int64_t>(tensor.int64_data(), type, where);
    case ElementType::UInt64:
      return field_weight<std::uint64_t>(tensor.uint64_data(), type, where);
    case ElementType::UInt32:
      return field_weight<std::uint32_t>(tensor.uint64_data(), type, where);
    case ElementType::Int32:
      return field_weight<std::int32_t>(tensor.int32_data(), type, where);
    case ElementType::Int16:
    case ElementType::UInt16:
    case ElementType::Float16:
    case ElementType::BFloat16:
      return field_weight<std::uint16_t>(tensor.int32_data(), type, where);
    case ElementType::Int8:
    case ElementType::UInt8:
    case ElementType::Bool:
      return field_weight<std::uint8_t>(tensor.int32_data(), type, where);
    default:
      throw Error(ErrorKind::Unsupported, fmt::format("{}: weights of {}", where, base::name_of(type.element)));
  }
}

// Strips the proto of the data in its raw field.
base::Tensor inner_weight(onnx::TensorProto& tensor, const base::TensorType& type, const std::string& where) {
  return tensor.has_raw_data() ? raw_weight(tensor, type, where) : typed_weight(tensor, type, where);
}

void clear_data(onnx::TensorProto& tensor) {
  tensor.clear_raw_data();
  tensor.clear_float_data();
  tensor.clear_double_data();
  tensor.clear_int32_data();
  tensor.clear_int64_data();
  tensor.clear_uint64_data();
  tensor.clear_external_data();
}

void put_inside(onnx::TensorProto& tensor, const base::Tensor& weight) {
  clear_data(tensor);
  tensor.clear_data_location();
  tensor.set_raw_data(weight.bytes().data(), weight.size());
}

}  // namespace

base::Tensor read_tensor(onnx::TensorProto tensor, const std::string& where) {
  return inner_weight(tensor, type_of(tensor, where), where);
}

void take_inner_data(onnx::ModelProto& proto, const std::filesystem::path& folder, const std::string& where) {
  std::set<const onnx::TensorProto*> outer;
  for (const auto& initializer : proto.graph().initializer()) outer.insert(&initializer);
  for_each_tensor(proto, [&](onnx::TensorProto& tensor) {
    if (!is_external(tensor) || outer.contains(&tensor)) return;
    const std::string place = fmt::format("{}: tensor '{}'", where, tensor.name());
    put_inside(tensor, external_weight(tensor, type_of(tensor, place), folder, place));
  });
}

void make_placeholder(onnx::TensorProto& tensor, std::size_t bytes) {
  clear_data(tensor);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  const auto add = [&](const char* key, std::string value) {
    auto* entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(std::move(value));
  };
  add("location", kWeightLocation);
  add("offset", "0");
  add("length", std::to_string(bytes));
}

base::Tensor take_weight(onnx::TensorProto& tensor, const std::filesystem::path& folder, const std::string& where) {
  const base::TensorType type = type_of(tensor, where);
  if (base::element_size(type.element) == 0) {
    if (is_external(tensor)) {
      throw Error(ErrorKind::Unsupported, fmt::format("{}: external data of {}", where, base::name_of(type.element)));
    }
    return {};
  }
  const std::size_t bytes = base::size_bytes(type);
  if (bytes < kSmallestWeightBytes && !is_external(tensor)) return {};
  base::Tensor weight =
      is_external(tensor) ? external_weight(tensor, type, folder, where) : inner_weight(tensor, type, where);
  if (bytes < kSmallestWeightBytes) {
    put_inside(tensor, weight);
    return {};
  }
  make_placeholder(tensor, bytes);
  return weight;
}

}  // namespace tandem::model
