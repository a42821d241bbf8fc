#include "latency.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/error.h"
#include "cuts.h"
#include "plan/make/from_costs.h"
#include "plan/solve/solve.h"
#include "summary.h"

namespace tandem::jalad {
namespace {

constexpr double kEdgeRoundTripMs = 5;
constexpr double kCloudRoundTripMs = 30;
constexpr double kBetweenRoundTripMs = 25;
constexpr double kBetweenMbps = 1000;

fleet::Fleet fleet() {
  fleet::Fleet fleet;
  fleet.targets = {
      {"device", fleet::Tier::Device, ""}, {"edge", fleet::Tier::Edge, ""}, {"cloud", fleet::Tier::Cloud, ""}};
  return fleet;
}

cost::LinkCosts link(const char* from, const char* to, double round_trip_ms, double mbps) {
  cost::LinkCosts link;
  link.from = from;
  link.to = to;
  link.round_trip_ms.value = round_trip_ms;
  link.upload_mbps.value = link.download_mbps.value = mbps;
  return link;
}

cost::ModelCosts costs_on(const Subject& subject, const std::string& target, double slowdown) {
  cost::ModelCosts costs;
  costs.identity.target = target;
  for (const double ms : subject.layer_ms) costs.layer_ms.push_back(ms * slowdown);
  costs.whole_ms = std::accumulate(costs.layer_ms.begin(), costs.layer_ms.end(), 0.0);
  costs.ends_kernel = ends_of_kernels(subject.graph);
  return costs;
}

bool is_allowed(const cost::CodecRate& rate, const std::vector<std::string>& families, double points) {
  return rate.calibration_loss_points <= points && std::ranges::find(families, rate.family()) != families.end();
}

bool has_setting(const Subject& subject, const LatencySetting& setting, const Method& method) {
  return std::ranges::any_of(
      subject.rates, [&](const cost::CodecRate& rate) { return is_allowed(rate, method.families, setting.points); });
}

CodecSpeed speed_of(const std::string& family, const LatencySetting& setting) {
  if (family == kOurs) return setting.speed;
  return family == kJalad ? setting.jalad_speed : CodecSpeed{};
}

double codec_ms(const cost::CodecRate& rate, double mbs, double slowdown) {
  return mbs > 0 ? static_cast<double>(rate.elements * sizeof(float)) / mbs / 1e3 * slowdown : 0;
}

// A planner's bound holds for what was lost where settings were chosen, not for what came of it.
plan::Codecs codecs_of(const Subject& subject, const LatencySetting& setting, const fleet::Fleet& fleet,
                       const std::vector<std::string>& families) {
  plan::Codecs codecs;
  for (auto rate : subject.rates) {
    if (!is_allowed(rate, families, setting.points)) continue;
    rate.losses = {{"", rate.calibration_loss_points}};
    const CodecSpeed speed = speed_of(rate.family(), setting);
    for (std::size_t i = 0; i < fleet.targets.size(); ++i) {
      const double slowdown = setting.slowdowns[i];
      cost::CodecTime time{{},
                           rate.tensor,
                           rate.codec,
                           codec_ms(rate, speed.encode_mbs, slowdown),
                           codec_ms(rate, speed.decode_mbs, slowdown)};
      time.identity.target = fleet.targets[i].name;
      codecs.times.push_back(std::move(time));
    }
    codecs.rates.push_back(std::move(rate));
  }
  return codecs;
}

// Nothing runs on the device.
plan::Constraint leave_the_device(const plan::Problem& problem) {
  plan::Constraint constraint;
  constraint.kind = plan::ConstraintKind::KeepsOff;
  constraint.blocks.resize(problem.blocks.size());
  std::iota(constraint.blocks.begin(), constraint.blocks.end(), std::size_t{0});
  constraint.targets = {0};
  return constraint;
}

plan::Constraint lose_at_most(double points) {
  plan::Constraint constraint;
  constraint.metric = plan::Metric::Error;
  constraint.limit = points;
  return constraint;
}

}  // namespace

plan::Problem latency_problem(const Subject& subject, const LatencySetting& setting, double mbps,
                              const std::vector<std::string>& families) {
  const fleet::Fleet targets = fleet();
  if (setting.slowdowns.size() != targets.targets.size()) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{} slowdowns, expected {}: of the device, the edge and the cloud",
                                  setting.slowdowns.size(), targets.targets.size()));
  }
  std::vector<cost::ModelCosts> models;
  for (std::size_t i = 0; i < targets.targets.size(); ++i)
    models.push_back(costs_on(subject, targets.targets[i].name, setting.slowdowns[i]));
  const std::vector<cost::LinkCosts> links = {link("device", "edge", kEdgeRoundTripMs, mbps),
                                              link("device", "cloud", kCloudRoundTripMs, mbps),
                                              link("edge", "cloud", kBetweenRoundTripMs, kBetweenMbps)};
  plan::Problem problem =
      plan::make_problem(subject.graph, targets, models, links, {}, codecs_of(subject, setting, targets, families));
  problem.constraints.push_back(lose_at_most(setting.points));
  return problem;
}

const std::vector<Method>& methods() {
  using enum Method::Place;
  static const std::vector<Method> all = {
      {"device only", "the whole network on the device", {}, Device},
      {"raw input",
       "the picture as the network takes it, or as bytes; the whole network on a server",
       {"uint8"},
       Server},
      {"PNG", "the picture as PNG, the whole network on a server", {"png"}, Server, true},
      {"JPEG",
       "the picture as JPEG at the quality that loses little enough, the whole network on a server",
       {"jpeg"},
       Server,
       true},
      {"JALAD", "any cut, with its own codec at the number of bits that is fastest", {kJalad, "uint8"}, Anywhere},
      {"Tandem",
       "any cut, with any codec and setting",
       {kOurs, kJalad, "fp16", "int8", "int8+zstd", "int8+lz4", "lossless", "uint8", "png", "jpeg"},
       Anywhere},
  };
  return all;
}

std::optional<plan::Plan> choose(const Subject& subject, const LatencySetting& setting, double mbps,
                                 const Method& method) {
  if (method.needs_codec && !has_setting(subject, setting, method)) return std::nullopt;
  plan::Problem problem = latency_problem(subject, setting, mbps, method.families);
  if (method.place == Method::Place::Device) problem.links.clear();
  if (method.place == Method::Place::Server) problem.constraints.push_back(leave_the_device(problem));
  const auto plans = plan::solve(problem).plans;
  if (plans.empty()) throw base::Error(base::ErrorKind::Internal, "no plan for '" + method.name + "'");
  return plans.front();
}

std::string sent_text(const plan::Plan& plan) {
  std::string text;
  for (const auto& stage : plan.stages) {
    for (const auto& tensor : stage.sent)
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", tensor.name, tensor.codec);
  }
  return text;
}

}  // namespace tandem::jalad
