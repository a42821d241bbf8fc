#include "plan/judge/units.h"

#include <vector>

namespace tandem::plan {
namespace {

double unit_factor(Metric metric, double time, double size, double power) {
  switch (metric) {
    case Metric::Upload:
      return size;
    case Metric::Energy:
      return power * time;
    case Metric::Memory:
    case Metric::Error:
      return 1;
    default:
      return time;
  }
}

}  // namespace

Problem in_units(Problem problem, double time, double size, double power) {
  const auto scale = [](std::vector<double>& values, double factor) {
    for (double& value : values) value *= factor;
  };
  for (auto& target : problem.targets) {
    target.stage_overhead_ms *= time;
    target.exit_ms *= time;
    scale(target.block_ms, time);
    target.compute_watts *= power;
    target.send_watts *= power;
    target.receive_watts *= power;
  }
  for (auto& link : problem.links) {
    link.round_trip_ms *= time;
    link.upload_mbps *= size / time;
    link.download_mbps *= size / time;
    link.least_bytes *= size;
    link.most_bytes *= size;
    for (auto& wait : link.waits) wait = {wait.above_bytes * size, wait.ms * time};
  }
  for (auto& tensor : problem.tensors) {
    for (auto& encoding : tensor.encodings) {
      encoding.bytes *= size;
      scale(encoding.encode_ms, time);
      scale(encoding.decode_ms, time);
    }
  }
  problem.answer_bytes *= size;
  problem.header_bytes *= size;
  problem.exit_header_bytes *= size;
  problem.objective.latency_weight /= time;
  problem.objective.upload_weight /= size;
  problem.objective.energy_weight /= power * time;
  for (auto& constraint : problem.constraints) {
    if (constraint.kind == ConstraintKind::AtMost && !constraint.is_share)
      constraint.limit *= unit_factor(constraint.metric, time, size, power);
  }
  return problem;
}

}  // namespace tandem::plan
