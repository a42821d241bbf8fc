// Predicted against measured end-to-end latency: for each network a profile is made on two emulated targets, then plans
// are cut at random (half of them through several tensors, where there are such cuts), predicted by the profile alone,
// deployed and timed; both are interquartile means. Beside it: the same plans predicted by timing each block by itself
// and adding up, as the published tool does (Scission; one-tensor cuts only, which is all that it knows).
//
//   prediction_bench [--networks resnet50,vgg16] [--plans 10] [--plan-time 4] [--mbps 100] [--seed 1] [--json FILE]
//                    [--longest 6] [--store FILE]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <random>

#include "base/file.h"
#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "cost/estimate.h"
#include "store/exchange.h"
#include "two_targets.h"

namespace tandem::bench {
namespace {

constexpr std::size_t kFewestRuns = 5;
constexpr std::size_t kMostRuns = 16;

struct Options {
  std::vector<std::string> networks;
  std::size_t plans = 10;
  double plan_s = 4;
  int block_runs = 5;
  double longest_s = 6;
  double mbps = 100;
  double one_way_ms = 5;
  unsigned seed = 1;
  std::string json;
  std::string store;
};

// As many as are asked for, half of them through one tensor and half through several where there are enough.
std::vector<const model::Cut*> random_cuts(std::vector<const model::Cut*> cuts, std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::ranges::shuffle(cuts, random);
  std::vector<const model::Cut*> one;
  std::vector<const model::Cut*> several;
  for (const auto* cut : cuts) (cut->tensors.size() == 1 ? one : several).push_back(cut);
  const std::size_t few = std::min(several.size(), count - std::min(one.size(), count / 2));
  several.resize(few);
  one.resize(std::min(one.size(), count - few));
  one.insert(one.end(), several.begin(), several.end());
  return one;
}

// Each block between one-tensor cuts timed by itself on each target, as a chain of prefix sums: by target, by position.
using BlockSums = std::vector<std::vector<std::pair<std::size_t, double>>>;
BlockSums time_blocks(TwoTargets& machines, const std::vector<const model::Cut*>& cuts, int runs) {
  BlockSums sums(machines.fleet().targets.size());
  for (std::size_t target = 0; target < sums.size(); ++target) {
    std::size_t first = 0;
    double sum_ms = 0;
    sums[target].emplace_back(0, 0);
    const auto add = [&](std::size_t last) {
      const model::Part part = machines.model().extract(first, last);
      const rpc::PartOffer offer = machines.offers().make(part);
      rpc::Access& access = machines.targets().at(target);
      access.upload(offer, rpc::tensors_of(part), base::Deadline::never(), {}).take();
      const auto reply = access.measure({{offer.digest}, 2, runs, false}, base::Deadline::never()).take();
      sum_ms += base::median(reply.samples_ms);
      sums[target].emplace_back(last, sum_ms);
      first = last;
    };
    for (const auto* cut : cuts) {
      if (cut->tensors.size() == 1) add(cut->position);
    }
    add(machines.model().graph().layers.size());
  }
  return sums;
}

// By sums of blocks: what the links cost is predicted as for our own plans.
std::optional<double> by_blocks(const BlockSums& sums, const plan::Plan& plan, std::size_t position) {
  const auto at = std::ranges::find(sums[0], position, &std::pair<std::size_t, double>::first);
  if (at == sums[0].end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(at - sums[0].begin());
  double links_ms = 0;
  for (const auto& stage : plan.stages) links_ms += stage.exchange_ms;
  return sums[0][index].second + sums[1].back().second - sums[1][index].second + links_ms;
}

base::Json row_of(const Runner& runner, const model::Cut& cut, const std::optional<double>& by_blocks_ms) {
  const auto interval = base::median_interval(runner.samples_ms);
  base::Json row = {{"position", cut.position},
                    {"tensors", cut.tensors.size()},
                    {"size_bytes", cut.size_bytes},
                    {"predicted_ms", runner.plan.latency_ms},
                    {"measured_ms", base::interquartile_mean(runner.samples_ms)},
                    {"median_ms", runner.median_ms()},
                    {"measured_low_ms", interval.low},
                    {"measured_high_ms", interval.high},
                    {"stages", base::Json::array()}};
  for (std::size_t hop = 0; hop < runner.compute_ms.size(); ++hop) {
    row["stages"].push_back({{"predicted_ms", runner.plan.stages[hop].compute_ms},
                             {"exchange_ms", runner.plan.stages[hop].exchange_ms},
                             {"measured_ms", base::interquartile_mean(runner.compute_ms[hop])}});
  }
  row["by_blocks_ms"] = by_blocks_ms ? base::Json(*by_blocks_ms) : base::Json();
  return row;
}

// Plans at work, each deployed by itself, run one after the other.
class Turns {
 public:
  Turns(TwoTargets& machines, double plan_s) : machines_(machines), plan_ms_(1000 * plan_s) {}

  void add(std::size_t position) {
    runners.emplace_back(machines_, machines_.any_split_at(position));
    runners.back().run(machines_.inputs());  // warms up
    runners.back().samples_ms.clear();
    runners.back().compute_ms.clear();
  }
  // The next one that has not run often enough. Returns whether there was any.
  bool run_next() {
    for (std::size_t tried = 0; tried < runners.size(); ++tried) {
      Runner& runner = runners[next_++ % runners.size()];
      if (has_run_enough(runner)) continue;
      runner.run(machines_.inputs());
      return true;
    }
    return false;
  }

  std::vector<Runner> runners;

 private:
  bool has_run_enough(const Runner& runner) const {
    const auto& samples = runner.samples_ms;
    return samples.size() >= kMostRuns ||
           (samples.size() >= kFewestRuns && std::accumulate(samples.begin(), samples.end(), 0.0) >= plan_ms_);
  }

  TwoTargets& machines_;
  double plan_ms_;
  std::size_t next_ = 0;
};

// Where no kernel is cut on either target.
std::vector<const model::Cut*> possible_cuts(TwoTargets& machines) {
  std::vector<const model::Cut*> cuts;
  for (const auto& cut : machines.model().cuts()) {
    const auto ends_here = [&](const profile::Subject& subject) -> bool {
      return cost::ends_of_kernels(*machines.store().examination(subject.identity))[cut.position - 1];
    };
    if (std::ranges::all_of(machines.subjects(), ends_here)) cuts.push_back(&cut);
  }
  return cuts;
}

base::Json measure(const std::string& network, const Options& options) {
  using Clock = std::chrono::steady_clock;
  TwoTargets machines(network);
  machines.set_link(options.mbps, options.one_way_ms);
  Turns turns(machines, options.plan_s);
  std::vector<const model::Cut*> all;
  std::vector<const model::Cut*> chosen;
  int calls = 0;
  Clock::duration away{0};  // from profiling
  // Plans run between the runs of the profile: a machine that is faster or slower for a while is so for both. The
  // profile knows nothing of them.
  const auto interleave = [&](const std::string& doing, double) {
    if (doing != "timing stages") return;
    const auto start = Clock::now();
    if (chosen.empty()) {
      all = possible_cuts(machines);
      chosen = random_cuts(all, options.plans, options.seed);
      for (const auto* cut : chosen) turns.add(cut->position);
    }
    if (++calls % 2 == 0) turns.run_next();
    away += Clock::now() - start;
  };
  profile::MeasurementSettings settings;
  settings.longest_ms = 1000 * options.longest_s;
  const auto start = Clock::now();
  machines.profile(settings, interleave);
  const double profile_s = std::chrono::duration<double>(Clock::now() - start - away).count();
  while (turns.run_next()) {
  }
  base::Json result = {{"network", network}, {"profile_s", profile_s}, {"costs", base::Json::array()}};
  for (const auto& costs : machines.costs()) {
    result["costs"].push_back({{"target", costs.identity.target},
                               {"whole_ms", costs.whole_ms},
                               {"stage_overhead_ms", costs.stage_overhead_ms},
                               {"receive_ms_per_mb", costs.receive_ms_per_mb},
                               {"send_ms_per_mb", costs.send_ms_per_mb}});
  }
  const plan::Problem problem = machines.problem();
  auto& runners = turns.runners;
  for (std::size_t i = 0; i < chosen.size(); ++i) runners[i].plan = machines.split_at(problem, chosen[i]->position);
  if (!options.store.empty()) {
    store::Store store(options.store);
    store::write_all(store, store::read_all(machines.store()));
  }
  const BlockSums sums = time_blocks(machines, all, options.block_runs);
  for (std::size_t i = 0; i < chosen.size(); ++i)
    result["plans"].push_back(row_of(runners[i], *chosen[i], by_blocks(sums, runners[i].plan, chosen[i]->position)));
  return result;
}

double error_of(const base::Json& plan, const char* key) {
  const double measured = plan["measured_ms"].get<double>();
  return std::abs(plan[key].get<double>() - measured) / measured;
}

// Relative errors of a network's plans.
void add_errors(const base::Json& network, std::vector<double>& ours, std::vector<double>& blocks) {
  for (const auto& plan : network["plans"]) {
    ours.push_back(error_of(plan, "predicted_ms"));
    if (!plan["by_blocks_ms"].is_null()) blocks.push_back(error_of(plan, "by_blocks_ms"));
  }
}

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

void print_row(const std::string& name, std::size_t plans, const std::vector<double>& ours,
               const std::vector<double>& blocks, double profile_s) {
  fmt::print("{:<18} {:>5} {:>10} {:>10} {:>14} {:>10} {:>10.0f}\n", name, plans, percent(base::median(ours)),
             percent(base::quantile(ours, 0.95)), percent(base::median(blocks)), percent(base::quantile(blocks, 0.95)),
             profile_s);
  std::fflush(stdout);
}

void run(const Options& options) {
  base::Json all = base::Json::array();
  std::vector<double> ours;
  std::vector<double> blocks;
  double profile_s = 0;
  fmt::print("{:<18} {:>5} {:>10} {:>10} {:>14} {:>10} {:>10}\n", "network", "plans", "median", "p95", "block sums",
             "p95", "profile s");
  for (const auto& name : options.networks) {
    const base::Json network = apart([&] { return measure(name, options); });
    all.push_back(network);
    std::vector<double> our_errors;
    std::vector<double> block_errors;
    add_errors(network, our_errors, block_errors);
    print_row(name, our_errors.size(), our_errors, block_errors, network["profile_s"].get<double>());
    profile_s += network["profile_s"].get<double>();
    ours.insert(ours.end(), our_errors.begin(), our_errors.end());
    blocks.insert(blocks.end(), block_errors.begin(), block_errors.end());
    if (!options.json.empty()) base::write_file(options.json, all.dump(1) + "\n");
  }
  print_row("all", ours.size(), ours, blocks, profile_s);
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Predicted against measured latency of plans cut at random, on two emulated targets");
  cli::Command application = command_line.root();
  bench::Options options;
  options.networks = bench::published_networks();
  application.add_option("--networks", options.networks, "Of the zoo").separated_by_commas();
  application.add_option("--plans", options.plans, "For each network");
  application.add_option("--plan-time", options.plan_s, "Seconds of runs of each plan, in 5 to 16 runs");
  application.add_option("--mbps", options.mbps, "Of the emulated link");
  application.add_option("--seed", options.seed, "Of the random cuts");
  application.add_option("--json", options.json, "File for everything that was measured");
  application.add_option("--longest", options.longest_s, "As in `tandem profile --longest`, in seconds");
  application.add_option("--store", options.store, "Cost store that the profiles are added to");
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  bench::run(options);
}
