#include "store/lookup.h"

#include <algorithm>
#include <numeric>

#include "base/statistics.h"
#include "cost/estimate.h"
#include "cost/regression.h"

namespace tandem::store {
namespace {

// The overhead of a stage, from a model that was timed whole and in contiguous parts.
std::optional<double> overhead_ms(const std::vector<cost::StageTime>& stages, std::size_t layer_count) {
  const cost::StageTime* whole = cost::find_whole(stages, layer_count);
  if (whole == nullptr) return std::nullopt;
  double sum_ms = 0;
  std::size_t parts = 0;
  std::size_t next = 0;
  for (const auto& stage : stages) {  // by ranges
    if (&stage == whole || stage.ranges.size() != 1 || stage.ranges[0].first != next || stage.samples_ms.empty())
      continue;
    sum_ms += base::median(stage.samples_ms);
    next = stage.ranges[0].last;
    ++parts;
  }
  if (next != layer_count || parts < 2) return std::nullopt;
  return std::max(0.0, (sum_ms - base::median(whole->samples_ms)) / static_cast<double>(parts - 1));
}

double median_overhead_ms(const Store& store, const std::vector<cost::Examination>& examinations) {
  std::vector<double> overheads;
  for (const auto& examination : examinations) {
    const auto overhead = overhead_ms(store.stage_times(examination.identity), examination.layer_count);
    if (overhead) overheads.push_back(*overhead);
  }
  return overheads.empty() ? 0 : base::median(overheads);
}

}  // namespace

std::vector<cost::KernelSample> kernel_samples(const Store& store, const cost::Identity& machine) {
  std::vector<cost::KernelSample> samples;
  for (const auto& examination : store.examinations_like(machine.machine, machine.engine)) {
    const auto stages = store.stage_times(examination.identity);
    const cost::StageTime* whole = cost::find_whole(stages, examination.layer_count);
    if (whole == nullptr) continue;
    const auto of_model = cost::samples_of(examination, base::median(whole->samples_ms));
    samples.insert(samples.end(), of_model.begin(), of_model.end());
  }
  return samples;
}

std::optional<cost::Identity> known_machine(const Store& store, const std::string& target) {
  std::optional<cost::Examination> newest;
  for (auto& examination : store.all_examinations()) {
    if (examination.identity.target == target && (!newest || examination.measured_at_s > newest->measured_at_s))
      newest = std::move(examination);
  }
  return newest ? std::optional(newest->identity) : std::nullopt;
}

std::optional<cost::ModelCosts> look_up(const Store& store, const model::Graph& graph, const std::string& model,
                                        const std::string& target) {
  if (const auto examination = store.latest_examination(model, target))
    return cost::estimate(graph, *examination, store.stage_times(examination->identity));
  auto machine = known_machine(store, target);
  if (!machine) return std::nullopt;
  const auto samples = kernel_samples(store, *machine);
  if (samples.empty()) return std::nullopt;
  const double overhead = median_overhead_ms(store, store.examinations_like(machine->machine, machine->engine));
  machine->model = model;
  return cost::predict_model(graph, *machine, cost::Regression(samples), overhead);
}

}  // namespace tandem::store
