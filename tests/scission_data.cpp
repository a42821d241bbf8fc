#include "scission_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/error.h"

namespace tandem::scission {
namespace {

namespace fs = std::filesystem;

constexpr std::array kTiers = {"device", "edge", "cloud"};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

double number_in(const std::string& cell, const fs::path& path) {
  char* end = nullptr;
  const double number = std::strtod(cell.c_str(), &end);
  if (cell.empty() || *end != '\0') {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: expected a number, found '{}'", path.string(), cell));
  }
  return number;
}

// The cells of all lines but the head.
std::vector<std::vector<std::string>> read_table(const fs::path& path, std::size_t columns) {
  std::ifstream file(path);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  for (std::getline(file, line); std::getline(file, line);) {
    std::vector<std::string> cells;
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t comma = std::min(line.find(',', begin), line.size());
      cells.push_back(trimmed(line.substr(begin, comma - begin)));
      begin = comma + 1;
    }
    if (cells.size() != columns) {
      throw base::Error(base::ErrorKind::InvalidInput,
                        fmt::format("{}: expected {} columns, found '{}'", path.string(), columns, line));
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::size_t tier_index(const std::string& system) {
  return static_cast<std::size_t>(std::ranges::find(kTiers, tier_of(system)) - kTiers.begin());
}

void read_blocks(const fs::path& path, Data& data) {
  for (const auto& cells : read_table(path, 7)) {
    add_once(data.systems, cells[0]);
    add_once(data.models, cells[1]);
    data.blocks[{cells[1], cells[0]}].push_back({static_cast<std::size_t>(number_in(cells[3], path)),
                                                 static_cast<std::size_t>(number_in(cells[4], path)),
                                                 number_in(cells[5], path), number_in(cells[6], path)});
  }
  std::ranges::stable_sort(data.systems, {}, tier_index);
}

// The networks name machines: a system without its tier.
std::string system_of(const Data& data, const std::string& machine) {
  const auto system = std::ranges::find_if(
      data.systems, [&](const std::string& each) { return each.substr(tier_of(each).size() + 1) == machine; });
  if (system == data.systems.end()) {
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("no measurements of the machine '{}'", machine));
  }
  return *system;
}

void read_network(const fs::path& path, const std::string& name, Data& data) {
  for (const auto& cells : read_table(path, 4)) {
    data.networks[name][{system_of(data, cells[0]), system_of(data, cells[1])}] = {
        number_in(cells[2], path) / 1000, std::round(125'000 * number_in(cells[3], path))};
  }
}

void add_blocks(const std::vector<Block>& blocks, plan::Problem& problem) {
  problem.tensors.push_back({"input", plan::kNone, {0}, {{"raw", kInputBytes}}});
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    problem.blocks.push_back({fmt::format("block{}", i), blocks[i].first_layer, blocks[i].last_layer + 1});
    if (i + 1 == blocks.size()) return;
    problem.tensors.push_back({problem.blocks[i].name, i, {i + 1}, {{"raw", blocks[i].output_bytes}}});
  }
}

}  // namespace

std::string tier_of(const std::string& system) {
  return system.substr(0, system.find('-'));
}

std::optional<fs::path> find_data() {
  std::vector<fs::path> candidates;
  if (const char* given = std::getenv("TANDEM_DATA")) candidates.push_back(given);
  const fs::path sources = fs::weakly_canonical(TANDEM_SOURCE_DIR);
  for (fs::path folder = sources; folder != folder.root_path(); folder = folder.parent_path())
    candidates.push_back(folder.parent_path() / "shared" / "data");
  for (const auto& candidate : candidates) {
    if (fs::exists(candidate / "scission" / "blocks.csv")) return candidate / "scission";
  }
  return std::nullopt;
}

Data read(const fs::path& folder) {
  Data data;
  read_blocks(folder / "blocks.csv", data);
  for (const std::string network : {"3g", "wired"})
    read_network(folder / fmt::format("net_{}.csv", network), network, data);
  return data;
}

plan::Problem make_problem(const Data& data, const std::string& model, const std::string& network) {
  plan::Problem problem;
  problem.tiers = {kTiers.begin(), kTiers.end()};
  problem.allows_relays = false;
  add_blocks(data.blocks.at({model, data.systems.at(0)}), problem);
  for (const auto& system : data.systems) {
    plan::Target target{system, tier_index(system)};
    for (const auto& block : data.blocks.at({model, system})) target.block_ms.push_back(block.seconds * 1000);
    problem.targets.push_back(std::move(target));
  }
  const auto index_of = [&](const std::string& system) {
    return static_cast<std::size_t>(std::ranges::find(data.systems, system) - data.systems.begin());
  };
  for (const auto& [ends, hop] : data.networks.at(network)) {
    const double mbps = hop.bytes_per_second * 8 / 1e6;
    problem.links.push_back({index_of(ends.first), index_of(ends.second), hop.ping_seconds * 1000, mbps, mbps});
  }
  return problem;
}

}  // namespace tandem::scission
