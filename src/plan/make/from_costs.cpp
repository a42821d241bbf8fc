#include "plan/make/from_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "plan/make/exit_policies.h"

namespace tandem::plan {
namespace {

using base::Error;
using base::ErrorKind;

constexpr double kBytesPerParameter = 4;
// Bytes on the wire besides tensors, as measured: of a route with one part and one exit, of each further part that ends
// with an exit, and of a reply.
constexpr double kRequestBytes = 240;
constexpr double kExitBytes = 120;
constexpr double kReplyBytes = 100;

void check_size(const cost::ModelCosts& costs, const model::Graph& graph) {
  const std::size_t layers = graph.layers.size();
  if (costs.layer_ms.size() == layers && costs.ends_kernel.size() == layers) return;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("the profile on '{}' has {} layers, the model has {}: profile the model again",
                          costs.identity.target, costs.layer_ms.size(), layers));
}

// Layers that any engine fuses stay together: the cost of half a kernel was never measured.
bool ends_kernel_everywhere(const std::vector<cost::ModelCosts>& models, std::size_t layer) {
  return std::ranges::all_of(models, [&](const cost::ModelCosts& costs) { return costs.ends_kernel[layer]; });
}

double peak_bytes_of(const std::vector<cost::ModelCosts>& models) {
  double peak_bytes = 0;
  for (const auto& costs : models) peak_bytes = std::max(peak_bytes, costs.peak_bytes);
  return peak_bytes;
}

// The layer's share of the whole model's peak memory on any target, by its parameters; at least their own size. A model
// without parameters shares its peak evenly.
double memory_bytes(const model::Graph& graph, std::size_t layer, double peak_bytes) {
  if (graph.parameters == 0) return peak_bytes / static_cast<double>(graph.layers.size());
  const double bytes_per_parameter = std::max(kBytesPerParameter, peak_bytes / static_cast<double>(graph.parameters));
  return bytes_per_parameter * static_cast<double>(graph.layers[layer].parameters);
}

Block make_block(const model::Graph& graph, std::size_t first, std::size_t last, double peak_bytes) {
  Block block{graph.layers[first].name, first, last, 0};
  for (std::size_t layer = first; layer < last; ++layer) block.memory_bytes += memory_bytes(graph, layer, peak_bytes);
  return block;
}

std::vector<Block> make_blocks(const model::Graph& graph, const std::vector<cost::ModelCosts>& models,
                               const std::vector<std::size_t>& exit_layers) {
  const double peak_bytes = peak_bytes_of(models);
  std::vector<Block> blocks;
  std::size_t first = 0;
  for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) {
    const bool is_exit = std::ranges::find(exit_layers, layer) != exit_layers.end();
    if (layer + 1 < graph.layers.size() && !is_exit && !ends_kernel_everywhere(models, layer)) continue;
    blocks.push_back(make_block(graph, first, layer + 1, peak_bytes));
    first = layer + 1;
  }
  return blocks;
}

std::vector<std::size_t> block_of_each_layer(const std::vector<Block>& blocks) {
  std::vector<std::size_t> block_of;
  for (std::size_t block = 0; block < blocks.size(); ++block)
    block_of.insert(block_of.end(), blocks[block].last - blocks[block].first, block);
  return block_of;
}

Tensor make_tensor(const model::TensorInfo& info, const std::vector<std::size_t>& block_of) {
  Tensor tensor;
  tensor.name = info.name;
  if (info.producer != model::kNoLayer) tensor.producer = block_of[info.producer];
  for (const std::size_t layer : info.consumers) {
    const std::size_t block = block_of[layer];
    const bool is_known = !tensor.consumers.empty() && tensor.consumers.back() == block;
    if (block != tensor.producer && !is_known) tensor.consumers.push_back(block);
  }
  if (info.can_be_sent()) {
    Encoding raw;
    raw.bytes = static_cast<double>(info.size_bytes);
    tensor.encodings.push_back(std::move(raw));
  }
  return tensor;
}

void add_tensors(Problem& problem, const model::Graph& graph) {
  const auto block_of = block_of_each_layer(problem.blocks);
  for (const auto& info : graph.tensors) {
    Tensor tensor = make_tensor(info, block_of);
    if (!tensor.consumers.empty()) problem.tensors.push_back(std::move(tensor));
  }
}

Target make_target(const Problem& problem, const fleet::Target& target, const cost::ModelCosts& costs) {
  Target made;
  made.name = target.name;
  made.tier = static_cast<std::size_t>(target.tier);
  made.kind = target.kind;
  made.stage_overhead_ms = costs.stage_overhead_ms;
  made.memory_limit_bytes = target.memory_limit_bytes;
  made.compute_watts = target.compute_watts;
  made.send_watts = target.send_watts;
  made.receive_watts = target.receive_watts;
  made.price_per_hour = target.price_per_hour;
  made.replicas = target.replicas;
  for (const auto& block : problem.blocks) {
    const auto layer_ms = costs.layer_ms.begin();
    made.block_ms.push_back(std::accumulate(layer_ms + static_cast<std::ptrdiff_t>(block.first),
                                            layer_ms + static_cast<std::ptrdiff_t>(block.last), 0.0));
  }
  return made;
}

// Adds the times to hand a tensor on, apart from the link: a stage that ends inside the model converts it to the layout
// of the wire, and the next stage converts it back. The model's inputs come in that layout.
void charge_handing(Problem& problem, const cost::ModelCosts& costs) {
  for (Tensor& tensor : problem.tensors) {
    for (Encoding& encoding : tensor.encodings) {
      const double megabytes = tensor.producer == kNone ? 0 : encoding.bytes / 1e6;
      encoding.encode_ms.push_back(megabytes * costs.send_ms_per_mb);
      encoding.decode_ms.push_back(megabytes * costs.receive_ms_per_mb);
    }
  }
}

void add_targets(Problem& problem, const fleet::Fleet& fleet, const std::vector<cost::ModelCosts>& models) {
  for (const auto& target : fleet.targets) {
    const auto costs = std::ranges::find(
        models, target.name, [](const cost::ModelCosts& each) -> const std::string& { return each.identity.target; });
    if (costs == models.end()) continue;
    problem.targets.push_back(make_target(problem, target, *costs));
    charge_handing(problem, *costs);
  }
  if (problem.targets.empty() || problem.targets[0].name != fleet.targets[0].name) {
    throw Error(ErrorKind::NotFound,
                fmt::format("no profile of this model on '{}', where requests come from: run tandem profile first",
                            fleet.targets[0].name));
  }
}

// 0 of a link that the fleet does not list.
double price_per_gb(const fleet::Fleet& fleet, const cost::LinkCosts& link) {
  for (const auto& each : fleet.links) {
    if (fleet.targets[each.from].name == link.from && fleet.targets[each.to].name == link.to) return each.price_per_gb;
  }
  return 0;
}

void add_link(Problem& problem, const fleet::Fleet& fleet, const cost::LinkCosts& link) {
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(problem.targets, name, &Target::name) - problem.targets.begin());
  };
  const std::size_t from = index_of(link.from);
  const std::size_t to = index_of(link.to);
  if (from >= problem.targets.size() || to >= problem.targets.size()) return;
  problem.links.push_back({from, to, link.round_trip_ms.value, link.upload_mbps.value, link.download_mbps.value,
                           price_per_gb(fleet, link)});
}

// A request has one answer of a model with exits, else all answers. An input that is an answer does not come back.
double answer_bytes(const model::Graph& graph, bool has_exits) {
  double sum = 0;
  double most = 0;
  for (const model::TensorId id : graph.answers) {
    if (graph.tensors[id].producer == model::kNoLayer) continue;
    sum += static_cast<double>(graph.tensors[id].size_bytes);
    most = std::max(most, static_cast<double>(graph.tensors[id].size_bytes));
  }
  return has_exits ? most : sum;
}

}  // namespace

Problem make_problem(const model::Graph& graph, const fleet::Fleet& fleet, const std::vector<cost::ModelCosts>& models,
                     const std::vector<cost::LinkCosts>& links, const std::vector<std::string>& exits,
                     const Codecs& codecs) {
  for (const auto& costs : models) check_size(costs, graph);
  Problem problem;
  for (const auto tier : {fleet::Tier::Device, fleet::Tier::Edge, fleet::Tier::Cloud})
    problem.tiers.emplace_back(fleet::name_of(tier));
  const auto exit_layers = layers_of_exits(graph, exits);
  problem.blocks = make_blocks(graph, models, exit_layers);
  add_tensors(problem, graph);
  const auto block_of = block_of_each_layer(problem.blocks);
  for (std::size_t i = 0; i < exits.size(); ++i) problem.exits.push_back({exits[i], block_of[exit_layers[i]]});
  problem.answer_bytes = kReplyBytes + answer_bytes(graph, !exits.empty());
  problem.header_bytes = kRequestBytes;
  problem.exit_header_bytes = kExitBytes;
  add_targets(problem, fleet, models);
  add_encodings(problem, models, codecs);
  for (const auto& link : links) add_link(problem, fleet, link);
  return problem;
}

}  // namespace tandem::plan
