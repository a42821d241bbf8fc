#include "train/growth.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"
#include "model/program.h"
#include "train/network.h"
#include "train/place_probes.h"
#include "train/places.h"
#include "train/structure.h"
#include "train/threads.h"

namespace tandem::train {
namespace {

using base::Error;
using base::ErrorKind;

model::Program with_one_answer(model::Program program) {
  if (program.outputs.size() == 1 && program.exits.size() == 1) return program;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("{}: it answers {} times already ({}), expected a network with one answer to add exits to",
                          program.name, program.outputs.size(), fmt::join(program.outputs, ", ")));
}

std::int64_t classes_of(const model::Model& model, const data::Dataset& dataset) {
  const auto& answers = model.graph().answers;
  const base::TensorType type = answers.empty() ? base::TensorType{} : model.graph().tensors[answers[0]].type;
  const auto needed = static_cast<std::int64_t>(dataset.class_count());
  if (type.element == base::ElementType::Float32 && type.shape.size() == 2 && type.shape[1] >= needed)
    return type.shape[1];
  throw Error(
      ErrorKind::InvalidInput,
      fmt::format("{}: it answers with {} {}, expected float32 1x{}: a number for each class of {}", model.name(),
                  base::name_of(type.element), base::to_string(type.shape), needed, dataset.name));
}

BareNetwork read_network(const model::Source& source, const data::Dataset& dataset, engine::Engine& engine) {
  model::Program program = with_one_answer(with_one_input(model::read_program(source)));
  const Network trainable(program);  // fails now if the model cannot be trained
  model::Model model = engine::complete(source, engine);
  const std::int64_t classes = classes_of(model, dataset);
  std::string logits = logits_of(program).back();
  return {source, std::move(program), std::move(model), std::move(logits), classes};
}

void check_choice(const PlaceChoice& choice, const std::string& model, double loss_points) {
  if (!choice.places.empty()) return;
  throw Error(ErrorKind::NotFound,
              fmt::format("{}: no early exit pays: within {} percentage points of the network's accuracy, probes save "
                          "less than 1 % of the compute; try a higher "
                          "--loss",
                          model, loss_points));
}

// The predicted effect of the choice, before any training.
Additions additions_of(const std::vector<Place>& places, const PlaceProbes& probes, const PlaceChoice& choice,
                       double full) {
  Additions additions;
  additions.places = places.size();
  additions.network_accuracy = percent_right(probes.statistics.is_right.back());
  additions.expected_accuracy = choice.policy.accuracy;
  additions.expected_share = choice.policy.mean_cost / full;
  for (const std::size_t index : choice.places) {
    const Place& place = places[index];
    additions.exits.push_back({.tensor = place.tensor,
                               .share_of_full = place.cost() / full,
                               .head_share_of_full = place.head.multiply_accumulates / full,
                               .filters = place.head.filters,
                               .probe_accuracy = percent_right(probes.statistics.is_right[index])});
  }
  return additions;
}

// The graph with a head at each chosen place, named as in `additions`.
model::Source grown(const BareNetwork& network, const std::vector<Place>& places, const PlaceProbes& probes,
                    const PlaceChoice& choice, const Additions& additions, std::uint64_t seed) {
  model::GraphBuilder builder(network.source);
  std::string exits;
  for (std::size_t i = 0; i < choice.places.size(); ++i) {
    const Place& place = places[choice.places[i]];
    const double size = probes.mean_squares[choice.places[i]];
    const std::string& name = additions.exits[i].name;
    Random random = random_of(seed, static_cast<int>(i), Purpose::Heads);
    attach_head(builder, place.head, {place.tensor, place.shape, size > 0 ? size : 1},
                {name, network.classes, network.ends_in_softmax()}, random);
    exits += name + ",";
  }
  builder.metadata("tandem.exits", exits + network.answer());
  return model::Source::from_part(builder.finish(), network.source.name());
}

}  // namespace

Growth add_exits(const Settings& settings, const model::Source& source, const data::Dataset& dataset,
                 const std::function<void(const std::string& doing, double share)>& show) {
  use_threads(settings.threads);
  const auto engine = engine::onnx_runtime({settings.threads});
  const BareNetwork network = read_network(source, dataset, *engine);
  const auto [count, loss_points] = settings.add_exits.value();
  const auto places = find_places(network.model, network.classes);
  const auto probes = probe_places(network, places, dataset, settings, *engine, show);
  const double full = full_cost(network.model.graph());
  const auto choice = choose_places(places, full, probes.statistics, count, loss_points);
  check_choice(choice, source.name(), loss_points);

  Additions additions = additions_of(places, probes, choice, full);
  additions.asked = count;
  const std::string stem = free_stem(network.program, "exit");
  for (std::size_t i = 0; i < additions.exits.size(); ++i) additions.exits[i].name = stem + std::to_string(i + 1);
  model::Source grown_source = grown(network, places, probes, choice, additions, settings.seed);
  return {std::move(grown_source), std::move(additions)};
}

std::string to_text(const Additions& additions) {
  std::string text = fmt::format(
      "added {} of {} requested exits, after probing {} places; by the probes, a request takes "
      "{:.0f} % of the compute on average, and {:.2f} % of answers are right (the network alone: {:.2f} %)\n",
      additions.exits.size(), additions.asked, additions.places, 100 * additions.expected_share,
      additions.expected_accuracy, additions.network_accuracy);
  for (const auto& exit : additions.exits) {
    const std::string head = exit.filters == 0 ? "no convolutions" : fmt::format("{} filters", exit.filters);
    text += fmt::format("  {}  after '{}': {:.1f} % of the compute, its head {:.1f} % ({}); probe {:.2f} % right\n",
                        exit.name, exit.tensor, 100 * exit.share_of_full, 100 * exit.head_share_of_full, head,
                        exit.probe_accuracy);
  }
  if (additions.exits.size() < additions.asked)
    text += "  no more: by the probes, another exit would save less than 1 % of the compute\n";
  return text;
}

base::Json to_json(const Additions& additions) {
  base::Json exits = base::Json::array();
  for (const auto& exit : additions.exits) {
    exits.push_back({{"name", exit.name},
                     {"tensor", exit.tensor},
                     {"share_of_full", exit.share_of_full},
                     {"head_share_of_full", exit.head_share_of_full},
                     {"head_filters", exit.filters},
                     {"probe_accuracy_percent", exit.probe_accuracy}});
  }
  return {{"asked", additions.asked},
          {"places", additions.places},
          {"network_accuracy_percent", additions.network_accuracy},
          {"expected_accuracy_percent", additions.expected_accuracy},
          {"expected_share_of_full", additions.expected_share},
          {"exits", exits}};
}

}  // namespace tandem::train
