#include "workspace/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "engine/verify.h"
#include "input/input.h"
#include "input/preprocess.h"

namespace tandem::workspace {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kLongestSide = 8192;  // of a picture

const base::NamedType& type_named(const std::vector<base::NamedType>& types, const std::string& name) {
  const auto type = std::ranges::find(types, name, &base::NamedType::name);
  if (type != types.end()) return *type;
  std::vector<std::string> names;
  for (const auto& known : types) names.push_back(known.name);
  throw Error(ErrorKind::InvalidInput,
              fmt::format("--input: the model has no input '{}', expected one of: {}", name, fmt::join(names, ", ")));
}

// The height and width of a picture for an input of the shape [1, 3, h, w] or [1, h, w, 3].
void take_size_of_model(const base::NamedType& type, input::Preprocessing& preprocessing) {
  const auto& shape = type.type.shape;
  if (shape.size() != 4) return;
  const bool is_nchw = preprocessing.layout == input::Layout::Nchw;
  const std::int64_t height = shape[is_nchw ? 2 : 1];
  const std::int64_t width = shape[is_nchw ? 3 : 2];
  if (height > kLongestSide || width > kLongestSide) return;
  preprocessing.height = static_cast<int>(height);
  preprocessing.width = static_cast<int>(width);
}

void take_size(const std::string& text, input::Preprocessing& preprocessing) {
  const base::Shape sides = base::parse_shape(text);
  if (sides.size() != 2 || sides[0] > kLongestSide || sides[1] > kLongestSide)
    throw Error(ErrorKind::InvalidInput, fmt::format("--size {}: expected HxW, such as 224x224", text));
  preprocessing.height = static_cast<int>(sides[0]);
  preprocessing.width = static_cast<int>(sides[1]);
}

std::array<double, 3> three(const std::vector<double>& values) {
  return {values[0], values[1], values[2]};
}

input::Preprocessing preprocessing_for(const InputOptions& options, const base::NamedType& type) {
  input::Preprocessing chosen = input::preset(options.preset);
  chosen.layout = options.layout == "nchw" ? input::Layout::Nchw : input::Layout::Nhwc;
  chosen.as_bytes = type.type.element == base::ElementType::UInt8;
  take_size_of_model(type, chosen);
  if (!options.size.empty()) take_size(options.size, chosen);
  if (!options.resize.empty()) chosen.resize = options.resize == "crop" ? input::Resize::Crop : input::Resize::Stretch;
  if (!options.mean.empty()) chosen.mean = three(options.mean);
  if (!options.deviation.empty()) chosen.deviation = three(options.deviation);
  if (options.bgr) chosen.channels = input::ChannelOrder::Bgr;
  return chosen;
}

// `text` is FILE or NAME=FILE.
base::NamedTensor read_one(const std::string& text, const InputOptions& options,
                           const std::vector<base::NamedType>& types) {
  const auto equals = text.find('=');
  const bool is_named = equals != std::string::npos && equals > 0;
  if (!is_named && types.size() != 1)
    throw Error(ErrorKind::InvalidInput,
                fmt::format("--input {}: the model has {} inputs, expected NAME=FILE", text, types.size()));
  const base::NamedType& type = is_named ? type_named(types, text.substr(0, equals)) : types[0];
  const std::string path = is_named ? text.substr(equals + 1) : text;
  base::Tensor tensor = input::read_input(path, preprocessing_for(options, type));
  if (tensor.type() != type.type) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("--input {}: {} {}, the model's input '{}' is {} {}", path, base::name_of(tensor.element()),
                            base::to_string(tensor.shape()), type.name, base::name_of(type.type.element),
                            base::to_string(type.type.shape)));
  }
  return {type.name, std::move(tensor)};
}

}  // namespace

std::vector<base::NamedTensor> read_inputs(const InputOptions& options, const model::Model& model) {
  if (options.files.empty()) return engine::made_up_inputs(model);
  const auto types = engine::input_types(model);
  std::vector<base::NamedTensor> tensors;
  for (const auto& text : options.files) tensors.push_back(read_one(text, options, types));
  if (tensors.size() != types.size()) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("--input: {} given, the model has {} inputs", tensors.size(), types.size()));
  }
  return tensors;
}

}  // namespace tandem::workspace
