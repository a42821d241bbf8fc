#include "grid.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "base/statistics.h"
#include "methods.h"

namespace tandem::edgent {
namespace {

constexpr std::size_t kFewestRequests = 12;
constexpr std::size_t kMostRequests = 60;
constexpr double kInTime = 0.95;        // of the requests: then a deadline counts as met
constexpr double kStep = 1.03;          // between the deadlines that are tried for the tightest one
constexpr double kTightestTried = 5;    // ms
constexpr double kLoosestTried = 5000;  // ms
constexpr std::size_t kFewestToCompare = 5;

// Layers of the network that run on the device.
std::size_t layers_on_device(const plan::Plan& plan) {
  std::size_t count = 0;
  for (const auto& range : plan.stages.front().ranges) count += range.last - range.first;
  return count;
}

std::string exits_text(const plan::Plan& plan) {
  std::string text;
  for (const auto& exit : plan.exits) text += (text.empty() ? "" : ", ") + exit.name;
  return text;
}

// The plans that were run, at the bandwidth of the moment; those that send nothing are the same at all of them.
class Subjects {
 public:
  Subjects(World& world, double seconds) : world_(world), seconds_(seconds) {}

  // Forgets those that depend on the link.
  void next_bandwidth() {
    std::erase_if(subjects_, [](const auto& each) { return each.first.route.size() > 1; });
  }
  void add(const plan::Plan& plan) {
    auto& subject = subjects_[plan.decision];
    if (!subject) subject = std::make_unique<Subject>(world_, plan);
  }
  // All of them in turn, until each has its share of requests.
  void run_all() {
    for (bool is_done = false; !is_done;) {
      is_done = true;
      for (auto& [decision, subject] : subjects_) {
        if (subject->count() >= wanted(subject->plan())) continue;
        subject->ask(world_.next_sample());
        is_done = false;
      }
    }
  }
  const Subject& of(const plan::Plan& plan) {
    add(plan);
    run_all();
    return *subjects_.at(plan.decision);
  }
  const std::map<plan::Decision, std::unique_ptr<Subject>>& all() const { return subjects_; }

 private:
  std::size_t wanted(const plan::Plan& plan) const {
    const double count = 1e3 * seconds_ / plan.latency_ms;
    return std::clamp(static_cast<std::size_t>(count), kFewestRequests, kMostRequests);
  }

  World& world_;
  double seconds_;
  std::map<plan::Decision, std::unique_ptr<Subject>> subjects_;
};

class Grid {
 public:
  Grid(World& world, const GridSetting& setting)
      : world_(world), setting_(setting), subjects_(world, setting.seconds) {}

  void measure_at(double mbps) {
    world_.set_bandwidth(mbps);
    subjects_.next_bandwidth();
    const plan::Problem problem = world_.problem();
    std::vector<std::vector<std::optional<plan::Plan>>> plans;  // by deadline, by method
    for (const double deadline_ms : setting_.deadlines_ms) {
      auto& chosen = plans.emplace_back();
      for (const auto& method : methods()) {
        chosen.push_back(method.choose(problem, deadline_ms));
        if (chosen.back()) subjects_.add(*chosen.back());
      }
    }
    subjects_.run_all();
    for (std::size_t i = 0; i < plans.size(); ++i) {
      for (std::size_t method = 0; method < methods().size(); ++method)
        cells_.push_back(cell(mbps, setting_.deadlines_ms[i], methods()[method], plans[i][method]));
    }
    for (const auto& method : methods()) tightest_.push_back(tightest(problem, mbps, method));
    compare(problem, mbps);
    count_edge_first(problem);
  }

  base::Json report() const {
    std::vector<double> errors;
    for (const auto& run : predictions_)
      errors.push_back(100 * std::abs(run["predicted_ms"].get<double>() / run["measured_ms"].get<double>() - 1));
    return {{"cells", cells_},
            {"tightest", tightest_},
            {"prediction",
             {{"median_error_percent", base::median(errors)},
              {"p95_error_percent", base::quantile(errors, 0.95)},
              {"runs", predictions_}}},
            {"edge_first", {{"searches", edge_first_searches_}, {"cuts_inside", edge_first_inside_}}}};
  }

 private:
  base::Json cell(double mbps, double deadline_ms, const Method& method, const std::optional<plan::Plan>& plan) {
    base::Json cell = {{"mbps", mbps},
                       {"deadline_ms", deadline_ms},
                       {"method", method.name},
                       {"plan", nullptr},
                       {"exit", nullptr},
                       {"depth", 0},
                       {"cut", nullptr},
                       {"predicted_ms", nullptr},
                       {"measured_ms", nullptr},
                       {"requests", 0},
                       {"in_time_percent", 0},
                       {"accuracy_percent", nullptr},
                       {"calibration_accuracy_percent", nullptr},
                       {"live_right_percent", nullptr},
                       {"right_in_time_percent", 0}};
    if (!plan) return cell;
    const Subject& subject = subjects_.of(*plan);
    const double accuracy = world_.accuracy_of(*plan);
    const double in_time = subject.in_time_share(deadline_ms);
    cell["plan"] = plan->summary();
    cell["exit"] = exits_text(*plan);
    cell["depth"] = world_.exit_number(plan->exits.back().name);
    cell["cut"] = layers_on_device(*plan);
    cell["predicted_ms"] = plan->latency_ms;
    cell["measured_ms"] = subject.median_ms();
    cell["requests"] = subject.count();
    cell["in_time_percent"] = 100 * in_time;
    cell["accuracy_percent"] = accuracy;
    cell["calibration_accuracy_percent"] = plan->accuracy;
    cell["live_right_percent"] = 100 * subject.right_share();
    cell["right_in_time_percent"] = accuracy * in_time;
    return cell;
  }

  // From tight to loose: the first deadline for which there is a plan, and which its requests keep.
  base::Json tightest(const plan::Problem& problem, double mbps, const Method& method) {
    base::Json found = {
        {"mbps", mbps}, {"method", method.name}, {"deadline_ms", nullptr}, {"accuracy_percent", nullptr}};
    for (double deadline_ms = kTightestTried; deadline_ms < kLoosestTried; deadline_ms *= kStep) {
      const auto plan = method.choose(problem, deadline_ms);
      if (!plan || subjects_.of(*plan).in_time_share(deadline_ms) < kInTime) continue;
      found["deadline_ms"] = deadline_ms;
      found["accuracy_percent"] = world_.accuracy_of(*plan);
      break;
    }
    return found;
  }

  // Predicted against measured, for the requests of each plan that stopped at the same exit.
  void compare(const plan::Problem& problem, double mbps) {
    for (const auto& [decision, subject] : subjects_.all()) {
      const plan::Plan& plan = subject->plan();
      if (decision.route.size() == 1 && mbps != setting_.bandwidths_mbps.front()) continue;
      const auto predicted_ms = latency_by_exit(problem, plan);
      for (std::size_t i = 0; i < plan.exits.size(); ++i) {
        const auto latencies_ms = subject->latencies_ms(plan.exits[i].name);
        if (latencies_ms.size() < kFewestToCompare || predicted_ms[i] <= 0) continue;
        const auto interval = base::median_interval(latencies_ms);
        predictions_.push_back({{"mbps", mbps},
                                {"plan", plan.summary()},
                                {"exit", plan.exits[i].name},
                                {"predicted_ms", predicted_ms[i]},
                                {"measured_ms", base::median(latencies_ms)},
                                {"low_ms", interval.low},
                                {"high_ms", interval.high}});
      }
    }
  }

  // How often Edgent's own search would cut inside of the network.
  void count_edge_first(const plan::Problem& problem) {
    for (std::size_t exit = 0; exit < problem.exits.size(); ++exit) {
      const auto times_ms = edge_first_ms(problem, exit);
      const auto best = std::ranges::min_element(times_ms);
      ++edge_first_searches_;
      if (best != times_ms.begin() && best + 1 != times_ms.end()) ++edge_first_inside_;
    }
  }

  World& world_;
  const GridSetting& setting_;
  Subjects subjects_;
  base::Json cells_ = base::Json::array();
  base::Json tightest_ = base::Json::array();
  base::Json predictions_ = base::Json::array();
  int edge_first_searches_ = 0;
  int edge_first_inside_ = 0;
};

}  // namespace

base::Json measure_grid(World& world, const GridSetting& setting, const profile::Progress& progress) {
  Grid grid(world, setting);
  for (std::size_t i = 0; i < setting.bandwidths_mbps.size(); ++i) {
    progress("comparing methods", static_cast<double>(i) / static_cast<double>(setting.bandwidths_mbps.size()));
    grid.measure_at(setting.bandwidths_mbps[i]);
  }
  return grid.report();
}

}  // namespace tandem::edgent
