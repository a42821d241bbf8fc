#include "tune/cuts.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "cost/fusion.h"

namespace tandem::tune {

std::vector<model::Cut> cuts_between_kernels(const model::Model& model) {
  const model::Graph& graph = model.graph();
  const auto ends_kernel = cost::ends_of_kernels(cost::expected_kernels(graph), graph.layers.size());
  std::vector<model::Cut> cuts{model::cut_at(graph, 0)};
  for (const model::Cut& cut : model.cuts()) {
    if (ends_kernel[cut.position - 1]) cuts.push_back(cut);
  }
  return cuts;
}

std::vector<std::string> tensors_that_cross(const model::Model& model) {
  std::vector<std::string> names;
  for (const model::Cut& cut : cuts_between_kernels(model)) {
    for (const auto tensor : cut.tensors) {
      const std::string& name = model.graph().tensors[tensor].name;
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::vector<FirstCrossing> first_crossings(const model::Model& model, const std::vector<std::string>& tensors) {
  std::set<std::string> wanted(tensors.begin(), tensors.end());
  std::vector<FirstCrossing> crossings;
  for (const model::Cut& cut : cuts_between_kernels(model)) {
    FirstCrossing crossing{cut, {}};
    for (std::size_t place = 0; place < cut.tensors.size(); ++place) {
      if (wanted.erase(model.graph().tensors[cut.tensors[place]].name) > 0) crossing.tensors.push_back(place);
    }
    if (!crossing.tensors.empty()) crossings.push_back(std::move(crossing));
  }
  if (!wanted.empty()) {
    throw base::Error(base::ErrorKind::NotFound,
                      fmt::format("{}: tensor '{}' crosses no cut between kernels; `tandem inspect` lists the cuts",
                                  model.name(), *wanted.begin()));
  }
  return crossings;
}

}  // namespace tandem::tune
