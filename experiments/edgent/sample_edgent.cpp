#include "sample_edgent.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <random>

namespace tandem::edgent {
namespace {

using base::Json;

constexpr double kDeviceMs = 2010;
constexpr double kEdgeMs = 20.1;
constexpr double kRoundTripMs = 8;
constexpr int kLayers = 44;
constexpr int kExits = 5;
constexpr std::array<int, kExits> kLayersOfExit{7, 16, 25, 34, kLayers};
constexpr std::array<double, kExits> kAccuracy{84.1, 87.6, 90.2, 91.7, 92.4};

struct Choice {
  int depth = 0;
  int cut = 0;
  double latency_ms = 0;
};

double latency_ms(int depth, int cut, double mbps) {
  const int layers = kLayersOfExit[static_cast<std::size_t>(depth - 1)];
  const int here = std::min(cut, layers);
  const double sent_bytes = cut == 0 ? 3136 : 9000 * std::exp(-cut / 12.0);
  const double transfer_ms = cut >= layers ? 0 : kRoundTripMs + sent_bytes * 8e-3 / mbps;
  return (kDeviceMs * here + kEdgeMs * (layers - here)) / kLayers + transfer_ms;
}

struct Method {
  std::string name;
  std::string about;
  int least_depth = 1;
  int least_cut = 0;
  int most_cut = kLayers;
  double speed = 1;
};

std::vector<Method> methods(const std::string& name) {
  return {{name + "device only", name + "the whole network on the device, last exit", kExits, kLayers},
          {name + "edge only", "the whole network on the edge, last exit", kExits, 0, 0},
          {name + "partition only", "the fastest cut, last exit", kExits},
          {name + "exits only", "the deepest exit that the device reaches in time", 1, kLayers},
          {name + "Edgent, edge first", "the deepest exit in time, the edge begins", 1, 0, 20},
          {name + "Edgent, device first", "the deepest exit in time, the device begins", 1, 1},
          {"Tandem", "thresholds for every exit, any cut", 1, 0, kLayers, 0.8}};
}

Choice fastest(const Method& method, int depth, double mbps) {
  Choice best{depth, 0, std::numeric_limits<double>::infinity()};
  for (int cut = method.least_cut; cut <= method.most_cut; ++cut) {
    const double ms = latency_ms(depth, cut, mbps) * method.speed;
    if (ms < best.latency_ms) best = {depth, cut, ms};
  }
  return best;
}

// The deepest exit in time; those that cannot choose do not ask.
std::optional<Choice> choose(const Method& method, double mbps, double deadline_ms) {
  for (int depth = kExits; depth >= method.least_depth; --depth) {
    const auto choice = fastest(method, depth, mbps);
    if (choice.latency_ms <= deadline_ms || method.least_depth == kExits) return choice;
  }
  return std::nullopt;
}

double accuracy_of(const Choice& choice) {
  return kAccuracy[static_cast<std::size_t>(choice.depth - 1)];
}

std::string exits_text(const Method& method, const Choice& choice, const std::string& name) {
  const auto deepest = fmt::format("{}exit{}", name, choice.depth);
  return method.speed < 1 && choice.depth > 1 ? fmt::format("{}exit1, {}", name, deepest) : deepest;
}

Json cell(const Method& method, double mbps, double deadline_ms, const std::string& name) {
  Json cell{{"mbps", mbps}, {"deadline_ms", deadline_ms}, {"method", method.name}};
  const auto choice = choose(method, mbps, deadline_ms);
  const bool is_in_time = choice && choice->latency_ms <= deadline_ms;
  cell["plan"] = choice ? Json(fmt::format("{}exit{}, cut at {}", name, choice->depth, choice->cut)) : Json();
  cell["exit"] = choice ? Json(exits_text(method, *choice, name)) : Json();
  cell["depth"] = choice ? choice->depth : 0;
  cell["cut"] = choice ? Json(std::min(choice->cut, kLayers)) : Json();
  cell["predicted_ms"] = choice ? Json(choice->latency_ms) : Json();
  cell["measured_ms"] = choice ? Json(choice->latency_ms * 1.01) : Json();
  cell["in_time_percent"] = is_in_time ? 100 : 0;
  cell["accuracy_percent"] = choice ? Json(accuracy_of(*choice)) : Json();
  cell["right_in_time_percent"] = is_in_time ? accuracy_of(*choice) : 0;
  return cell;
}

Json tightest(const Method& method, double mbps, const Json& deadlines) {
  Json entry{{"mbps", mbps}, {"method", method.name}, {"deadline_ms", nullptr}, {"accuracy_percent", nullptr}};
  for (const auto& deadline : deadlines) {
    const auto choice = choose(method, mbps, deadline.get<double>());
    if (!choice || choice->latency_ms > deadline.get<double>()) continue;
    entry["deadline_ms"] = deadline;
    entry["accuracy_percent"] = accuracy_of(*choice);
    break;
  }
  return entry;
}

Json prediction(const Json& bandwidths, const std::string& name) {
  Json runs = Json::array();
  std::mt19937 random(5);
  std::normal_distribution<double> error(0, 0.03);
  for (const auto& bandwidth : bandwidths) {
    for (const int cut : {0, 12, 30, kLayers}) {
      const double predicted_ms = latency_ms(kExits, cut, bandwidth.get<double>());
      const double measured_ms = predicted_ms * (1 + error(random));
      runs.push_back({{"mbps", bandwidth},
                      {"plan", fmt::format("{}exit5, cut at {}", name, cut)},
                      {"predicted_ms", predicted_ms},
                      {"measured_ms", measured_ms},
                      {"low_ms", 0.985 * measured_ms},
                      {"high_ms", 1.02 * measured_ms}});
    }
  }
  return {{"median_error_percent", 2.1}, {"p95_error_percent", 7.0}, {"runs", runs}};
}

// Every 25th request has no answer, every 10th of the others is rescued.
Json trace(std::size_t requests, const Method& own, const std::string& name) {
  constexpr double kDeadlineMs = 600;
  std::mt19937 random(1);
  std::normal_distribution<double> step(0, 0.12);
  double power = 0;
  std::size_t met = 0;
  Json rows = Json::array();
  for (std::size_t i = 0; i < requests; ++i) {
    power = std::clamp(power + step(random), -3.0, 2.3);
    const double mbps = std::exp(power);
    const auto choice = choose(own, mbps, kDeadlineMs).value_or(Choice{1, kLayers, kDeadlineMs});
    const bool is_lost = i % 25 == 24;
    const bool is_rescued = !is_lost && i % 10 == 9;
    met += is_lost ? 0 : 1;
    rows.push_back({{"at_s", 0.6 * static_cast<double>(i)},
                    {"mbps", mbps},
                    {"seen_mbps", i == 0 ? Json() : Json(mbps * std::exp(step(random) / 3))},
                    {"plan", fmt::format("{}exit{}, cut at {}", name, choice.depth, choice.cut)},
                    {"exit", fmt::format("{}exit{}", name, is_rescued ? 1 : choice.depth)},
                    {"predicted_ms", choice.latency_ms},
                    {"measured_ms", is_lost      ? Json()
                                    : is_rescued ? Json(0.97 * kDeadlineMs)
                                                 : Json(std::min(choice.latency_ms * 1.02, kDeadlineMs))},
                    {"is_in_time", !is_lost},
                    {"is_right", !is_lost && i % 12 != 0},
                    {"is_rescued", is_rescued}});
  }
  return {{"source", name + "random walk, seed 1"},
          {"deadline_ms", kDeadlineMs},
          {"requests", requests},
          {"predicted_in_time", requests},
          {"met", met},
          {"met_percent", 100.0 * static_cast<double>(met) / static_cast<double>(requests)},
          {"right_percent", 88.4},
          {"rows", rows}};
}

}  // namespace

Json sample_edgent(std::size_t trace_requests, const std::string& name) {
  const auto all = methods(name);
  Json sample{{"format", "tandem.edgent"},
              {"version", 1},
              {"model", name + "alexnet5-fashion-mnist"},
              {"data", name + "fashion-mnist"},
              {"measured_at_s", 1763800000},
              {"device_ms", kDeviceMs},
              {"edge_ms", kEdgeMs},
              {"round_trip_ms", kRoundTripMs},
              {"requests", 12},
              {"methods", Json::array()},
              {"bandwidths_mbps", {0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10}},
              {"deadlines_ms", {50, 100, 150, 200, 300, 500, 1000, 1500, 2000}},
              {"cells", Json::array()},
              {"layers", kLayers},
              {"exits", Json::array()},
              {"tightest", Json::array()}};
  for (int exit = 1; exit <= kExits; ++exit) sample["exits"].push_back(fmt::format("{}exit{}", name, exit));
  for (const auto& method : all) sample["methods"].push_back({{"name", method.name}, {"about", method.about}});
  for (const auto& bandwidth : sample["bandwidths_mbps"]) {
    for (const auto& method : all) {
      for (const auto& deadline : sample["deadlines_ms"]) {
        sample["cells"].push_back(cell(method, bandwidth.get<double>(), deadline.get<double>(), name));
      }
      sample["tightest"].push_back(tightest(method, bandwidth.get<double>(), sample["deadlines_ms"]));
    }
  }
  sample["prediction"] = prediction(sample["bandwidths_mbps"], name);
  sample["trace"] = trace_requests == 0 ? Json() : trace(trace_requests, all.back(), name);
  return sample;
}

}  // namespace tandem::edgent
