// Inputs with a default value: initializers that the file lists among its inputs, too.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/model.h"
#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"

namespace tandem::model {
std::vector<std::string> Source::default_inputs() const {
  std::vector<std::string> names;
  for (const auto& input : contents_->declared.input()) {
    if (std::ranges::find(contents_->inputs, input.name(), &base::NamedType::name) == contents_->inputs.end())
      names.push_back(input.name());
  }
  return names;
}

Source Source::with_default(const base::NamedTensor& value) const {
  auto contents = std::make_shared<Contents>(*contents_);
  auto& initializer = *contents->proto.mutable_graph()->mutable_initializer(contents->initializers.at(value.name));
  const base::TensorType type{static_cast<base::ElementType>(initializer.data_type()),
                              {initializer.dims().begin(), initializer.dims().end()}};
  if (value.tensor.type() != type) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: the value of input '{}' is {}, expected {}", contents->name, value.name,
                                  base::to_string(value.tensor.type()), base::to_string(type)));
  }
  initializer.Clear();
  initializer.set_name(value.name);
  set_tensor(initializer, value.tensor);
  base::Tensor weight = take_weight(initializer, {}, value.name);
  contents->weights.erase(value.name);
  if (!weight.empty()) contents->weights.emplace(value.name, std::move(weight));
  Source source;
  source.contents_ = std::move(contents);
  return source;
}

}  // namespace tandem::model
