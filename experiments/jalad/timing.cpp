#include "timing.h"

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/statistics.h"
#include "cuts.h"

namespace tandem::jalad {
namespace {

constexpr int kWarmUps = 3;
constexpr int kRuns = 25;

struct Prefix {
  std::size_t position = 0;
  std::unique_ptr<engine::Session> session;
  std::vector<base::Tensor> inputs;
  std::vector<double> times_ms;

  void run(bool counts) {
    const auto before = base::steady_clock().thread_time();
    session->run(inputs);
    if (counts) times_ms.push_back((base::steady_clock().thread_time() - before).count());
  }
};

std::vector<Prefix> prefixes_of(const model::Model& model, engine::Engine& engine) {
  const auto ends_kernel = ends_of_kernels(model.graph());
  std::vector<std::size_t> positions;
  for (const auto& cut : model.cuts()) {
    if (ends_kernel[cut.position - 1]) positions.push_back(cut.position);
  }
  positions.push_back(model.graph().layers.size());
  std::vector<Prefix> prefixes;
  for (const std::size_t position : positions) {
    auto session = engine.load(model.extract(0, position));
    auto inputs = engine::made_up_inputs(session->inputs());
    prefixes.push_back({position, std::move(session), std::move(inputs), {}});
  }
  return prefixes;
}

}  // namespace

std::vector<double> time_layers(const model::Model& model, engine::Engine& engine) {
  auto prefixes = prefixes_of(model, engine);
  for (int run = -kWarmUps; run < kRuns; ++run) {
    for (auto& prefix : prefixes) prefix.run(run >= 0);
  }
  std::vector<double> layer_ms(model.graph().layers.size(), 0);
  const double whole_ms = base::median(prefixes.back().times_ms);
  double done_ms = 0;
  for (const auto& prefix : prefixes) {
    const double until_ms = std::clamp(base::median(prefix.times_ms), done_ms, whole_ms);
    layer_ms[prefix.position - 1] = until_ms - done_ms;
    done_ms = until_ms;
  }
  return layer_ms;
}

}  // namespace tandem::jalad
