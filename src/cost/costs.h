// What a plan needs to know, as plain data: what a model costs on a target, and what a link costs. Measured by profile,
// kept by the store, read by plan. Times are medians in milliseconds, emulated slowdown included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::cost {

// A model on one target. A stage of layers [first, last) is predicted as stage_overhead_ms + their layer_ms.
struct ModelCosts {
  std::string model;    // digest
  std::string target;   // name in the fleet
  std::string machine;  // fingerprint: architecture, CPU, cores, threads, emulated slowdown
  std::string engine;
  std::int64_t measured_at_s = 0;  // Unix time

  double whole_ms = 0;
  double whole_low_ms = 0;  // 95 % confidence interval of the median
  double whole_high_ms = 0;
  double stage_overhead_ms = 0;
  std::vector<double> layer_ms;  // in Graph's order; they add up to whole_ms − stage_overhead_ms

  // Whether the engine finishes a kernel with this layer. It fuses the others with what follows: cutting there would
  // break the kernel, so no plan does.
  std::vector<bool> ends_kernel;

  bool operator==(const ModelCosts&) const = default;
};

struct LinkCosts {
  std::string from;
  std::string to;
  std::int64_t measured_at_s = 0;
  double round_trip_ms = 0;
  double upload_mbps = 0;    // from → to
  double download_mbps = 0;  // to → from

  bool operator==(const LinkCosts&) const = default;
};

// A stage that was timed as it would run.
struct StageTime {
  std::string model;
  std::string target;
  std::size_t first = 0;  // layers [first, last)
  std::size_t last = 0;
  double median_ms = 0;
  double low_ms = 0;
  double high_ms = 0;
  std::int64_t measured_at_s = 0;

  bool operator==(const StageTime&) const = default;
};

// Milliseconds to move a tensor one way, transmission only.
double transfer_ms(double size_bytes, double bandwidth_mbps);

}  // namespace tandem::cost
