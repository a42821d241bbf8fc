// How long a trained network's answer takes over a link, by what each method may choose. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cost/codec_rates.h"
#include "map.h"
#include "model/graph.h"
#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::jalad {

// What the answer may lose, percentage points, and where it may be computed.
struct LatencySetting {
  std::vector<double> slowdowns = {30, 1, 0.5};  // of the device, the edge, the cloud: times what was measured here
  std::vector<double> bandwidths_mbps = {0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100};
  CodecSpeed speed;        // of the fitted codec, here
  CodecSpeed jalad_speed;  // of JALAD's
  double points = 1;
};

// What was measured of a network that has one exit.
struct Subject {
  const model::Graph& graph;
  std::vector<double> layer_ms;        // here; a kernel's whole time may stand at any of its layers
  std::vector<cost::CodecRate> rates;  // on its tensors
};

// Three targets. The device reaches the edge in a round trip of 5 ms and the cloud in one of 30 ms, both at `mbps`; the
// edge reaches the cloud in 25 ms at 1000 Mbit/s. Of codecs, those of `families` with a setting that lost at most the
// points on the calibration part; what a plan loses in all is bounded by that too. Encoding and decoding take time for
// the fitted codec and JALAD's only: other codecs are flattered. Throws Error(InvalidInput) when slowdowns are not
// three.
plan::Problem latency_problem(const Subject& subject, const LatencySetting& setting, double mbps,
                              const std::vector<std::string>& families);

// The ways to answer that are compared, in the order of the tables. The last one is Tandem.
struct Method {
  std::string name;
  std::string about;
  std::vector<std::string> families;  // of codecs that it may use beside sending as it is
  enum class Place { Anywhere, Device, Server } place = Place::Anywhere;
  bool needs_codec = false;  // it is no such method where no setting of its codecs loses little enough
};
const std::vector<Method>& methods();

// The fastest plan that the method may take; none: it lacks the codec that it needs.
std::optional<plan::Plan> choose(const Subject& subject, const LatencySetting& setting, double mbps,
                                 const Method& method);

// "features: jalad bits=3", of all tensors that a plan sends; with commas between them.
std::string sent_text(const plan::Plan& plan);

}  // namespace tandem::jalad
