#include "replay.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "link/trace.h"
#include "plan/ask/variant.h"
#include "plan/solve/solve.h"
#include "serve/live.h"
#include "workspace/requests.h"

namespace tandem::edgent {
namespace {

using base::Milliseconds;

constexpr double kLeastMbps = 0.05;
constexpr double kMostMbps = 10;
constexpr double kStepMs = 1000;
constexpr int kSteps = 1200;
constexpr double kStepDeviation = 0.25;  // of the logarithm of the bandwidth, a step
constexpr double kRoomForTheDevice = 1.4;

// Bandwidth as a walk between kLeastMbps and kMostMbps: each second some 25 % up or down.
link::BandwidthTrace random_walk(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> step(0, kStepDeviation);
  std::string text;
  double logarithm = 0;  // 1 Mbit/s
  for (int i = 0; i < kSteps; ++i) {
    text += fmt::format("{} {}\n", i * kStepMs, 1e3 * std::exp(logarithm));
    logarithm = std::clamp(logarithm + step(random), std::log(kLeastMbps), std::log(kMostMbps));
  }
  return link::BandwidthTrace::parse(text, "random walk");
}

// Sets the link as the trace has it, until it is destroyed.
class TraceReplay {
 public:
  TraceReplay(bench::AdjustableLink& link, const link::BandwidthTrace& trace, double one_way_ms)
      : link_(link), trace_(trace), one_way_ms_(one_way_ms), thread_([this] { follow(); }) {}
  ~TraceReplay() {
    must_stop_ = true;
    thread_.join();
  }

  double seconds() const { return std::chrono::duration<double>(elapsed()).count(); }
  double mbps() const { return trace_.at(elapsed(), link::AtEnd::Loop).mbps; }

 private:
  std::chrono::nanoseconds elapsed() const { return base::steady_clock().now() - start_; }

  void follow() {
    constexpr auto kGlance = std::chrono::milliseconds(20);
    while (!must_stop_) {
      const auto step = trace_.at(elapsed(), link::AtEnd::Loop);
      link::LinkConditions conditions;
      conditions.up_mbps = conditions.down_mbps = step.mbps;
      conditions.stalled = step.mbps <= 0;
      conditions.one_way_delay = Milliseconds(one_way_ms_);
      link_.set(conditions);
      while (!must_stop_ && elapsed() < step.until) std::this_thread::sleep_for(kGlance);
    }
  }

  bench::AdjustableLink& link_;
  const link::BandwidthTrace& trace_;
  double one_way_ms_;
  base::Instant start_ = base::steady_clock().now();
  std::atomic<bool> must_stop_{false};
  std::thread thread_;
};

double fastest_local_ms(plan::Problem problem) {
  problem.links.clear();
  problem.objective.kind = plan::ObjectiveKind::Latency;
  return plan::solve(problem).plans.at(0).latency_ms;
}

struct Totals {
  std::size_t promised = 0;  // predicted to be in time
  std::size_t met = 0;       // of those
  std::size_t right = 0;     // of all, and in time
  std::size_t rescued = 0;
};

base::Json run_request(World& world, serve::LivePlanner& planner, const TraceReplay& replay, double deadline_ms,
                       Totals& totals) {
  const double seen_mbps = planner.measure();
  const auto choice = planner.choose();
  const auto sample = world.next_sample();
  base::Json row = {{"at_s", replay.seconds()},
                    {"mbps", replay.mbps()},
                    {"seen_mbps", seen_mbps},
                    {"plan", choice.plan.summary()},
                    {"predicted_ms", choice.plan.latency_ms},
                    {"is_predicted_in_time", choice.is_in_time},
                    {"exit", nullptr},
                    {"measured_ms", nullptr},
                    {"is_in_time", false},
                    {"is_right", false},
                    {"is_rescued", false}};
  totals.promised += choice.is_in_time ? 1 : 0;
  const auto outcome = planner.run(choice, sample.inputs, base::Deadline::after(Milliseconds(deadline_ms)));
  if (!outcome) {
    row["failure"] = outcome.error().message();
    return row;
  }
  const auto& answer = outcome.value().answer;
  const bool is_met = answer.latency_ms <= deadline_ms;
  const bool answers_right = workspace::is_right(answer.outputs.back().tensor, sample.label);
  row["exit"] = answer.outputs.back().name;
  row["measured_ms"] = answer.latency_ms;
  row["is_in_time"] = is_met;
  row["is_right"] = answers_right;
  row["is_rescued"] = outcome.value().is_rescued;
  totals.met += is_met && choice.is_in_time ? 1 : 0;
  totals.right += is_met && answers_right ? 1 : 0;
  totals.rescued += outcome.value().is_rescued ? 1 : 0;
  return row;
}

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

base::Json replay_trace(World& world, const ReplaySetting& setting, const profile::Progress& progress) {
  world.set_bandwidth(1);
  plan::Problem problem = world.problem();
  problem.objective.kind = plan::ObjectiveKind::Accuracy;
  const double deadline_ms =
      setting.deadline_ms > 0 ? setting.deadline_ms : std::round(kRoomForTheDevice * fastest_local_ms(problem));
  serve::LivePlanner planner(plan::with_deadline(problem, deadline_ms), world.machines().model(),
                             world.machines().targets());
  const auto trace = setting.trace.empty() ? random_walk(setting.seed) : link::BandwidthTrace::read(setting.trace);
  const TraceReplay replay(world.machines().link(), trace, world.one_way_ms());
  base::Json rows = base::Json::array();
  Totals totals;
  while (rows.size() < setting.requests && replay.seconds() < 60 * setting.most_minutes) {
    progress("replaying the trace", static_cast<double>(rows.size()) / static_cast<double>(setting.requests));
    rows.push_back(run_request(world, planner, replay, deadline_ms, totals));
  }
  const std::string name = setting.trace.empty() ? fmt::format("random walk, seed {}", setting.seed) : setting.trace;
  const auto& local = planner.local_plan();
  return {{"source", name},
          {"deadline_ms", deadline_ms},
          {"local_plan", local ? base::Json(local->summary()) : base::Json()},
          {"local_ms", local ? base::Json(local->latency_ms) : base::Json()},
          {"requests", rows.size()},
          {"predicted_in_time", totals.promised},
          {"met", totals.met},
          {"met_percent", percent(totals.met, totals.promised)},
          {"rescued", totals.rescued},
          {"right_percent", percent(totals.right, rows.size())},
          {"rows", std::move(rows)}};
}

}  // namespace tandem::edgent
