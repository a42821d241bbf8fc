#include "report/sample_profile.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <random>

namespace tandem::report {

namespace {

constexpr std::int64_t kMadeAt = 1795318800;
const char* const kOpTypes[] = {"Conv", "BatchNormalization", "Relu", "Conv", "Add", "Relu"};

Figure within(double ms, double share) {
  return {ms, ms * (1 - share), ms * (1 + share)};
}

std::vector<PageLayer> layers(std::size_t count, const std::string& name) {
  std::vector<PageLayer> layers;
  for (std::size_t i = 0; i < count; ++i) {
    const double depth = static_cast<double>(i) / static_cast<double>(count);
    const bool is_cut = i % 6 != 0;
    const double bytes = 3.2e6 * std::exp(-8 * depth) * (i % 3 == 0 ? 2 : 1);
    layers.push_back({fmt::format("{}stage{}/block{}/{}", name, i / 24, i / 6, kOpTypes[i % 6]), kOpTypes[i % 6],
                      is_cut ? std::optional<double>(bytes) : std::nullopt, 1 + i % 3});
  }
  return layers;
}

PageTarget target(const std::string& name, const std::string& tier, std::size_t layer_count, double ms_per_kernel) {
  PageTarget target{name, tier, "x86-64, Xeon at 2.8 GHz, 1 of 4 cores, slowed down 6 times",
                    "ONNX Runtime 1.30.0, 1 thread"};
  std::mt19937 random(7);
  std::uniform_real_distribution<double> spread(0.5, 1.5);
  for (std::size_t i = 0; i < layer_count; ++i) {
    target.kernel_first.push_back(i / 3 * 3);
    const double depth = static_cast<double>(i) / static_cast<double>(layer_count);
    target.layer_ms.push_back(i % 3 == 0 ? ms_per_kernel * spread(random) * (1.4 - depth) * (i % 9 == 0 ? 2.5 : 1) : 0);
  }
  target.stage_overhead_ms = 0.4 * ms_per_kernel;
  target.unattributed_ms = 0.2 * ms_per_kernel;
  const double sum = std::accumulate(target.layer_ms.begin(), target.layer_ms.end(), target.stage_overhead_ms);
  target.whole = within(sum, 0.012);
  target.measured_at_s = kMadeAt - 7000;
  target.p95_ms = 1.06 * sum;
  target.p99_ms = 1.11 * sum;
  target.sample_count = 57;
  target.load_ms = 310;
  target.resident_bytes = 104e6;
  target.peak_bytes = 171e6;
  return target;
}

PagePlan native(const ProfilePage& page, const PageTarget& target) {
  const double exchange_ms = &target == &page.targets[0] ? 0 : 260;
  PagePlan plan{fmt::format("{} 0–{}", target.name, page.layers.size() - 1), target.whole.ms + exchange_ms};
  plan.is_native = true;
  if (exchange_ms > 0) plan.stages.push_back({page.targets[0].name, 0, exchange_ms});
  plan.stages.push_back({target.name, target.whole.ms});
  return plan;
}

// The first `cut` layers on the device, the others on `to`.
PagePlan split(const ProfilePage& page, std::size_t cut, const PageTarget& to, double mbps) {
  const auto& from = page.targets[0].layer_ms;
  const auto middle = static_cast<std::ptrdiff_t>(cut);
  const double first = std::accumulate(from.begin(), from.begin() + middle, 0.2);
  const double second = std::accumulate(to.layer_ms.begin() + middle, to.layer_ms.end(), 0.2);
  const double exchange = 5 + page.layers[cut - 1].bytes_after.value_or(1e5) * 8e-3 / mbps;
  PagePlan plan{fmt::format("{} 0–{} → {} {}–{}", page.targets[0].name, cut - 1, to.name, cut, from.size() - 1),
                first + exchange + second};
  plan.stages = {{page.targets[0].name, first, exchange}, {to.name, second}};
  plan.cuts = {cut};
  return plan;
}

void add_plans(ProfilePage& page) {
  const auto& targets = page.targets;
  const std::size_t count = page.layers.size();
  for (const std::size_t cut : {count * 3 / 8, count / 2, count * 3 / 4, count - 1}) {
    page.plans.push_back(split(page, cut, targets[cut % 2 + 1], 20));
  }
  for (const auto& target : targets) page.plans.push_back(native(page, target));
  std::size_t best = 0;
  for (std::size_t i = 0; i < page.plans.size(); ++i) {
    if (page.plans[i].predicted_ms < page.plans[best].predicted_ms) best = i;
    if (i % 2 == 0) page.plans[i].measured = within(page.plans[i].predicted_ms * (i == 2 ? 1.04 : 0.99), 0.015);
  }
  page.plans[best].is_best = true;
}

void add_checks(ProfilePage& page) {
  std::mt19937 random(11);
  std::normal_distribution<double> error(0, 0.03);
  for (std::size_t i = 0; i < 36; ++i) {
    const auto& target = page.targets[i % 2];
    const std::size_t first = i * 5 % page.layers.size();
    const double ms =
        std::accumulate(target.layer_ms.begin() + static_cast<std::ptrdiff_t>(first), target.layer_ms.end(), 0.3);
    page.checks.push_back(
        {target.name, fmt::format("{}–{}", first, page.layers.size() - 1), within(ms * (1 + error(random)), 0.02), ms});
  }
}

}  // namespace

ProfilePage sample_profile(std::size_t layer_count, const std::string& name) {
  ProfilePage page{name + "resnet50.onnx", "3b7e0f6d9c2a41585e0d7c6b1f2a3948576ab9c8d7e6f504132231405f6e7d8c", kMadeAt};
  page.layers = layers(layer_count, name);
  page.targets = {target(name + "device", "device", layer_count, 3.1), target(name + "edge", "edge", layer_count, 0.9),
                  target(name + "cloud", "cloud", layer_count, 0.35)};
  page.targets[1].is_noisy = true;
  auto& cloud = page.targets[2];
  cloud.is_predicted = true;
  cloud.whole = within(cloud.whole.ms, 0.22);
  cloud.sample_count = 0;
  page.links = {{name + "device",
                 name + "edge",
                 {1.42, "probe", kMadeAt - 20},
                 {0.11, "probe", kMadeAt - 20},
                 {93.8, "transfer", kMadeAt - 200},
                 {94.1, "transfer", kMadeAt - 200}},
                {name + "edge",
                 name + "cloud",
                 {20.3, "probe", kMadeAt - 86400},
                 {2.4, "probe", kMadeAt - 86400},
                 {18.6, "given", 0},
                 {48, "given", 0}}};
  add_plans(page);
  add_checks(page);
  return page;
}

}  // namespace tandem::report
