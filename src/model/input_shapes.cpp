#include "model/input_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <map>
#include <set>

#include "base/error.h"
#include "model/onnx_contents.h"

namespace tandem::model {
namespace {

using base::Error;
using base::ErrorKind;

// A dimension that the file names instead of giving ("batch", "N") is the same wherever the name appears.
using Symbols = std::map<std::string, std::int64_t>;

bool has_symbol(const onnx::TensorShapeProto_Dimension& dimension) {
  return dimension.has_dim_param() && !dimension.dim_param().empty();
}

const onnx::TypeProto_Tensor& tensor_type(const onnx::ValueInfoProto& input, const std::string& where) {
  if (!input.type().has_tensor_type()) {
    throw Error(ErrorKind::Unsupported, fmt::format("{}: expected a tensor, found another kind of value", where));
  }
  return input.type().tensor_type();
}

// A dimension of 0 is one: an empty cache of keys and values.
bool is_known(const onnx::TensorShapeProto_Dimension& dimension) {
  return dimension.has_dim_value() && dimension.dim_value() >= 0;
}

// "3", "N", "?" where nothing is known.
std::string text_of(const onnx::TensorShapeProto_Dimension& dimension) {
  if (is_known(dimension)) return std::to_string(dimension.dim_value());
  return has_symbol(dimension) ? dimension.dim_param() : "?";
}

// "N x 3 x 224 x 224": a name may hold an x.
std::string text_of(const onnx::TensorShapeProto& shape) {
  std::vector<std::string> dimensions;
  for (const auto& dimension : shape.dim()) dimensions.push_back(text_of(dimension));
  return fmt::format("{}", fmt::join(dimensions, " x "));
}

// Stands for a dimension that the file leaves open.
std::int64_t example_of(int place, int rank) {
  constexpr std::array<std::int64_t, 4> kPicture = {1, 3, 224, 224};
  constexpr std::int64_t kOther = 16;
  if (place == 0) return 1;
  return rank == static_cast<int>(kPicture.size()) ? kPicture[static_cast<std::size_t>(place)] : kOther;
}

// Of the rank that the file gives, with its known dimensions.
std::string example_of(const onnx::TensorShapeProto& shape, const Symbols& symbols) {
  base::Shape example;
  for (int i = 0; i < shape.dim_size(); ++i) {
    const auto symbol = symbols.find(shape.dim(i).dim_param());
    example.push_back(is_known(shape.dim(i))    ? shape.dim(i).dim_value()
                      : symbol != symbols.end() ? symbol->second
                                                : example_of(i, shape.dim_size()));
  }
  return base::to_string(example);
}

Error shape_needed(const std::string& where, const onnx::ValueInfoProto& input, const std::string& what,
                   const std::string& example) {
  return Error(ErrorKind::InvalidInput,
               fmt::format("{} {}; give its shape: --shape {}={} (for example)", where, what, input.name(), example));
}

void give_symbol(Symbols& symbols, const std::string& symbol, std::int64_t value, const base::Shape& given,
                 const std::string& where) {
  const auto [entry, is_new] = symbols.emplace(symbol, value);
  if (is_new || entry->second == value) return;
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: --shape {} makes '{}' {}, another --shape makes it {}", where,
                                                   base::to_string(given), symbol, value, entry->second));
}

void check_given_shape(const onnx::ValueInfoProto& input, const base::Shape& given, const std::string& where,
                       Symbols& symbols) {
  const auto& type = tensor_type(input, where);
  if (!type.has_shape()) return;
  bool fits = static_cast<std::size_t>(type.shape().dim_size()) == given.size();
  for (std::size_t i = 0; fits && i < given.size(); ++i) {
    const auto& dimension = type.shape().dim(static_cast<int>(i));
    // Some exporters write 0 for a dimension that they do not know: a given one replaces it.
    if (is_known(dimension) && dimension.dim_value() > 0) fits = dimension.dim_value() == given[i];
    if (has_symbol(dimension)) give_symbol(symbols, dimension.dim_param(), given[i], given, where);
  }
  if (!fits) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: --shape {} does not fit the model's {}", where,
                                                     base::to_string(given), text_of(type.shape())));
  }
}

base::Shape shape_from_file(const onnx::ValueInfoProto& input, const std::string& where, const Symbols& symbols) {
  const auto& type = tensor_type(input, where);
  if (!type.has_shape()) throw shape_needed(where, input, "has a shape that the file does not give", "1x3x224x224");
  base::Shape shape;
  std::vector<std::string> unknown;
  for (const auto& dimension : type.shape().dim()) {
    const auto symbol = has_symbol(dimension) ? symbols.find(dimension.dim_param()) : symbols.end();
    const bool is_batch = shape.empty() && !has_symbol(dimension);
    if (!is_known(dimension) && symbol == symbols.end() && !is_batch) unknown.push_back(text_of(dimension));
    shape.push_back(is_known(dimension) ? dimension.dim_value() : symbol != symbols.end() ? symbol->second : 1);
  }
  if (!unknown.empty()) {
    throw shape_needed(where, input,
                       fmt::format("is {}, of which '{}' {} unknown", text_of(type.shape()), fmt::join(unknown, "', '"),
                                   unknown.size() == 1 ? "is" : "are"),
                       example_of(type.shape(), symbols));
  }
  base::element_count(shape);
  return shape;
}

// Nothing depends on the shape of an input that nothing reads: each dimension that the file leaves open is 1.
base::Shape shape_of_unread(const onnx::ValueInfoProto& input, const std::string& where) {
  base::Shape shape;
  for (const auto& dimension : tensor_type(input, where).shape().dim())
    shape.push_back(is_known(dimension) ? dimension.dim_value() : 1);
  base::element_count(shape);
  return shape;
}

void refuse_unknown_names(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& inputs,
                          const ShapeByInput& shapes, const std::string& source) {
  std::vector<std::string> names;
  for (const auto& input : inputs) names.push_back(input.name());
  for (const auto& given : shapes) {
    if (std::ranges::find(names, given.first) != names.end()) continue;
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: --shape names input '{}', expected one of: {}", source,
                                                     given.first, fmt::join(names, ", ")));
  }
}

bool says_one_of(std::string name, std::initializer_list<const char*> words) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::any_of(words, [&](const char* word) { return name.find(word) != std::string::npos; });
}

bool names_batch(const std::string& symbol) {
  static const std::set<std::string> kShort = {"N", "n", "B", "b", "bs", "BS"};
  return kShort.contains(symbol) || says_one_of(symbol, {"batch"});
}

bool names_another(const std::string& symbol) {
  return says_one_of(symbol, {"seq", "len", "time", "step", "token", "frame", "height", "width", "past"});
}

// A batch is 1 unless it was given: a dimension with such a name, or, where no dimension has one, the only name that
// stands first.
void name_batches(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& inputs, Symbols& symbols) {
  std::set<std::string> first;
  std::set<std::string> batches;
  for (const auto& input : inputs) {
    const auto& shape = input.type().tensor_type().shape();
    if (shape.dim_size() > 0 && has_symbol(shape.dim(0))) first.insert(shape.dim(0).dim_param());
    for (const auto& dimension : shape.dim()) {
      if (has_symbol(dimension) && names_batch(dimension.dim_param())) batches.insert(dimension.dim_param());
    }
  }
  if (batches.empty() && first.size() == 1 && !names_another(*first.begin())) batches = first;
  for (const auto& symbol : batches) symbols.emplace(symbol, 1);
}

// Of the nodes and of the model's outputs.
std::set<std::string> read_names(const onnx::GraphProto& graph) {
  std::set<std::string> names;
  for (const auto& node : graph.node()) {
    for (auto& name : facts_of(node).reads) names.insert(std::move(name));
  }
  for (const auto& output : graph.output()) names.insert(output.name());
  return names;
}

}  // namespace

std::vector<base::NamedType> fixed_input_types(const onnx::GraphProto& graph, const ShapeByInput& given,
                                               const std::string& source) {
  refuse_unknown_names(graph.input(), given, source);
  const auto where = [&](const onnx::ValueInfoProto& input) {
    return fmt::format("{}: input '{}'", source, input.name());
  };
  Symbols symbols;
  for (const auto& input : graph.input()) {
    const auto shape = given.find(input.name());
    if (shape != given.end()) check_given_shape(input, shape->second, where(input), symbols);
  }
  name_batches(graph.input(), symbols);
  const std::set<std::string> read = read_names(graph);
  std::vector<base::NamedType> types;
  for (const auto& input : graph.input()) {
    const auto shape = given.find(input.name());
    types.push_back({input.name(),
                     {static_cast<base::ElementType>(tensor_type(input, where(input)).elem_type()),
                      shape != given.end()          ? shape->second
                      : read.contains(input.name()) ? shape_from_file(input, where(input), symbols)
                                                    : shape_of_unread(input, where(input))}});
  }
  return types;
}

}  // namespace tandem::model
