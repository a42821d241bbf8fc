// The chosen plan against the best by exhaustive measurement of all one-tensor cuts and both native plans, end to end,
// at several bandwidths. A cut is left out of the measurement only when its bytes alone take longer than a whole
// request by the best plan; the best few are measured again, in turn with the chosen one.
//
//   regret_bench [--networks mobilenet,resnet50] [--bandwidths 1,5,20,100,400] [--verify 5] [--json FILE]
//                [--longest 6]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>

#include "base/file.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "plan/ask/verified.h"
#include "plan/solve/solve.h"
#include "two_targets.h"
#include "workspace/verification.h"

namespace tandem::bench {
namespace {

constexpr double kHopeless = 2;  // times the best: one run is enough to tell

struct Options {
  std::vector<std::string> networks = {"mobilenet",   "mobilenetv2", "resnet50",
                                       "densenet121", "inceptionv3", "nasnetmobile"};
  std::vector<double> bandwidths = {1, 5, 20, 100, 400};
  std::size_t verify = 5;
  int first_runs = 2;
  int last_runs = 11;
  double close = 1.08;  // times the best of the first round: measured again
  double longest_s = 6;
  std::string json;
};

// Every candidate of a network, deployed when it is first needed.
class Candidates {
 public:
  explicit Candidates(TwoTargets& machines) : machines_(machines) {}

  Runner& at(std::size_t position) {
    auto& runner = runners_[position];
    if (!runner) runner = std::make_unique<Runner>(machines_, machines_.any_split_at(position));
    return *runner;
  }
  void forget_samples() {
    for (auto& [position, runner] : runners_) runner->samples_ms.clear();
  }

 private:
  TwoTargets& machines_;
  std::map<std::size_t, std::unique_ptr<Runner>> runners_;
};

// Where a plan of two stages cuts: as TwoTargets::split_at() takes it. Plans that follow no order of the layers have
// none.
std::optional<std::size_t> position_of(const plan::Plan& plan, std::size_t layers) {
  const auto& first = plan.stages.front();
  if (first.ranges.empty()) return 0;
  if (first.ranges.size() > 1 || first.ranges[0].first != 0) return std::nullopt;
  return plan.stages.size() == 1 ? layers : first.ranges[0].last;
}

// As `tandem plan --verify` chooses.
plan::Plan verified_best(TwoTargets& machines, std::size_t count) {
  plan::SolveOptions options;
  options.count = count;
  const auto verified = workspace::verify_plans(machines.workspace(), [&](const workspace::KnownCosts& known) {
    return plan::solve(machines.workspace().problem(known), options).plans;
  });
  std::vector<double> verified_ms;
  for (const auto& each : verified) verified_ms.push_back(each.verified_ms);
  return verified.at(plan::order_verified(verified_ms).at(0)).plan;
}

// Candidates that could win, each measured a few times.
std::vector<Runner*> first_round(TwoTargets& machines, Candidates& candidates, double mbps, const Options& options) {
  const std::size_t layers = machines.model().graph().layers.size();
  std::vector<std::pair<double, std::size_t>> order;  // by the time of the bytes alone
  order.emplace_back(0, layers);
  order.emplace_back(
      cost::transfer_ms(static_cast<double>(model::cut_at(machines.model().graph(), 0).size_bytes), mbps), 0);
  for (const auto& cut : machines.model().cuts()) {
    if (cut.tensors.size() == 1)
      order.emplace_back(cost::transfer_ms(static_cast<double>(cut.size_bytes), mbps), cut.position);
  }
  std::ranges::sort(order);
  std::vector<Runner*> measured;
  double best_ms = 1e12;
  for (const auto& [bytes_ms, position] : order) {
    if (bytes_ms > best_ms) break;
    Runner& runner = candidates.at(position);
    runner.run(machines.inputs());
    if (runner.samples_ms[0] < kHopeless * best_ms) {
      runner.samples_ms.clear();  // it warmed up
      for (int run = 0; run < options.first_runs; ++run) runner.run(machines.inputs());
    }
    measured.push_back(&runner);
    best_ms = std::min(best_ms, runner.median_ms());
  }
  return measured;
}

base::Json measure_bandwidth(TwoTargets& machines, Candidates& candidates, double mbps, const Options& options) {
  machines.set_link(mbps, 5);
  candidates.forget_samples();
  const std::size_t layers = machines.model().graph().layers.size();
  const plan::Plan unverified = plan::solve(machines.problem(), {}).plans.at(0);
  const plan::Plan chosen = verified_best(machines, options.verify);
  auto measured = first_round(machines, candidates, mbps, options);
  const auto best_of = [&] {
    return *std::ranges::min_element(measured, {}, [](const Runner* runner) { return runner->median_ms(); });
  };
  const std::size_t exhausted = measured.size();
  const double limit_ms = options.close * best_of()->median_ms();
  std::erase_if(measured, [&](const Runner* runner) { return runner->median_ms() > limit_ms; });
  // A chosen plan of another shape (several tensors, no order) competes as it is.
  std::vector<std::unique_ptr<Runner>> others;
  const auto runner_of = [&](const plan::Plan& plan) {
    const auto position = position_of(plan, layers);
    if (position) return &candidates.at(*position);
    others.push_back(std::make_unique<Runner>(machines, plan));
    return others.back().get();
  };
  std::vector<Runner*> in_turn = measured;
  Runner* const ours = runner_of(chosen);
  Runner* const ours_unverified = runner_of(unverified);
  for (Runner* runner : {ours, ours_unverified}) {
    if (std::ranges::find(in_turn, runner) == in_turn.end()) in_turn.push_back(runner);
  }
  for (Runner* runner : in_turn) runner->samples_ms.clear();
  for (int run = -1; run < options.last_runs; ++run) {
    for (Runner* runner : in_turn) runner->run(machines.inputs());
  }
  for (Runner* runner : in_turn) runner->samples_ms.erase(runner->samples_ms.begin());
  measured = in_turn;
  std::erase_if(measured, [&](const Runner* runner) {
    return std::ranges::any_of(others, [&](const auto& other) { return other.get() == runner; });
  });
  const double best_ms = best_of()->median_ms();
  return {{"mbps", mbps},
          {"measured_plans", exhausted},
          {"measured_again", in_turn.size()},
          {"best", best_of()->plan.summary()},
          {"best_ms", best_ms},
          {"chosen", chosen.summary()},
          {"chosen_ms", ours->median_ms()},
          {"predicted_ms", chosen.latency_ms},
          {"regret", ours->median_ms() / best_ms - 1},
          {"unverified", unverified.summary()},
          {"unverified_regret", ours_unverified->median_ms() / best_ms - 1}};
}

base::Json measure(const std::string& network, const Options& options) {
  TwoTargets machines(network);
  machines.set_link(100, 5);
  profile::MeasurementSettings settings;
  settings.longest_ms = 1000 * options.longest_s;
  machines.profile(settings);
  Candidates candidates(machines);
  base::Json rows = base::Json::array();
  for (const double mbps : options.bandwidths) {
    rows.push_back(measure_bandwidth(machines, candidates, mbps, options));
    rows.back()["network"] = network;
  }
  return rows;
}

void print(const base::Json& row) {
  fmt::print("{:<14} {:>6} {:>7} {:>9.2f} {:>9.2f} {:>8.2f} {:>11.2f}  {}{}\n", row["network"].get<std::string>(),
             row["mbps"].get<double>(), row["measured_plans"].get<int>(), row["best_ms"].get<double>(),
             row["chosen_ms"].get<double>(), 100 * row["regret"].get<double>(),
             100 * row["unverified_regret"].get<double>(), row["chosen"].get<std::string>(),
             row["chosen"] == row["best"] ? "" : fmt::format(" (best: {})", row["best"].get<std::string>()));
  std::fflush(stdout);
}

void run(const Options& options) {
  base::Json all = base::Json::array();
  std::vector<double> regrets;
  std::vector<double> unverified;
  fmt::print("{:<14} {:>6} {:>7} {:>9} {:>9} {:>8} {:>11}  {}\n", "network", "Mbit/s", "plans", "best ms", "chosen ms",
             "regret %", "unverified %", "chosen plan (layers)");
  for (const auto& name : options.networks) {
    for (const auto& row : apart([&] { return measure(name, options); })) {
      print(row);
      regrets.push_back(row["regret"].get<double>());
      unverified.push_back(row["unverified_regret"].get<double>());
      all.push_back(row);
    }
    if (!options.json.empty()) base::write_file(options.json, all.dump(1) + "\n");
  }
  fmt::print("regret: median {:.2f} %, worst {:.2f} %; without --verify: median {:.2f} %, worst {:.2f} %\n",
             100 * base::median(regrets), 100 * base::quantile(regrets, 1), 100 * base::median(unverified),
             100 * base::quantile(unverified, 1));
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("The chosen plan against the best of all one-tensor cuts, measured end to end");
  cli::Command application = command_line.root();
  bench::Options options;
  application.add_option("--networks", options.networks, "Of the zoo").separated_by_commas();
  application.add_option("--bandwidths", options.bandwidths, "Mbit/s").separated_by_commas();
  application.add_option("--verify", options.verify, "As in `tandem plan --verify`");
  application.add_option("--longest", options.longest_s, "As in `tandem profile --longest`, in seconds");
  application.add_option("--json", options.json, "File for everything that was measured");
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  bench::run(options);
}
