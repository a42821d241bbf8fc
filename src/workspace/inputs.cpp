#include "workspace/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "engine/verify.h"
#include "input/input.h"
#include "workspace/pictures.h"

namespace tandem::workspace {
namespace {

using base::Error;
using base::ErrorKind;

const base::NamedType& type_named(const std::vector<base::NamedType>& types, const std::string& name) {
  const auto type = std::ranges::find(types, name, &base::NamedType::name);
  if (type != types.end()) return *type;
  std::vector<std::string> names;
  for (const auto& known : types) names.push_back(known.name);
  throw Error(ErrorKind::InvalidInput,
              fmt::format("--input: the model has no input '{}', expected one of: {}", name, fmt::join(names, ", ")));
}

class InputReader {
 public:
  InputReader(const InputOptions& options, const model::Model& model)
      : options_(options), model_(model), types_(engine::input_types(model)) {}

  std::vector<base::NamedTensor> read() {
    std::vector<base::NamedTensor> tensors;
    for (const auto& text : options_.files) tensors.push_back(read_one(text));
    add_unread(tensors);
    if (tensors.size() != types_.size()) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("--input: {} given, the model has {} inputs", tensors.size(), types_.size()));
    }
    for (const auto& note : notes_) base::log(base::LogLevel::Warning, "{}", note);
    return tensors;
  }

 private:
  // Values that nothing reads need not be given.
  void add_unread(std::vector<base::NamedTensor>& tensors) const {
    const model::Graph& graph = model_.graph();
    for (const auto id : graph.inputs) {
      const model::TensorInfo& input = graph.tensors[id];
      if (!input.consumers.empty() || input.is_answer) continue;
      if (std::ranges::find(tensors, input.name, &base::NamedTensor::name) == tensors.end())
        tensors.push_back(
            {input.name, engine::made_up_inputs(std::vector{base::NamedType{input.name, input.type}})[0]});
    }
  }

  // `text` is FILE or NAME=FILE.
  base::NamedTensor read_one(const std::string& text) {
    const auto equals = text.find('=');
    const bool is_named = equals != std::string::npos && equals > 0;
    if (!is_named && types_.size() != 1)
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("--input {}: the model has {} inputs, expected NAME=FILE", text, types_.size()));
    const std::string name = is_named ? text.substr(0, equals) : types_[0].name;
    const base::NamedType& type = type_named(types_, name);
    const std::string path = is_named ? text.substr(equals + 1) : text;
    base::Tensor tensor = input::read_input(path, [&] { return preprocessing_for(type.type); });
    if (tensor.type() != type.type) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("--input {}: {} {}, the model's input '{}' is {} {}", path,
                              base::name_of(tensor.element()), base::to_string(tensor.shape()), type.name,
                              base::name_of(type.type.element), base::to_string(type.type.shape)));
    }
    return {type.name, std::move(tensor)};
  }

  input::Preprocessing preprocessing_for(const base::TensorType& type) {
    auto [pictures, note] = picture_input(model_, type, options_.pictures);
    if (!note.empty()) notes_.insert(std::move(note));
    return pictures;
  }

  const InputOptions& options_;
  const model::Model& model_;
  const std::vector<base::NamedType> types_;
  std::set<std::string> notes_;  // each is said once
};

}  // namespace

std::vector<base::NamedTensor> read_inputs(const InputOptions& options, const model::Model& model) {
  if (options.files.empty()) return engine::made_up_inputs(model);
  return InputReader(options, model).read();
}

}  // namespace tandem::workspace
