// Measurements of models on targets and of links, and the costs that planners make of them. Plain data. profile
// measures Examination, StageTime and LinkCosts, and store keeps them; estimate.h turns them into ModelCosts, which
// plan/make reads. Times are in milliseconds, emulated slowdown included.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cost/features.h"
#include "model/graph.h"

namespace tandem::cost {

// The model, target, machine and engine of a measurement, which is void when any of them changes.
struct Identity {
  std::string model;    // digest of the graph, its fixed shapes and its weights
  std::string target;   // name in the fleet
  std::string machine;  // fingerprint: architecture, CPU, cores, memory, governor, emulated slowdown
  std::string engine;   // name, version and settings
  auto operator<=>(const Identity&) const = default;
};

using model::LayerRange;

// The unit that the engine runs: one layer, or several that it fused.
struct Kernel {
  std::string name;                 // as the engine names it
  std::string op_type;              // likewise: "Conv", "ReorderInput", …
  double median_ms = 0;             // from instrumented runs
  std::vector<std::size_t> layers;  // that it computes, ascending; none: it belongs to no layer
  Features features;                // of those layers
  bool operator==(const Kernel&) const = default;
};

// One model examined on one target: loaded afresh, and run with the engine's own profiler.
struct Examination {
  Identity identity;
  std::int64_t measured_at_s = 0;  // Unix time
  std::size_t layer_count = 0;     // of the model
  std::vector<Kernel> kernels;     // in order of execution
  double load_ms = 0;              // from the graph and its weights in memory to a session that has run once
  double resident_bytes = 0;       // added to the process by the loaded session
  double peak_bytes = 0;           // the most that loading and running added at any time
  bool operator==(const Examination&) const = default;
};

// Times of a stage, run as plans run it. The whole model is the stage of all layers.
struct StageTime {
  Identity identity;
  std::vector<LayerRange> ranges;  // ascending, apart; run as one part
  std::vector<double> samples_ms;  // in the order of measurement
  std::int64_t measured_at_s = 0;  // of the last sample
  bool operator==(const StageTime&) const = default;
};

// The origin of a number.
enum class Source {
  Probe,     // frames sent to measure it
  Transfer,  // ordinary requests over the link
  Given,     // an imported or older profile that names no origin
};
const char* name_of(Source source);

struct Reading {
  double value = 0;
  std::int64_t measured_at_s = 0;
  Source source = Source::Probe;
  bool operator==(const Reading&) const = default;
};

struct LinkCosts {
  std::string from;
  std::string to;
  Reading round_trip_ms;  // of small frames
  Reading jitter_ms;      // middle half of the round trips: third quartile − first
  Reading upload_mbps;    // from → to, goodput of large frames
  Reading download_mbps;  // to → from
  bool operator==(const LinkCosts&) const = default;
};

// The costs of a model on one target, as planners use them. Predicted time of a stage: stage_overhead_ms + its layers'
// layer_ms + receive_ms_per_mb and send_ms_per_mb for each 10^6 bytes from and to other stages.
struct ModelCosts {
  Identity identity;
  std::int64_t measured_at_s = 0;
  bool is_predicted = false;  // by regression.h, from other models there: this one was not measured

  double whole_ms = 0;
  double whole_low_ms = 0;  // measured: 95 % confidence interval of the median; predicted: 90 % interval
  double whole_high_ms = 0;
  double stage_overhead_ms = 0;
  double receive_ms_per_mb = 0;  // for the copies and changes of layout at a cut
  double send_ms_per_mb = 0;
  std::vector<double> layer_ms;  // in Graph's order; a kernel's whole time stands at the first of its layers. They add
                                 // up to whole_ms − stage_overhead_ms
  double unattributed_ms = 0;    // instrumented time of kernels that belong to no layer; spread over layer_ms
  double peak_bytes = 0;         // of the whole model; 0: unknown

  // By layer, whether it is the last one of a kernel. The engine fuses any other layer with those that follow: a cut
  // there would break the kernel, so no plan has one.
  std::vector<bool> ends_kernel;

  bool operator==(const ModelCosts&) const = default;
};

// Milliseconds to move a tensor one way, transmission only.
double transfer_ms(double size_bytes, double bandwidth_mbps);

}  // namespace tandem::cost
