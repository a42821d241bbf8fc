#include "fuzz/graph_seeds.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "generated/zoo.h"
#include "kernel_patterns.h"

namespace tandem::fuzz {
namespace {

constexpr std::size_t kLargestFileBytes = 64 << 10;

void add(const std::string& name, const std::string& bytes, std::vector<NamedModel>& models) {
  NamedModel model{name, {}};
  if (model.proto.ParseFromString(bytes) && model.proto.graph().node_size() > 0) models.push_back(std::move(model));
}

void add_files(const std::filesystem::path& folder, std::vector<NamedModel>& models) {
  if (!std::filesystem::is_directory(folder))
    throw base::Error(base::ErrorKind::NotFound, "--models " + folder.string() + ": expected a folder");
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx" && entry.file_size() <= kLargestFileBytes) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths)
    add(path.lexically_relative(folder).string(), base::read_file(path, kLargestFileBytes), models);
}

// With its weights inside.
std::string file_of(const model::Part& part) {
  onnx::ModelProto proto;
  proto.ParseFromString(part.graph);
  for (auto& initializer : *proto.mutable_graph()->mutable_initializer()) {
    const auto weight = std::ranges::find(part.weights, initializer.name(), &base::NamedTensor::name);
    if (weight == part.weights.end()) continue;
    initializer.clear_external_data();
    initializer.clear_data_location();
    initializer.set_raw_data(weight->tensor.bytes().data(), weight->tensor.size());
  }
  return proto.SerializeAsString();
}

// Nobody gives a shape here.
void fix_shapes(generated::GeneratedModel& model) {
  for (auto& input : *model.proto.mutable_graph()->mutable_input()) {
    const auto shape = model.shapes.find(input.name());
    if (shape == model.shapes.end()) continue;
    auto& dimensions = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (int i = 0; i < dimensions.dim_size(); ++i)
      dimensions.mutable_dim(i)->set_dim_value(shape->second[static_cast<std::size_t>(i)]);
  }
}

}  // namespace

std::vector<NamedModel> graph_seeds(const std::filesystem::path& folder) {
  std::vector<NamedModel> models;
  for (const auto& pattern : kernel_patterns()) {
    PatternBuilder net(4);
    const std::string output = pattern.build(net);
    add(pattern.name, file_of(net.finish(output)), models);
  }
  for (std::size_t i = 0; i < generated::kModels; ++i) {
    auto model = generated::make_model(i);
    fix_shapes(model);
    models.push_back({model.name, std::move(model.proto)});
  }
  if (!folder.empty()) add_files(folder, models);
  return models;
}

}  // namespace tandem::fuzz
