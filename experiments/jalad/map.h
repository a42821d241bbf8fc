// Where a split wins: published measurements of networks and machines, planned at many bandwidths with what crosses
// encoded. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/problem/problem.h"
#include "scission_data.h"

namespace tandem::jalad {

// MB of float32 a second that a codec takes in and gives back on one core; 0: as fast as one likes.
struct CodecSpeed {
  double encode_mbs = 0;
  double decode_mbs = 0;
};

struct MapEncoding {
  std::string name;
  double bits = 32;  // per element; 32: as it is
  CodecSpeed speed;  // on a server
};

struct MapSetting {
  double input_bytes = scission::kInputBytes;  // on the wire, whatever else is encoded how
  std::vector<double> bandwidths_mbps;
};

// How many times longer the device takes than the fastest machine: the median over networks. By so much codecs are
// slower there.
double device_slowdown(const scission::Data& data);

// The device, and every server at the same bandwidth, with the round trips of the data set's network "wired". Servers
// are not linked to each other: what is left to them crosses the link once.
plan::Problem map_problem(const scission::Data& data, const std::string& network, double mbps,
                          const MapEncoding& encoding, double input_bytes);

struct MapCell {
  std::string network;
  double mbps = 0;
  std::string winner;       // "split", or of the machine that runs it all, the tier
  double latency_ms = 0;    // of the best plan
  double native_ms = 0;     // of the best plan that runs it all on one machine
  double gain_percent = 0;  // of that; 0 unless a split wins
};
// For every network and bandwidth, network by network.
std::vector<MapCell> map_cells(const scission::Data& data, const MapEncoding& encoding, const MapSetting& setting);

std::size_t count_splits(const std::vector<MapCell>& cells);

// `count` bandwidths from low to high, at equal ratios.
std::vector<double> spread(double low, double high, std::size_t count);

}  // namespace tandem::jalad
