#include "workspace/profile_page.h"

#include <algorithm>
#include <numeric>

#include "base/unix_time.h"
#include "cost/estimate.h"
#include "plan/ask/native_plans.h"
#include "plan/problem/accuracy.h"
#include "plan/show/explain.h"
#include "plan/solve/solve.h"
#include "workspace/known_costs.h"
#include "workspace/page_plan.h"

namespace tandem::workspace {
namespace {

constexpr std::size_t kBestPlans = 5;

report::Figure figure_of(const cost::Timing& timing) {
  return {timing.median_ms, timing.low_ms, timing.high_ms};
}

report::PageReading reading_of(const cost::Reading& reading) {
  return {reading.value, cost::name_of(reading.source), reading.measured_at_s};
}

// By layer: the first layer of its kernel.
std::vector<std::size_t> kernel_first_of(const cost::Examination& examination) {
  std::vector<std::size_t> first(examination.layer_count);
  std::iota(first.begin(), first.end(), std::size_t{0});
  for (const auto& kernel : examination.kernels) {
    for (const std::size_t layer : kernel.layers) first[layer] = kernel.layers.front();
  }
  return first;
}

void add_timing(const cost::StageTime& whole, report::PageTarget& target) {
  const cost::Timing timing = cost::timing_of(whole);
  target.p95_ms = timing.p95_ms;
  target.p99_ms = timing.p99_ms;
  target.is_noisy = timing.is_noisy;
  target.sample_count = whole.samples_ms.size();
}

class PageMaker {
 public:
  PageMaker(const model::Model& model, const fleet::Fleet& fleet, const store::Store& store)
      : model_(model), fleet_(fleet), store_(store), known_(costs_from_store(model, fleet, store)) {
    page_.model = model.name();
    page_.digest = model.digest();
    page_.made_at_s = base::unix_time_s();
  }

  report::ProfilePage make() {
    add_layers();
    for (const auto& costs : known_.models) add_target(costs);
    for (const auto& link : known_.links) {
      page_.links.push_back({link.from, link.to, reading_of(link.round_trip_ms), reading_of(link.jitter_ms),
                             reading_of(link.upload_mbps), reading_of(link.download_mbps)});
    }
    add_plans();
    return std::move(page_);
  }

 private:
  void add_layers() {
    for (const auto& layer : model_.graph().layers) page_.layers.push_back({layer.name, layer.op_type, {}, 0});
    for (const auto& cut : model_.cuts()) {
      page_.layers[cut.position - 1].bytes_after = static_cast<double>(cut.size_bytes);
      page_.layers[cut.position - 1].cut_tensors = cut.tensors.size();
    }
  }

  void add_target(const cost::ModelCosts& costs) {
    report::PageTarget target;
    target.name = costs.identity.target;
    target.tier = fleet::name_of(fleet_.targets[fleet_.index_of(target.name)].tier);
    target.machine = costs.identity.machine;
    target.engine = costs.identity.engine;
    target.measured_at_s = costs.measured_at_s;
    target.is_predicted = costs.is_predicted;
    target.whole = {costs.whole_ms, costs.whole_low_ms, costs.whole_high_ms};
    target.stage_overhead_ms = costs.stage_overhead_ms;
    target.unattributed_ms = costs.unattributed_ms;
    target.layer_ms = costs.layer_ms;
    if (const auto examination = store_.examination(costs.identity)) add_measured(*examination, target);
    page_.targets.push_back(std::move(target));
  }

  void add_measured(const cost::Examination& examination, report::PageTarget& target) {
    target.load_ms = examination.load_ms;
    target.resident_bytes = examination.resident_bytes;
    target.peak_bytes = examination.peak_bytes;
    target.kernel_first = kernel_first_of(examination);
    const auto stages = store_.stage_times(examination.identity);
    if (const auto* whole = cost::find_whole(stages, examination.layer_count)) add_timing(*whole, target);
    add_checks(examination, stages);
  }

  // For each stage, the prediction from the other stages' times, beside its own time.
  void add_checks(const cost::Examination& examination, const std::vector<cost::StageTime>& stages) {
    const auto* whole = cost::find_whole(stages, examination.layer_count);
    for (const auto& stage : stages) {
      if (whole == nullptr || stage.ranges == whole->ranges) continue;
      std::vector<cost::StageTime> others;
      std::ranges::copy_if(stages, std::back_inserter(others),
                           [&](const cost::StageTime& other) { return other.ranges != stage.ranges; });
      const auto costs = cost::estimate(model_.graph(), examination, others);
      page_.checks.push_back({examination.identity.target, plan::text_of_ranges(stage.ranges),
                              figure_of(cost::timing_of(stage)),
                              cost::predict_stage_ms(model_.graph(), costs, stage.ranges)});
    }
  }

  void add_plans() {
    if (known_.models.empty()) return;
    plan::Problem problem = make_problem(model_, fleet_, known_);
    plan::spare_accuracy(problem);
    plan::SolveOptions options;
    options.count = kBestPlans;
    const auto best = plan::solve(problem, options).plans;
    for (const auto& plan : best) page_.plans.push_back(page_plan(plan));
    if (!best.empty()) page_.plans.front().is_best = true;
    for (const auto& native : plan::native_plans(problem)) {
      const bool is_listed =
          std::ranges::any_of(best, [&](const plan::Plan& each) { return each.summary() == native.summary(); });
      if (!is_listed) page_.plans.push_back(page_plan(native));
    }
  }

  const model::Model& model_;
  const fleet::Fleet& fleet_;
  const store::Store& store_;
  const KnownCosts known_;
  report::ProfilePage page_;
};

}  // namespace

report::ProfilePage profile_page(const model::Model& model, const fleet::Fleet& fleet, const store::Store& store) {
  return PageMaker(model, fleet, store).make();
}

}  // namespace tandem::workspace
