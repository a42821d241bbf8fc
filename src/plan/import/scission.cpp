// Scission: Lockhart, Harvey, Imai, Willis and Varghese, "Scission: Performance-driven and Context-aware
// Cloud-Edge Distribution of Deep Neural Networks", UCC 2020; github.com/qub-blesson/Scission. Its cost of a hop is the
// ping and the bytes over round(125,000 × Mbit/s) bytes a second; nothing comes back.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "plan/import/csv.h"
#include "plan/import/parts.h"
#include "plan/import/pickle.h"
#include "plan/problem/problem_check.h"

namespace tandem::plan {
namespace {

constexpr std::array kTiers = {"device", "edge", "cloud"};
constexpr double kMostSeconds = 1e9;
constexpr double kMostBytes = 1e15;
constexpr double kMostMbps = 1e9;
constexpr std::size_t kLastLayer = 1'000'000'000;

struct Segment {
  std::size_t first = 0;  // layers, both included
  std::size_t last = 0;
  double seconds = 0;
  double output_bytes = 0;
};

struct Measurements {
  std::vector<std::string> systems;  // "device-raspi4": tier and name
  std::vector<std::string> models;
  std::map<std::pair<std::string, std::string>, std::vector<Segment>> blocks;  // of (model, system)

  void add(const std::string& system, const std::string& model, const Segment& segment) {
    add_once(systems, system);
    add_once(models, model);
    blocks[{model, system}].push_back(segment);
  }
};

std::size_t tier_of(const std::string& system, const std::string& place) {
  const auto tier = std::ranges::find(kTiers, system.substr(0, system.find('-')));
  if (tier == kTiers.end() || system.find('-') == std::string::npos)
    refuse(place, fmt::format("'{}': expected device-NAME, edge-NAME or cloud-NAME", system));
  return static_cast<std::size_t>(tier - kTiers.begin());
}

void read_blocks(const ImportFile& file, Measurements& measurements) {
  const CsvTable table(file);
  for (std::size_t row = 0; row < table.size(); ++row) {
    tier_of(table.text(row, "system"), table.place(row));
    measurements.add(
        table.text(row, "system"), table.text(row, "model"),
        {table.index(row, "first_layer", kLastLayer), table.index(row, "last_layer", kLastLayer),
         table.number(row, "seconds", 0, kMostSeconds), table.number(row, "output_npy_bytes", 0, kMostBytes)});
  }
}

// A benchmark as scission_benchmark.py keeps it: by model, a list of objects.
void read_benchmark(const ImportFile& file, Measurements& measurements) {
  const std::string name = file_name(file.path);
  const std::string system = name.substr(0, name.rfind('.'));
  tier_of(system, file.path);
  const base::Json pickled = read_pickle(file);
  for (const auto& [model, layers] : base::JsonView(pickled, file.path).members()) {
    for (const auto& layer : layers.items(kMostImportedBlocks)) {
      measurements.add(
          system, model,
          {static_cast<std::size_t>(layer["input_layer"].integer(0, kLastLayer)),
           static_cast<std::size_t>(layer["output_layer"].integer(0, kLastLayer)),
           layer["second_prediction"].number(0, kMostSeconds), layer["output_size"].number(0, kMostBytes)});
    }
  }
}

class ScissionImport {
 public:
  ScissionImport(const std::vector<ImportFile>& files, const ImportOptions& options) : options_(options) {
    for (const auto& file : files) sort_in(file);
    if (network_ == nullptr)
      refuse("scission", "no CSV of the network: source, destination, ping(ms), bandwidth(mbps)");
    imported_.model = choose("model", options.model, measurements_.models);
  }

  Imported take() && {
    Problem& problem = imported_.problem;
    problem.tiers = {kTiers.begin(), kTiers.end()};
    problem.allows_relays = false;
    add_targets();
    add_blocks();
    add_links();
    check(problem, "scission");
    imported_.lost.emplace_back(
        "the answer's way back and a machine's overhead for each stage: Scission measures none");
    return std::move(imported_);
  }

 private:
  void sort_in(const ImportFile& file) {
    if (file_name(file.path).ends_with(".dat")) return read_benchmark(file, measurements_);
    if (!CsvTable(file).has_column("source")) return read_blocks(file, measurements_);
    if (network_ != nullptr) refuse(file.path, fmt::format("a second network beside {}", network_->path));
    network_ = &file;
  }

  const std::vector<Segment>& blocks_of(const std::string& system) const {
    return measurements_.blocks.at({imported_.model, system});
  }

  void add_targets() {
    Problem& problem = imported_.problem;
    std::vector<std::string> systems;
    for (const auto& system : measurements_.systems) {
      if (measurements_.blocks.contains({imported_.model, system})) systems.push_back(system);
    }
    std::ranges::stable_sort(systems, {}, [](const std::string& system) { return tier_of(system, system); });
    for (const auto& system : systems) {
      const std::size_t tier = tier_of(system, system);
      if (tier == 0 && !problem.targets.empty()) {
        imported_.lost.push_back(fmt::format("{}: requests come from {}", system, problem.targets[0].name));
        continue;
      }
      problem.targets.push_back({system, tier});
      for (const auto& block : blocks_of(system)) problem.targets.back().block_ms.push_back(block.seconds * 1000);
    }
    if (problem.targets.empty() || problem.targets[0].tier != 0)
      refuse("scission", fmt::format("no measurements of {} on a device, from which requests come", imported_.model));
  }

  void add_blocks() {
    Problem& problem = imported_.problem;
    const auto& blocks = blocks_of(problem.targets[0].name);
    std::vector<double> output_bytes;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      problem.blocks.push_back({fmt::format("block{}", i), blocks[i].first, blocks[i].last + 1});
      output_bytes.push_back(blocks[i].output_bytes);
    }
    for (const auto& target : problem.targets) expect_same_blocks(target.name, blocks);
    add_chain_tensors(problem, options_.input_bytes, output_bytes);
  }

  void expect_same_blocks(const std::string& system, const std::vector<Segment>& blocks) const {
    const auto& others = blocks_of(system);
    const auto ends = [](const Segment& segment) { return std::pair(segment.first, segment.last); };
    if (!std::ranges::equal(others, blocks, {}, ends, ends))
      refuse(system, fmt::format("{} is cut into other blocks there than on {}", imported_.model,
                                 imported_.problem.targets[0].name));
  }

  // The network names machines without their tiers. kNone: one without measurements.
  std::size_t target_named(const std::string& machine) const {
    const auto& targets = imported_.problem.targets;
    const auto found = std::ranges::find_if(targets, [&](const Target& target) {
      return target.name == machine || target.name.substr(target.name.find('-') + 1) == machine;
    });
    return found == targets.end() ? kNone : static_cast<std::size_t>(found - targets.begin());
  }

  void add_links() {
    const CsvTable table(*network_);
    for (std::size_t row = 0; row < table.size(); ++row) {
      const std::size_t from = target_named(table.text(row, "source"));
      const std::size_t to = target_named(table.text(row, "destination"));
      const double ping_ms = table.number(row, "ping(ms)", 0, kMostSeconds);
      const double bytes_per_second = std::round(125'000 * table.number(row, "bandwidth(mbps)", 1e-5, kMostMbps));
      const double mbps = bytes_per_second * 8 / 1e6;
      if (from != kNone && to != kNone) imported_.problem.links.push_back({from, to, ping_ms, mbps, mbps});
    }
  }

  const ImportOptions& options_;
  Measurements measurements_;
  const ImportFile* network_ = nullptr;
  Imported imported_;
};

}  // namespace

Imported import_scission(const std::vector<ImportFile>& files, const ImportOptions& options) {
  return ScissionImport(files, options).take();
}

}  // namespace tandem::plan
