// Scission's published measurements (18 networks, five machines, two networks between them), where the folder
// shared/data with them is at hand: the project never copies them. For scission_test and bench/plan_bench.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::scission {

inline constexpr double kInputBytes = 150'000;

struct Block {
  std::size_t first_layer = 0;
  std::size_t last_layer = 0;  // included
  double seconds = 0;
  double output_bytes = 0;
};

struct Hop {
  double ping_seconds = 0;
  double bytes_per_second = 0;
};

struct Data {
  std::vector<std::string> models;                                           // as in the file
  std::vector<std::string> systems;                                          // the device, the edges, the clouds
  std::map<std::pair<std::string, std::string>, std::vector<Block>> blocks;  // of (model, system)
  std::map<std::string, std::map<std::pair<std::string, std::string>, Hop>> networks;  // hop from system to system
};

// "device-raspi4" is of the tier "device".
std::string tier_of(const std::string& system);

// The folder with the CSV files: $TANDEM_DATA/scission, else shared/data/scission beside a folder above the sources.
std::optional<std::filesystem::path> find_data();

// Throws base::Error on a line that is none of this data.
Data read(const std::filesystem::path& folder);

// Their cost model: a hop costs its ping and the bytes over its rate; nothing comes back. `network`: "3g" or "wired".
plan::Problem make_problem(const Data& data, const std::string& model, const std::string& network);

}  // namespace tandem::scission
