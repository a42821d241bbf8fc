#include "train/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

#include "base/error.h"

namespace tandem::train {
namespace {

using base::Error;
using base::ErrorKind;

constexpr double kHeadShare = 0.1;        // limit of a head's cost, as a share of the cost that its exit saves
constexpr double kMostShareOfFull = 0.9;  // limit of the cost up to and including an exit
constexpr double kNextToNothing = 0.005;  // of the full cost: places this close are alternatives
constexpr double kLeastSaving = 0.01;     // of the full cost, by an additional exit
constexpr std::size_t kThresholdLevels = 24;

// A place with its criterion for comparison.
struct Candidate {
  Place place;
  std::size_t size_bytes = 0;
};

// The tensor of a cut, if there is only one and a head can read it; otherwise null.
const model::TensorInfo* readable_tensor(const model::Graph& graph, const model::Cut& cut) {
  if (cut.tensors.size() != 1) return nullptr;
  const auto& tensor = graph.tensors[cut.tensors[0]];
  const std::size_t rank = tensor.type.shape.size();
  const bool is_readable = tensor.type.element == base::ElementType::Float32 && (rank == 2 || rank == 4);
  return is_readable && tensor.producer != model::kNoLayer ? &tensor : nullptr;
}

// In the order of the layers.
std::vector<Candidate> candidates_of(const model::Model& model) {
  const auto& graph = model.graph();
  std::vector<Candidate> candidates;
  double cost = 0;
  std::size_t layer = 0;
  for (const auto& cut : model.cuts()) {
    for (; layer < cut.position; ++layer) cost += static_cast<double>(graph.layers[layer].multiply_accumulates);
    const auto* tensor = readable_tensor(graph, cut);
    if (tensor != nullptr) candidates.push_back({{tensor->name, tensor->type.shape, cost, {}}, tensor->size_bytes});
  }
  return candidates;
}

// Whether a later candidate of about the same cost is preferable. Pictures rather than features: their heads are more
// capable.
bool is_no_worse(const Candidate& later, const Candidate& earlier) {
  const auto rank_of = [](const Candidate& candidate) {
    return std::tuple(candidate.size_bytes, candidate.place.shape.size() == 4 ? 0 : 1);
  };
  return rank_of(later) <= rank_of(earlier);
}

std::vector<Candidate> best_of_neighbours(const std::vector<Candidate>& candidates, double full) {
  std::vector<Candidate> best;
  double first_cost = 0;  // of the group of neighbours that best.back() represents
  for (const auto& candidate : candidates) {
    const double cost = candidate.place.trunk_cost;
    if (best.empty() || cost - first_cost > kNextToNothing * full) {
      best.push_back(candidate);
      first_cost = cost;
    } else if (is_no_worse(candidate, best.back())) {
      best.back() = candidate;
    }
  }
  return best;
}

[[noreturn]] void refuse(const model::Model& model, const std::string& reason) {
  throw Error(ErrorKind::NotFound, fmt::format("{}: nowhere to add an exit: {}", model.name(), reason));
}

std::vector<Place> thinned_out(const std::vector<Place>& places) {
  if (places.size() <= kMostPlaces) return places;
  std::vector<Place> chosen;
  const double first = places.front().trunk_cost;
  const double step = (places.back().trunk_cost - first) / static_cast<double>(kMostPlaces - 1);
  for (const auto& place : places) {
    if (place.trunk_cost >= first + (static_cast<double>(chosen.size()) - 0.5) * step) chosen.push_back(place);
  }
  return chosen;
}

class Selection {
 public:
  Selection(const std::vector<Place>& places, double full, const exits::Samples& statistics, double loss_points)
      : places_(places),
        full_(full),
        statistics_(statistics),
        least_accuracy_(percent_right(statistics.is_right.back()) - loss_points),
        best_(choice_of({})) {}

  bool add_one() {
    std::optional<PlaceChoice> better;
    for (std::size_t place = 0; place < places_.size(); ++place) {
      if (std::ranges::find(best_.places, place) != best_.places.end()) continue;
      PlaceChoice choice = choice_with(place);
      if (!better || choice.policy.mean_cost < better->policy.mean_cost) better = std::move(choice);
    }
    if (!better || best_.policy.mean_cost - better->policy.mean_cost < kLeastSaving * full_) return false;
    best_ = std::move(*better);
    return true;
  }

  const PlaceChoice& best() const { return best_; }

 private:
  PlaceChoice choice_with(std::size_t place) const {
    auto places = best_.places;
    places.insert(std::ranges::upper_bound(places, place), place);
    return choice_of(places);
  }

  PlaceChoice choice_of(const std::vector<std::size_t>& places) const {
    exits::Samples statistics;
    exits::ExitCosts costs;
    const auto add = [&](std::size_t exit, double trunk, double head) {
      statistics.confidence.push_back(statistics_.confidence[exit]);
      statistics.is_right.push_back(statistics_.is_right[exit]);
      costs.trunk_cost.push_back(trunk);
      costs.head_cost.push_back(head);
    };
    for (const std::size_t place : places)
      add(place, places_[place].trunk_cost, places_[place].head.multiply_accumulates);
    add(places_.size(), full_, 0);
    return {places, exits::cheapest(statistics, costs, least_accuracy_, kThresholdLevels)};
  }

  const std::vector<Place>& places_;
  double full_;
  const exits::Samples& statistics_;
  double least_accuracy_;  // percent
  PlaceChoice best_;
};

}  // namespace

double full_cost(const model::Graph& graph) {
  double cost = 0;
  for (const auto& layer : graph.layers) cost += static_cast<double>(layer.multiply_accumulates);
  return cost;
}

double percent_right(const std::vector<bool>& is_right) {
  return 100 * static_cast<double>(std::ranges::count(is_right, true)) / static_cast<double>(is_right.size());
}

std::vector<Place> find_places(const model::Model& model, std::int64_t classes) {
  const double full = full_cost(model.graph());
  if (full == 0) refuse(model, "it has no convolutions and no matrix products that stopping would save");
  const auto candidates = best_of_neighbours(candidates_of(model), full);
  if (candidates.empty())
    refuse(model, "none of its cuts is a single tensor, float32 [batch, channels, height, width] or [batch, features]");
  std::vector<Place> places;
  for (const auto& candidate : candidates) {
    Place& place = places.emplace_back(candidate.place);
    place.head = size_head(place.shape, classes, kHeadShare * (full - place.trunk_cost));
  }
  const double least = std::ranges::min(places, {}, &Place::cost).cost();
  std::erase_if(places, [&](const Place& place) { return place.cost() > kMostShareOfFull * full; });
  if (places.empty())
    refuse(model, fmt::format("the earliest answer takes {:.0f} % of the compute, expected at most {:.0f} %",
                              100 * least / full, 100 * kMostShareOfFull));
  return thinned_out(places);
}

PlaceChoice choose_places(const std::vector<Place>& places, double full_cost, const exits::Samples& statistics,
                          std::size_t count, double loss_points) {
  Selection selection(places, full_cost, statistics, loss_points);
  while (selection.best().places.size() < count && selection.add_one()) continue;
  return selection.best();
}

}  // namespace tandem::train
