#include "map.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/statistics.h"
#include "plan/ask/native_plans.h"
#include "plan/solve/solve.h"

namespace tandem::jalad {
namespace {

constexpr const char* kSplit = "split";
constexpr double kHeadBytes = 128;  // of a file that the data set counts as a tensor
constexpr double kFloatBytes = 4;
constexpr double kBits = 32;
constexpr double kLess = 1 - 1e-9;  // what counts as less

double whole_seconds(const scission::Data& data, const std::string& network, const std::string& system) {
  const auto& blocks = data.blocks.at({network, system});
  return std::accumulate(blocks.begin(), blocks.end(), 0.0,
                         [](double sum, const scission::Block& block) { return sum + block.seconds; });
}

// Milliseconds for so many bytes of float32 on each target, `slower` times longer on the first.
std::vector<double> codec_ms(const plan::Problem& problem, double float_bytes, double mbs, double slower) {
  const double here_ms = mbs > 0 ? float_bytes / mbs / 1e3 : 0;
  std::vector<double> by_target(problem.targets.size(), here_ms);
  by_target.front() *= slower;
  return by_target;
}

void encode_tensors(plan::Problem& problem, const MapEncoding& encoding, double slower) {
  for (plan::Tensor& tensor : problem.tensors) {
    if (tensor.producer == plan::kNone) continue;
    const double float_bytes = std::max(0.0, tensor.encodings.front().bytes - kHeadBytes);
    tensor.encodings.front().bytes = float_bytes;
    if (encoding.bits >= kBits) continue;
    tensor.encodings.push_back({encoding.name, float_bytes / kFloatBytes * encoding.bits / 8, 0,
                                codec_ms(problem, float_bytes, encoding.speed.encode_mbs, slower),
                                codec_ms(problem, float_bytes, encoding.speed.decode_mbs, slower)});
  }
}

MapCell cell_of(const plan::Problem& problem, const std::string& network, double mbps) {
  const auto natives = plan::native_plans(problem);
  const auto native = std::ranges::min_element(natives, {}, &plan::Plan::latency_ms);
  const plan::Plan best = plan::solve(problem).plans.at(0);
  if (best.is_native() || best.latency_ms >= native->latency_ms * kLess)
    return {network, mbps, scission::tier_of(native->stages.back().target), native->latency_ms, native->latency_ms};
  return {network, mbps, kSplit, best.latency_ms, native->latency_ms, 100 * (1 - best.latency_ms / native->latency_ms)};
}

}  // namespace

double device_slowdown(const scission::Data& data) {
  std::vector<double> ratios;
  for (const auto& network : data.models) {
    double fastest = whole_seconds(data, network, data.systems.front());
    for (const auto& system : data.systems) fastest = std::min(fastest, whole_seconds(data, network, system));
    ratios.push_back(whole_seconds(data, network, data.systems.front()) / fastest);
  }
  return base::median(ratios);
}

plan::Problem map_problem(const scission::Data& data, const std::string& network, double mbps,
                          const MapEncoding& encoding, double input_bytes) {
  plan::Problem problem = scission::make_problem(data, network, "wired");
  std::erase_if(problem.links, [](const plan::Link& link) { return link.from != 0; });
  for (plan::Link& link : problem.links) link.upload_mbps = link.download_mbps = mbps;
  problem.tensors.front().encodings.front().bytes = input_bytes;
  encode_tensors(problem, encoding, device_slowdown(data));
  return problem;
}

std::vector<MapCell> map_cells(const scission::Data& data, const MapEncoding& encoding, const MapSetting& setting) {
  std::vector<MapCell> cells;
  for (const auto& network : data.models) {
    for (const double mbps : setting.bandwidths_mbps)
      cells.push_back(cell_of(map_problem(data, network, mbps, encoding, setting.input_bytes), network, mbps));
  }
  return cells;
}

std::size_t count_splits(const std::vector<MapCell>& cells) {
  return static_cast<std::size_t>(std::ranges::count(cells, kSplit, &MapCell::winner));
}

std::vector<double> spread(double low, double high, std::size_t count) {
  std::vector<double> values;
  const double steps = static_cast<double>(count - 1);
  for (std::size_t i = 0; i < count; ++i) values.push_back(low * std::pow(high / low, static_cast<double>(i) / steps));
  return values;
}

}  // namespace tandem::jalad
