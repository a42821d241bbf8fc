// Reading an ONNX file: parse, fix the input shapes, move the weights out of the graph.
#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "base/error.h"
#include "base/file.h"
#include "model/attributes.h"
#include "model/model.h"
#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"

namespace tandem::model {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kFirstVersionWithoutInitializerInputs = 4;

onnx::ModelProto parse(const void* data, std::size_t size, const std::string& name) {
  if (size > INT_MAX) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("{}: {} bytes; an ONNX file is at most 2 GB, with larger weights as external data", name, size));
  }
  onnx::ModelProto proto;
  const bool is_parsed = proto.ParseFromArray(data, static_cast<int>(size));
  if (!is_parsed || !proto.has_graph() || proto.graph().node_size() == 0) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: not an ONNX model (expected a ModelProto with a graph of nodes)", name));
  }
  return proto;
}

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

Error shape_needed(const std::string& where, const onnx::ValueInfoProto& input, const std::string& reason) {
  return Error(ErrorKind::InvalidInput, fmt::format("{}: {}; give its shape: --shape {}=1x3x224x224 (for example)",
                                                    where, reason, input.name()));
}

// "Nx3x224x224", "?" where nothing is known.
std::string text_of(const onnx::TensorShapeProto& shape) {
  std::vector<std::string> dimensions;
  for (const auto& dimension : shape.dim()) {
    const bool is_known = dimension.has_dim_value() && dimension.dim_value() > 0;
    dimensions.push_back(is_known                        ? std::to_string(dimension.dim_value())
                         : dimension.dim_param().empty() ? "?"
                                                         : dimension.dim_param());
  }
  return fmt::format("{}", fmt::join(dimensions, "x"));
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
    if (dimension.has_dim_value() && dimension.dim_value() > 0) fits = dimension.dim_value() == given[i];
    if (has_symbol(dimension)) give_symbol(symbols, dimension.dim_param(), given[i], given, where);
  }
  if (!fits) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: --shape {} does not fit the model's {}", where,
                                                     base::to_string(given), text_of(type.shape())));
  }
}

base::Shape shape_from_file(const onnx::ValueInfoProto& input, const std::string& where, const Symbols& symbols) {
  const auto& type = tensor_type(input, where);
  if (!type.has_shape()) throw shape_needed(where, input, "its shape is unknown");
  base::Shape shape;
  for (const auto& dimension : type.shape().dim()) {
    const auto symbol = has_symbol(dimension) ? symbols.find(dimension.dim_param()) : symbols.end();
    if (dimension.has_dim_value() && dimension.dim_value() > 0) {
      shape.push_back(dimension.dim_value());
    } else if (symbol != symbols.end()) {
      shape.push_back(symbol->second);
    } else if (shape.empty()) {
      shape.push_back(1);  // the batch
    } else {
      const std::string label = has_symbol(dimension) ? "'" + dimension.dim_param() + "'" : "unknown";
      throw shape_needed(where, input, fmt::format("dimension {} is {}", shape.size(), label));
    }
  }
  base::element_count(shape);
  return shape;
}

void set_shape(onnx::ValueInfoProto& input, const base::Shape& shape) {
  auto* proto = input.mutable_type()->mutable_tensor_type()->mutable_shape();
  proto->clear_dim();
  for (const std::int64_t dimension : shape) proto->add_dim()->set_dim_value(dimension);
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

// A name that stands first somewhere is the batch, and so 1 unless it was given.
void name_batches(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& inputs, Symbols& symbols) {
  for (const auto& input : inputs) {
    const auto& shape = input.type().tensor_type().shape();
    if (shape.dim_size() > 0 && has_symbol(shape.dim(0))) symbols.emplace(shape.dim(0).dim_param(), 1);
  }
}

void keep_declarations(Source::Contents& contents) {
  *contents.declared.mutable_input() = contents.proto.graph().input();
  *contents.declared.mutable_output() = contents.proto.graph().output();
}

// Leaves only real inputs in the graph: older files list their initializers there too, which would also keep an engine
// from treating them as constants.
void fix_inputs(Source::Contents& contents, const ShapeByInput& shapes) {
  auto& graph = *contents.proto.mutable_graph();
  auto& inputs = *graph.mutable_input();
  const auto is_initializer = [&](const auto& input) { return contents.initializers.contains(input.name()); };
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(), is_initializer), inputs.end());
  refuse_unknown_names(inputs, shapes, contents.name);
  Symbols symbols;
  for (const auto& input : inputs) {
    const auto given = shapes.find(input.name());
    if (given == shapes.end()) continue;
    check_given_shape(input, given->second, fmt::format("{}: input '{}'", contents.name, input.name()), symbols);
  }
  name_batches(inputs, symbols);
  for (auto& input : inputs) {
    const std::string where = fmt::format("{}: input '{}'", contents.name, input.name());
    const auto given = shapes.find(input.name());
    const base::Shape shape = given != shapes.end() ? given->second : shape_from_file(input, where, symbols);
    const auto element = static_cast<base::ElementType>(tensor_type(input, where).elem_type());
    set_shape(input, shape);
    contents.inputs.push_back({input.name(), {element, shape}});
  }
}

// What was inferred for the file's own dimensions may not hold for the given ones; the engine infers it again.
void forget_inferred_shapes(onnx::GraphProto& graph) {
  graph.clear_value_info();
  for (auto& output : *graph.mutable_output()) {
    if (output.type().has_tensor_type()) output.mutable_type()->mutable_tensor_type()->clear_shape();
  }
}

void index_initializers(Source::Contents& contents) {
  const auto& graph = contents.proto.graph();
  for (int i = 0; i < graph.initializer_size(); ++i) {
    if (!contents.initializers.emplace(graph.initializer(i).name(), i).second) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}: initializer '{}' is defined twice", contents.name, graph.initializer(i).name()));
    }
  }
}

void take_weights(Source::Contents& contents, const std::filesystem::path& folder) {
  for_each_tensor(contents.proto,
                  [&](const onnx::TensorProto& tensor) { contents.is_one_file &= !is_external(tensor); });
  for (auto& initializer : *contents.proto.mutable_graph()->mutable_initializer()) {
    const std::string where = fmt::format("{}: initializer '{}'", contents.name, initializer.name());
    base::Tensor weight = take_weight(initializer, folder, where);
    if (!weight.empty()) contents.weights.emplace(initializer.name(), std::move(weight));
  }
  take_inner_data(contents.proto, folder, contents.name);
}

std::shared_ptr<const Source::Contents> finish(std::shared_ptr<Source::Contents> contents, const ShapeByInput& shapes) {
  contents->proto.set_ir_version(
      std::max<std::int64_t>(contents->proto.ir_version(), kFirstVersionWithoutInitializerInputs));
  contents->proto.clear_training_info();
  rename_duplicates(*contents->proto.mutable_graph());
  keep_declarations(*contents);
  check_exits(*contents);
  fix_inputs(*contents, shapes);
  forget_inferred_shapes(*contents->proto.mutable_graph());
  analyse(*contents);
  return contents;
}

std::shared_ptr<Source::Contents> begin(onnx::ModelProto proto, const std::string& name) {
  check_attributes(proto, name);
  auto contents = std::make_shared<Source::Contents>();
  contents->name = name;
  contents->proto = std::move(proto);
  index_initializers(*contents);
  return contents;
}

}  // namespace

Source Source::read(const std::filesystem::path& path, const ShapeByInput& shapes) {
  const base::MappedFile file = base::map_file(path);
  auto contents = begin(parse(file.bytes.data(), file.bytes.size(), path.string()), path.string());
  take_weights(*contents, path.parent_path());
  Source source;
  source.contents_ = finish(std::move(contents), shapes);
  return source;
}

Source Source::from_bytes(std::string bytes, const std::string& name, const ShapeByInput& shapes) {
  auto contents = begin(parse(bytes.data(), bytes.size(), name), name);
  // Bytes have no folder: external data that they name must not be found.
  take_weights(*contents, "/nonexistent");
  Source source;
  source.contents_ = finish(std::move(contents), shapes);
  return source;
}

Source Source::from_part(const Part& part, const std::string& name) {
  auto contents = begin(parse(part.graph.data(), part.graph.size(), name), name);
  for (const auto& [weight_name, tensor] : part.weights) contents->weights.emplace(weight_name, tensor);
  Source source;
  source.contents_ = finish(std::move(contents), {});
  return source;
}

const std::string& Source::name() const {
  return contents_->name;
}

std::optional<std::string> Source::metadata(const std::string& key) const {
  for (const auto& entry : contents_->proto.metadata_props()) {
    if (entry.key() == key) return entry.value();
  }
  return std::nullopt;
}

}  // namespace tandem::model
