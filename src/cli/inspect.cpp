#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <span>

#include "base/figures.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/obstacles.h"
#include "cli/output.h"
#include "cli/table.h"
#include "engine/verify.h"
#include "input/picture_metadata.h"
#include "workspace/pictures.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kLabelsToShow = 5;

struct Flags {
  workspace::ModelOptions model;
  bool json = false;
};

// Null for an unknown shape, and for an unknown dimension.
base::Json json_of(const base::Shape& shape) {
  if (!shape.empty() && shape.front() == base::kUnknownRank) return nullptr;
  base::Json dimensions = base::Json::array();
  for (const auto size : shape) dimensions.push_back(size == base::kUnknownDimension ? base::Json() : base::Json(size));
  return dimensions;
}

base::Json json_of(const base::NamedType& type) {
  const bool is_tensor = static_cast<int>(type.type.element) > 0;
  return {{"name", type.name},
          {"type", base::name_of(type.type.element)},
          {"shape", is_tensor ? json_of(type.type.shape) : base::Json()}};
}

base::Json json_of(const model::Graph& graph, const model::Layer& layer) {
  base::Json outputs = base::Json::array();
  for (const auto id : layer.outputs) outputs.push_back(json_of({graph.tensors[id].name, graph.tensors[id].type}));
  return {{"name", layer.name},
          {"operator", layer.op_type},
          {"multiply_accumulates", layer.multiply_accumulates},
          {"parameters", layer.parameters},
          {"output_bytes", layer.output_bytes},
          {"outputs", outputs}};
}

base::Json json_of(const model::Graph& graph, const model::Cut& cut) {
  base::Json tensors = base::Json::array();
  for (const auto id : cut.tensors) tensors.push_back(graph.tensors[id].name);
  return {{"position", cut.position}, {"tensors", tensors}, {"size_bytes", cut.size_bytes}};
}

base::Json json_of(const model::Model& model) {
  const model::Graph& graph = model.graph();
  base::Json json = {{"model", model.name()}, {"parameters", graph.parameters}};
  for (const char* key : {"inputs", "outputs", "exits", "layers", "cuts"}) json[key] = base::Json::array();
  for (const auto id : graph.inputs)
    json["inputs"].push_back(json_of({graph.tensors[id].name, graph.tensors[id].type}));
  for (const auto& output : model.output_types()) json["outputs"].push_back(json_of(output));
  for (const auto& exit : model.exits()) json["exits"].push_back(exit);
  for (const auto& layer : graph.layers) json["layers"].push_back(json_of(graph, layer));
  for (const auto& cut : model.cuts()) json["cuts"].push_back(json_of(graph, cut));
  json["obstacles"] = json_of_obstacles(graph);
  const auto pictures = workspace::described_pictures(model);
  json["pictures"] = pictures ? input::to_json(*pictures) : base::Json();
  json["labels"] = workspace::class_names(model);
  return json;
}

std::string shapes_of(const model::Graph& graph, const model::Layer& layer) {
  std::string text;
  for (const auto id : layer.outputs) {
    const base::TensorType& type = graph.tensors[id].type;
    const bool is_sized = base::element_size(type.element) > 0;
    text += (text.empty() ? "" : ", ") + (is_sized ? base::to_string(type.shape) : base::to_string(type));
  }
  return text;
}

void print_layers(const model::Graph& graph, const std::vector<model::Cut>& cuts) {
  Table table({">layer", "name", "operator", "output", ">MACs", ">parameters", ">cut after", ">tensors"});
  auto cut = cuts.begin();
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const auto& layer = graph.layers[i];
    const bool can_cut = cut != cuts.end() && cut->position == i + 1;
    table.add({std::to_string(i), layer.name, layer.op_type, shapes_of(graph, layer),
               base::human_count(static_cast<double>(layer.multiply_accumulates)),
               base::human_count(static_cast<double>(layer.parameters)),
               can_cut ? base::human_bytes(static_cast<double>(cut->size_bytes)) : "",
               can_cut ? std::to_string(cut->tensors.size()) : ""});
    if (can_cut) ++cut;
  }
  print_text(table.text());
}

void print_summary(const model::Model& model) {
  const auto& graph = model.graph();
  std::int64_t work = 0;
  for (const auto& layer : graph.layers) work += layer.multiply_accumulates;
  std::size_t single = 0;
  for (const auto& cut : model.cuts()) single += cut.tensors.size() == 1 ? 1 : 0;
  print_text(fmt::format("{}: {}, {} parameters, {} multiply-accumulates, {} ({} of one tensor)\n",
                         base::printable(model.name()), base::counted(graph.layers.size(), "layer"), graph.parameters,
                         base::human_count(static_cast<double>(work)), base::counted(model.cuts().size(), "cut"),
                         single));
}

std::string text_of(const std::string& heading, const std::vector<base::NamedType>& types) {
  std::vector<std::string> names;
  for (const auto& [name, type] : types)
    names.push_back(fmt::format("{} {}", base::printable(name), base::to_string(type)));
  return fmt::format("{}: {}\n", heading, fmt::join(names, ", "));
}

// What the metadata says; empty where it is silent.
std::string metadata_text(const model::Model& model) {
  const auto pictures = workspace::described_pictures(model);
  auto labels = workspace::class_names(model);
  for (auto& label : labels) label = base::printable(label);
  std::string text = pictures ? fmt::format("pictures: {}\n", input::text_of(*pictures)) : "";
  if (labels.empty()) return text;
  const std::span first(labels.begin(), std::min(labels.size(), kLabelsToShow));
  return text + fmt::format("{} classes: {}{}\n", labels.size(), fmt::join(first, ", "),
                            first.size() < labels.size() ? ", …" : "");
}

void inspect(const Flags& flags) {
  const auto engine = workspace::make_engine(flags.model);
  const model::Model model = workspace::load_model(flags.model, *engine);
  if (flags.json) return print_json(json_of(model));
  const std::string metadata = metadata_text(model);  // may refuse
  print_layers(model.graph(), model.cuts());
  print_summary(model);
  print_text(text_of_obstacles(model.graph()));
  print_text(text_of("inputs", engine::input_types(model)) + text_of("outputs", model.output_types()));
  print_text(metadata);
}

}  // namespace

void add_inspect(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand("inspect", "Show a model's layers and where it can be cut");
  add_model_flags(command, flags->model);
  add_json_flag(command, flags->json);
  command.callback([flags] { inspect(*flags); });
}

}  // namespace tandem::cli
