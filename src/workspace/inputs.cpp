#include "workspace/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "data/adapter.h"
#include "engine/verify.h"
#include "input/input.h"
#include "input/npy.h"
#include "workspace/pictures.h"

namespace tandem::workspace {
namespace {

using base::Error;
using base::ErrorKind;

struct NamedFile {
  std::string name;  // empty: FILE alone
  std::string path;
};

// Of NAME=FILE or FILE. The longest name that fits is meant; text that begins with none is the file of this name.
std::optional<NamedFile> named_file(const std::string& text, const std::vector<std::string>& names) {
  const std::string* longest = nullptr;
  for (const auto& name : names) {
    if (text.starts_with(name + "=") && (longest == nullptr || name.size() > longest->size())) longest = &name;
  }
  if (longest != nullptr) return NamedFile{*longest, text.substr(longest->size() + 1)};
  std::error_code none;
  const bool is_file = text.find('=', 1) == std::string::npos || std::filesystem::exists(text, none);
  return is_file ? std::optional(NamedFile{"", text}) : std::nullopt;
}

std::uint16_t rounded_to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(bits >> 16U | 0x40U);    // stays one
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16U & 1U)) >> 16U);  // to the nearest, ties to even
}

// NumPy has no bfloat16.
base::Tensor as_bfloat16(const base::Tensor& tensor) {
  base::Tensor result = base::Tensor::allocate({base::ElementType::BFloat16, tensor.shape()});
  std::ranges::transform(tensor.values<float>(), result.mutable_values<std::uint16_t>().begin(), rounded_to_bfloat16);
  return result;
}

class InputReader {
 public:
  InputReader(const InputOptions& options, const model::Model& model)
      : options_(options), model_(model), types_(engine::input_types(model)), defaults_(model.default_inputs()) {}

  std::vector<base::NamedTensor> read() {
    std::vector<std::string> names = names_of_inputs();
    names.insert(names.end(), defaults_.begin(), defaults_.end());
    for (const auto& text : options_.files) {
      const auto file = named_file(text, names);
      if (!file) throw unknown(text);
      add(*file);
    }
    if (tensors_.empty()) return {};
    add_unread();
    for (const auto& type : types_) {
      if (!has(type.name))
        throw Error(ErrorKind::InvalidInput, fmt::format("--input: no file for input '{}'", type.name));
    }
    for (const auto& note : notes_) base::log(base::LogLevel::Warning, "{}", note);
    return std::move(tensors_);
  }

 private:
  bool has(const std::string& name) const {
    return std::ranges::find(tensors_, name, &base::NamedTensor::name) != tensors_.end();
  }

  std::vector<std::string> names_of_inputs() const {
    std::vector<std::string> names;
    for (const auto& type : types_) names.push_back(type.name);
    return names;
  }

  // Without those that have a default, which old files list by the hundred.
  Error unknown(const std::string& text) const {
    return {ErrorKind::InvalidInput,
            fmt::format("--input: the model has no input '{}', expected one of: {}; and there is no file '{}'",
                        text.substr(0, text.find('=')), fmt::join(names_of_inputs(), ", "), text)};
  }

  void add(const NamedFile& file) {
    if (std::ranges::find(defaults_, file.name) != defaults_.end()) return;  // read when the model was
    if (file.name.empty() && types_.size() != 1)
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("--input {}: the model has {} inputs, expected NAME=FILE", file.path, types_.size()));
    const auto type = std::ranges::find(types_, file.name.empty() ? types_[0].name : file.name, &base::NamedType::name);
    if (has(type->name))
      throw Error(ErrorKind::InvalidInput, fmt::format("--input: two files for input '{}'", type->name));
    tensors_.push_back({type->name, read_one(file.path, *type)});
  }

  // Values that nothing reads need not be given.
  void add_unread() {
    const model::Graph& graph = model_.graph();
    for (const auto id : graph.inputs) {
      const model::TensorInfo& input = graph.tensors[id];
      if (!input.consumers.empty() || input.is_answer || has(input.name)) continue;
      tensors_.push_back({input.name, engine::made_up_inputs(std::vector{base::NamedType{input.name, input.type}})[0]});
    }
  }

  base::Tensor read_one(const std::string& path, const base::NamedType& type) {
    base::Tensor tensor = input::read_input(path, [&] { return preprocessing_for(type.type); });
    const bool is_rounded =
        type.type.element == base::ElementType::BFloat16 && tensor.element() == base::ElementType::Float32;
    if (is_rounded) tensor = as_bfloat16(tensor);
    if (tensor.type() == type.type) return tensor;
    throw Error(ErrorKind::InvalidInput,
                fmt::format("--input {}: {} {}, the model's input '{}' is {} {}", path, base::name_of(tensor.element()),
                            base::to_string(tensor.shape()), type.name, base::name_of(type.type.element),
                            base::to_string(type.type.shape)));
  }

  input::Preprocessing preprocessing_for(const base::TensorType& type) {
    auto [pictures, note] = picture_input(model_, type, options_.pictures);
    if (!note.empty()) notes_.insert(std::move(note));
    return pictures;
  }

  const InputOptions& options_;
  const model::Model& model_;
  const std::vector<base::NamedType> types_;
  const std::vector<std::string> defaults_;
  std::vector<base::NamedTensor> tensors_;
  std::set<std::string> notes_;  // each is said once
};

base::NamedTensor first_sample(const InputOptions& options, const model::Model& model) {
  const auto types = engine::input_types(model);
  if (types.size() != 1)
    throw Error(ErrorKind::InvalidInput, fmt::format("--data: the model has {} inputs, expected one", types.size()));
  DataOptions data = options.data;
  data.pictures = options.pictures;
  const auto [dataset, pictures] = read_data(data, model);
  const data::Adapter adapter(dataset.test.sample_shape(), dataset.test.samples.element(), types[0].type, pictures);
  constexpr std::size_t kFirst = 0;
  return {types[0].name, adapter.batch(dataset.test, std::span(&kFirst, 1))};
}

// "--input ids=FILE (int64 1x4)", of every input that the model reads.
std::string wanted_flags(const model::Model& model) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> flags;
  const model::Graph& graph = model.graph();
  for (const auto id : graph.inputs) {
    const auto& [name, type] = std::pair(graph.tensors[id].name, graph.tensors[id].type);
    if (graph.tensors[id].consumers.empty()) continue;
    const std::string file = graph.inputs.size() == 1 ? "FILE" : name + "=FILE";
    flags.push_back(fmt::format("--input {} ({})", file, base::to_string(type)));
  }
  const std::string more = flags.size() > kMost ? fmt::format(" and {} more", flags.size() - kMost) : "";
  flags.resize(std::min(flags.size(), kMost));
  return fmt::format("{}{}", fmt::join(flags, " "), more);
}

}  // namespace

model::Source with_given_defaults(model::Source source, const std::vector<std::string>& files) {
  std::set<std::string> given;
  for (const auto& name : source.default_inputs()) {
    for (const auto& text : files) {
      if (!text.starts_with(name + "=")) continue;
      if (!given.insert(name).second)
        throw Error(ErrorKind::InvalidInput, fmt::format("--input: two files for input '{}'", name));
      source = source.with_default({name, input::read_npy(text.substr(name.size() + 1))});
    }
  }
  return source;
}

std::vector<base::NamedTensor> given_inputs(const InputOptions& options, const model::Model& model) {
  if (!options.data.name.empty()) return {first_sample(options, model)};
  return InputReader(options, model).read();
}

Inputs choose_inputs(const InputOptions& options, const model::Model& model, unsigned seed) {
  auto given = given_inputs(options, model);
  if (!given.empty()) return {std::move(given), false};
  return {engine::made_up_inputs(model, seed), true};
}

Inputs choose_inputs(const InputOptions& options, const model::Model& model, const store::Store& store) {
  auto known = given_inputs(options, model);
  if (known.empty()) known = store.inputs_of(model.digest());
  if (!known.empty()) return {std::move(known), false};
  return {engine::made_up_inputs(model), true};
}

Error Inputs::explain(const Error& failure, const model::Model& model) const {
  if (!are_made_up || failure.kind() != ErrorKind::Internal) return failure;
  return {ErrorKind::InvalidInput, fmt::format("{}: cannot run on made-up values; give real ones: {}: {}", model.name(),
                                               wanted_flags(model), failure.message())};
}

}  // namespace tandem::workspace
