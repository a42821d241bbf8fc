#include "world.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/error.h"
#include "base/statistics.h"
#include "data/adapter.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "plan/judge/price.h"
#include "plan/make/exit_policies.h"
#include "plan/problem/policies.h"
#include "plan/solve/solve.h"
#include "tune/exits.h"
#include "workspace/requests.h"

namespace tandem::edgent {
namespace {

constexpr int kWarmUps = 20;
constexpr int kTimedRuns = 200;
// Pictures that follow each other in the file are no better than any others, but those of one run should differ from
// those of the next.
constexpr std::size_t kStride = 7;

// Of the last exit alone on this machine: the whole network's time, by its share of the work.
double trunk_ms(const std::string& path) {
  const auto engine = engine::onnx_runtime({1});
  const model::Model model = bench::read_network(path, *engine);
  const auto session = engine->load(model.whole());
  std::vector<base::Tensor> inputs;
  for (auto& input : engine::made_up_inputs(model)) inputs.push_back(std::move(input.tensor));
  std::vector<double> times_ms;
  for (int run = -kWarmUps; run < kTimedRuns; ++run) {
    const auto before = base::steady_clock().thread_time();
    session->run(inputs);
    if (run >= 0) times_ms.push_back((base::steady_clock().thread_time() - before).count());
  }
  const auto costs = plan::exit_costs(model.graph(), model::exits_of(model));
  double all = 0;
  for (const auto& layer : model.graph().layers) all += static_cast<double>(layer.multiply_accumulates);
  return base::median(times_ms) * (costs.trunk_cost.back() + costs.head_cost.back()) / all;
}

bench::Slowdowns slowdowns_for(const Setting& setting) {
  const double here_ms = bench::apart([&] { return base::Json(trunk_ms(setting.model)); }).get<double>();
  return {std::max(1.0, setting.device_ms / here_ms), std::max(1.0, setting.edge_ms / here_ms)};
}

}  // namespace

World::World(const Setting& setting, const profile::Progress& progress)
    : setting_(setting), machines_(setting.model, slowdowns_for(setting)) {
  const model::Model& model = machines_.model();
  exits_ = model::exits_of(model);
  data_ = workspace::read_data({.name = setting.data, .limit = setting.limit}, model);
  auto measured = tune::measure_exits({model, machines_.engine(), data_.dataset, data_.pictures}, progress);
  machines_.store().put(measured.calibration);  // from here on, problems have exits
  test_ = std::move(measured.test);
  const profile::MeasurementSettings thorough{.relative_interval = 0.01, .longest_ms = 1000 * setting.longest_s};
  machines_.profile(thorough, progress);
  profile::measure_stages(model, machines_.subjects(), stages_of_exits(), machines_.store(), machines_.offers(),
                          thorough, progress);
}

// What fixed exits run when one machine does it all, timed as it will run, as `tandem plan --verify` does.
std::vector<profile::StageSubject> World::stages_of_exits() {
  const plan::Problem problem = this->problem();
  std::vector<profile::StageSubject> stages;
  for (std::size_t target = 0; target < problem.targets.size(); ++target) {
    for (std::size_t exit = 0; exit < exits_.size(); ++exit) {
      plan::Problem fixed = problem;
      fixed.links.clear();
      fixed.policies = {problem.policies.at(exit)};
      stages.push_back({target, plan::solve(fixed).plans.at(0).stages.at(0).ranges});
    }
  }
  return stages;
}

void World::set_bandwidth(double mbps) {
  machines_.set_link(mbps, setting_.one_way_ms);
}

plan::Problem World::problem() {
  plan::Problem problem = machines_.problem();
  problem.objective.kind = plan::ObjectiveKind::Latency;
  return problem;
}

World::Sample World::next_sample() {
  const data::Part& test = data_.dataset.test;
  const std::size_t sample = next_sample_ % test.count();
  next_sample_ += kStride;
  const auto input = engine::input_types(machines_.model()).at(0);
  const data::Adapter adapter(test.sample_shape(), test.samples.element(), input.type, data_.pictures);
  return {{{input.name, adapter.batch(test, std::span(&sample, 1))}}, test.labels[sample]};
}

std::size_t World::exit_number(const std::string& name) const {
  const auto exit = std::ranges::find(exits_, name);
  if (exit == exits_.end()) throw base::Error(base::ErrorKind::NotFound, "no exit '" + name + "'");
  return static_cast<std::size_t>(exit - exits_.begin()) + 1;
}

double World::accuracy_of(const plan::Plan& plan) const {
  std::vector<std::size_t> exits;
  std::vector<double> thresholds;
  for (const auto& exit : plan.exits) {
    exits.push_back(exit_number(exit.name) - 1);
    if (&exit != &plan.exits.back()) thresholds.push_back(exit.threshold);
  }
  const auto statistics = exits::samples_of(test_, exits::Confidence::MaximumSoftmax);
  return exits::count_stops(statistics, exits, thresholds).accuracy;
}

Subject::Subject(World& world, const plan::Plan& plan) : deployed_(world.machines().workspace(), plan) {
  (void)deployed_.run(world.next_sample().inputs).take();  // opens the connections, warms the sessions
}

void Subject::ask(const World::Sample& sample) {
  const auto answer = deployed_.run(sample.inputs).take();
  const auto& output = answer.outputs.back();
  requests_.push_back({answer.latency_ms, output.name, workspace::is_right(output.tensor, sample.label)});
}

double Subject::median_ms() const {
  std::vector<double> all_ms;
  for (const auto& request : requests_) all_ms.push_back(request.latency_ms);
  return base::median(all_ms);
}

double Subject::in_time_share(double deadline_ms) const {
  const auto in_time =
      std::ranges::count_if(requests_, [&](const Request& request) { return request.latency_ms <= deadline_ms; });
  return static_cast<double>(in_time) / static_cast<double>(requests_.size());
}

double Subject::right_share() const {
  return static_cast<double>(std::ranges::count(requests_, true, &Request::is_right)) /
         static_cast<double>(requests_.size());
}

std::vector<double> Subject::latencies_ms(const std::string& exit) const {
  std::vector<double> latencies_ms;
  for (const auto& request : requests_) {
    if (request.exit == exit) latencies_ms.push_back(request.latency_ms);
  }
  return latencies_ms;
}

std::vector<double> latency_by_exit(plan::Problem problem, const plan::Plan& plan) {
  constexpr double kLittle = 1e-9;
  std::vector<double> latencies_ms;
  double stopped = 0;
  for (const auto& exit : plan.exits) {
    stopped += exit.share;
    problem.latency_quantile = std::clamp(stopped - kLittle, kLittle, 1.0);
    latencies_ms.push_back(exit.share > 0 ? plan::price(problem, plan.decision).latency_ms : 0);
  }
  return latencies_ms;
}

}  // namespace tandem::edgent
