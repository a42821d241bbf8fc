// The page of `tandem profile --report`: the measurements of a model, as one HTML file that needs no network. Tables
// are plain HTML; charts are drawn by Apache ECharts, which the page includes. The caller fills in plain data. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/page_plan.h"

namespace tandem::report {

struct PageLayer {
  std::string name;
  std::string op_type;
  std::optional<double> bytes_after;  // of the frontier after the layer; none: no cut there
  std::size_t cut_tensors = 0;        // in that frontier
};

struct PageTarget {
  std::string name;
  std::string tier;     // may be empty, as all text
  std::string machine;  // architecture, CPU, cores, slowdown
  std::string engine;
  std::int64_t measured_at_s = 0;  // Unix time; 0: unknown
  bool is_predicted = false;       // this model was not measured on this target
  bool is_noisy = false;
  Figure whole;  // measured: 95 % interval of the median; predicted: 90 %
  double p95_ms = 0;
  double p99_ms = 0;
  std::size_t sample_count = 0;
  double stage_overhead_ms = 0;
  double load_ms = 0;
  double resident_bytes = 0;
  double peak_bytes = 0;
  double unattributed_ms = 0;
  std::vector<double> layer_ms;  // by layer; a kernel's time stands at the first of its layers

  // By layer: the first layer of its kernel; empty: unknown. Then a layer without time counts to the last one before it
  // that has some.
  std::vector<std::size_t> kernel_first;
};

struct PageReading {
  double value = 0;
  std::string source;  // "probe", "transfer", "given"
  std::int64_t measured_at_s = 0;
};

struct PageLink {
  std::string from;
  std::string to;
  PageReading round_trip_ms;
  PageReading jitter_ms;
  PageReading upload_mbps;    // from → to
  PageReading download_mbps;  // to → from
};

// A measured stage time, and its prediction without that measurement.
struct PageCheck {
  std::string target;
  std::string layers;  // "13–40"
  Figure measured;
  double predicted_ms = 0;
};

struct ProfilePage {
  std::string model;
  std::string digest;
  std::int64_t made_at_s = 0;
  std::vector<PageLayer> layers;
  std::vector<PageTarget> targets;
  std::vector<PageLink> links;
  std::vector<PagePlan> plans;  // in any order; the page sorts them
  std::vector<PageCheck> checks;
};

// A whole file, UTF-8, a little over 1 MB. Any text is allowed in any field: none of it becomes markup or script.
// Throws Error(InvalidInput) unless each target has one time for each layer.
std::string to_html(const ProfilePage& page);

}  // namespace tandem::report
