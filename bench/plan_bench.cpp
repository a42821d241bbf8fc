// How long the planner takes. Each row is the median of repeated solves; where a row covers several bandwidths, that of
// the slowest one.
//
//   plan_bench [--runs 21] [--json]
//
// The published measurements are read where they are (TANDEM_DATA, or shared/data beside the project); without them
// their row is left out.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <random>

#include "base/error.h"
#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "plan/make/from_costs.h"
#include "plan/solve/flow.h"
#include "plan/solve/solve.h"
#include "scission_data.h"
#include "zoo/zoo.h"

namespace tandem::bench {
namespace {

using plan::Problem;

constexpr double kBandwidths[] = {1, 5, 20, 50, 100, 200, 500, 1000};  // Mbit/s

double time_us(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

struct Row {
  std::string what;
  double median_us = 0;
  base::Interval interval;
  double limit_us = 0;
  std::string note;
};

class Benches {
 public:
  explicit Benches(int runs) : runs_(runs) {}

  const std::vector<Row>& rows() const { return rows_; }

  void add(const std::string& what, double limit_us, const std::function<void()>& action,
           const std::string& note = "") {
    action();
    std::vector<double> samples;
    for (int i = 0; i < runs_; ++i) samples.push_back(time_us(action));
    rows_.push_back({what, base::median(samples), base::median_interval(samples), limit_us, note});
  }

  // The slowest of the bandwidths. The note says which solver ran and what the plans look like.
  void add_sweep(const std::string& what, double limit_us, Problem problem) {
    Row worst{what, -1, {}, limit_us, {}};
    const auto links = problem.links;
    std::size_t splits = 0;
    plan::Solution solution;
    for (const double bandwidth : kBandwidths) {
      for (std::size_t i = 0; i < links.size(); ++i)
        problem.links[i].upload_mbps = problem.links[i].download_mbps = links[i].upload_mbps * bandwidth;
      std::vector<double> samples;
      for (int i = 0; i < runs_; ++i) samples.push_back(time_us([&] { solution = plan::solve(problem); }));
      splits += solution.plans.at(0).is_native() ? 0 : 1;
      if (base::median(samples) <= worst.median_us) continue;
      worst.median_us = base::median(samples);
      worst.interval = base::median_interval(samples);
    }
    worst.note =
        fmt::format("solver {}, a split wins at {} of {} bandwidths", solution.solver, splits, std::size(kBandwidths));
    rows_.push_back(worst);
  }

 private:
  int runs_;
  std::vector<Row> rows_;
};

// Machines: so many billion multiply-accumulates and bytes a second, every layer somewhat off.
struct Machine {
  const char* tier;
  double speed;
};

class Noise {
 public:
  double factor() { return std::exp(std::normal_distribution<double>(0, 0.3)(random_)); }
  double between(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_); }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  std::mt19937 random_{7};
};

double layer_ms(double multiply_accumulates, double bytes, double speed) {
  return multiply_accumulates / (speed * 1e6) + bytes / (speed * 4e6) + 0.002;
}

// `per_tier` targets in every tier between the first and the last, each somewhat different.
void add_targets(Problem& problem, std::size_t tiers, const std::vector<double>& work, const std::vector<double>& bytes,
                 Noise& noise, std::size_t per_tier = 1) {
  const double speeds[] = {2, 10, 30, 100};
  const char* names[] = {"device", "gateway", "edge", "cloud"};
  for (std::size_t tier = 0; tier < tiers; ++tier) {
    const bool is_end = tier == 0 || tier + 1 == tiers;
    const std::size_t kind = tier + 1 == tiers ? 3 : tier;
    problem.tiers.push_back(names[kind]);
    for (std::size_t i = 0; i < (is_end ? 1 : per_tier); ++i) {
      plan::Target target;
      target.name = fmt::format("{}{}", names[kind], i);
      target.tier = tier;
      target.stage_overhead_ms = 0.1;
      for (std::size_t block = 0; block < work.size(); ++block)
        target.block_ms.push_back(noise.factor() * layer_ms(work[block], bytes[block], speeds[kind]));
      problem.targets.push_back(std::move(target));
    }
  }
  for (std::size_t from = 0; from < problem.targets.size(); ++from) {
    for (std::size_t to = from + 1; to < problem.targets.size(); ++to) {
      const auto distance =
          static_cast<double>(problem.targets[to].tier) - static_cast<double>(problem.targets[from].tier);
      if (distance <= 0) continue;
      const double bandwidth = (from == 0 ? 1 : 4) / distance * (per_tier == 1 ? 1 : noise.factor());
      problem.links.push_back({from, to, 2 + 4 * distance, bandwidth, bandwidth});
    }
  }
  problem.answer_bytes = 4000;
}

plan::Tensor tensor(std::string name, std::size_t producer, std::vector<std::size_t> consumers, double bytes) {
  plan::Tensor made{std::move(name), producer, std::move(consumers), {}};
  made.encodings.emplace_back().bytes = bytes;
  return made;
}

Problem network(const model::Graph& graph, std::size_t tiers) {
  Noise noise;
  Problem problem;
  std::vector<double> work, bytes;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    problem.blocks.push_back({graph.layers[i].name, i, i + 1, 0});
    work.push_back(static_cast<double>(graph.layers[i].multiply_accumulates));
    bytes.push_back(static_cast<double>(graph.layers[i].output_bytes));
  }
  for (const auto& info : graph.tensors) {
    if (info.consumers.empty()) continue;
    problem.tensors.push_back(tensor(info.name, info.producer == model::kNoLayer ? plan::kNone : info.producer,
                                     info.consumers, static_cast<double>(info.size_bytes)));
  }
  add_targets(problem, tiers, work, bytes, noise);
  return problem;
}

// Cells of four branches of four layers each that start from one of the last two cells, and a layer that joins them;
// tensors shrink as those of vision networks do.
Problem synthetic_graph(std::size_t layers, std::size_t tiers, std::size_t per_tier = 1) {
  constexpr std::size_t kBranches = 4, kLength = 4, kCell = kBranches * kLength + 1;
  Noise noise;
  Problem problem;
  std::vector<double> work, bytes;
  std::vector<std::vector<std::size_t>> consumers(layers);
  const auto read = [&](std::size_t layer, std::size_t reader) { consumers[layer].push_back(reader); };
  for (std::size_t i = 0; i < layers; ++i) {
    problem.blocks.push_back({fmt::format("layer{}", i), i, i + 1, 0});
    const double depth = static_cast<double>(i) / static_cast<double>(layers);
    bytes.push_back(std::exp(13.5 - 4 * depth) * noise.factor());
    work.push_back(noise.below(3) == 0 ? noise.between(1e6, 2e7) : 0);
    if (i == 0) continue;
    const std::size_t cell = (i - 1) / kCell;
    const std::size_t place = (i - 1) % kCell;
    const auto output_of = [&](std::size_t each) { return each * kCell; };  // of the cell before `each`
    if (place == kCell - 1) {
      for (std::size_t branch = 1; branch <= kBranches; ++branch) read(output_of(cell) + branch * kLength, i);
    } else if (place % kLength == 0) {
      read(output_of(cell > 0 && noise.below(2) == 0 ? cell - 1 : cell), i);
    } else {
      read(i - 1, i);
    }
  }
  problem.tensors.push_back(tensor("input", plan::kNone, {0}, 600'000));
  for (std::size_t i = 0; i < layers; ++i) {
    if (!consumers[i].empty()) problem.tensors.push_back(tensor(fmt::format("t{}", i), i, consumers[i], bytes[i]));
  }
  add_targets(problem, tiers, work, bytes, noise, per_tier);
  return problem;
}

Problem chain(std::size_t blocks, const std::vector<std::size_t>& targets_of_tier) {
  Noise noise;
  Problem problem;
  for (std::size_t i = 0; i < blocks; ++i) {
    problem.blocks.push_back({fmt::format("block{}", i), i, i + 1, 0});
    problem.tensors.push_back(
        tensor(fmt::format("t{}", i), i == 0 ? plan::kNone : i - 1, {i}, noise.between(1e4, 1e6)));
  }
  for (std::size_t tier = 0; tier < targets_of_tier.size(); ++tier) {
    problem.tiers.push_back(fmt::format("tier{}", tier));
    for (std::size_t i = 0; i < targets_of_tier[tier]; ++i) {
      plan::Target target;
      target.name = fmt::format("t{}-{}", tier, i);
      target.tier = tier;
      target.stage_overhead_ms = 0.2;
      for (std::size_t block = 0; block < blocks; ++block)
        target.block_ms.push_back(noise.between(0.5, 1.5) * 8 / std::pow(4.0, static_cast<double>(tier)));
      problem.targets.push_back(std::move(target));
    }
  }
  for (std::size_t from = 0; from < problem.targets.size(); ++from) {
    for (std::size_t to = 0; to < problem.targets.size(); ++to) {
      if (problem.targets[from].tier < problem.targets[to].tier)
        problem.links.push_back({from, to, noise.between(1, 20), noise.between(0.5, 2), noise.between(0.5, 2)});
    }
  }
  problem.answer_bytes = 4000;
  return problem;
}

void add_scission(Benches& benches) {
  const auto folder = scission::find_data();
  if (!folder) return;
  const scission::Data data = scission::read(*folder);
  std::vector<Problem> problems;
  for (const auto& [network, hops] : data.networks) {
    for (const auto& model : data.models) problems.push_back(scission::make_problem(data, model, network));
  }
  benches.add(fmt::format("published measurements: {} queries, together", problems.size()), 5000, [&] {
    for (const auto& problem : problems) {
      if (plan::solve(problem).plans.empty()) throw base::Error(base::ErrorKind::Internal, "no plan");
    }
  });
}

// One network of the kind that plans are cut from, for our minimum cut and for Boost's.
struct CutNetwork {
  struct Arc {
    std::size_t from, to;
    std::int64_t capacity;
  };
  std::size_t vertices = 0;
  std::vector<std::int64_t> gain;  // above zero: paid on the sink's side, below: on the source's
  std::vector<Arc> arcs;

  explicit CutNetwork(const Problem& problem) : vertices(problem.blocks.size()), gain(vertices) {
    constexpr double kScale = 1e6;
    const auto& device = problem.targets.front();
    const auto& cloud = problem.targets.back();
    for (std::size_t i = 0; i < vertices; ++i)
      gain[i] = static_cast<std::int64_t>(kScale * (cloud.block_ms[i] - device.block_ms[i]));
    for (const auto& each : problem.tensors) {
      const auto cost = static_cast<std::int64_t>(kScale * each.encodings[0].bytes * 8 / (50 * 1000));
      if (each.producer == plan::kNone) {
        gain[each.consumers[0]] += cost;
        continue;
      }
      const std::size_t any = each.consumers.size() == 1 ? each.consumers[0] : vertices++;
      arcs.push_back({each.producer, any, cost});
      for (const std::size_t consumer : each.consumers) {
        arcs.push_back({consumer, each.producer, plan::FlowNetwork::kInfinite});
        if (any != consumer) arcs.push_back({any, consumer, plan::FlowNetwork::kInfinite});
      }
    }
    gain.resize(vertices);
  }
};

std::int64_t cut_with_ours(const CutNetwork& network) {
  plan::FlowNetwork flow;
  for (std::size_t i = 0; i < network.vertices; ++i) {
    flow.add_vertex();
    if (network.gain[i] > 0) flow.add_cost_on_sink_side(i, network.gain[i]);
    if (network.gain[i] < 0) flow.add_cost_on_source_side(i, -network.gain[i]);
  }
  for (const auto& arc : network.arcs) flow.add_arc(arc.from, arc.to, arc.capacity);
  return flow.solve();
}

std::int64_t cut_with_boost(const CutNetwork& network) {
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  using Edge = boost::property<boost::edge_capacity_t, std::int64_t,
                               boost::property<boost::edge_residual_capacity_t, std::int64_t,
                                               boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>;
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Edge>;
  Graph graph(network.vertices + 2);
  const std::size_t source = network.vertices;
  const std::size_t sink = source + 1;
  auto capacity = boost::get(boost::edge_capacity, graph);
  auto reverse = boost::get(boost::edge_reverse, graph);
  const auto add = [&](std::size_t from, std::size_t to, std::int64_t amount) {
    const auto forward = boost::add_edge(from, to, graph).first;
    const auto backward = boost::add_edge(to, from, graph).first;
    capacity[forward] = amount;
    capacity[backward] = 0;
    reverse[forward] = backward;
    reverse[backward] = forward;
  };
  for (std::size_t i = 0; i < network.vertices; ++i) {
    if (network.gain[i] > 0) add(source, i, network.gain[i]);
    if (network.gain[i] < 0) add(i, sink, -network.gain[i]);
  }
  for (const auto& arc : network.arcs) add(arc.from, arc.to, arc.capacity);
  return boost::push_relabel_max_flow(graph, source, sink);
}

void add_cuts(Benches& benches, const std::string& name, const Problem& problem) {
  const CutNetwork network(problem);
  if (cut_with_ours(network) != cut_with_boost(network))
    throw base::Error(base::ErrorKind::Internal, "the two minimum cuts differ");
  const std::string size = fmt::format("{} vertices, {} arcs", network.vertices, network.arcs.size());
  benches.add(
      name + ": one minimum cut, ours", 0, [&] { cut_with_ours(network); }, size);
  benches.add(
      name + ": the same by Boost's push_relabel_max_flow", 0, [&] { cut_with_boost(network); }, size);
}

void print(const std::vector<Row>& rows, bool as_json) {
  base::Json list = base::Json::array();
  if (!as_json) fmt::print("{:<66} {:>11} {:>21} {:>9}\n", "what", "median ms", "95 % interval", "asked");
  for (const auto& row : rows) {
    list.push_back({{"what", row.what},
                    {"median_us", row.median_us},
                    {"low_us", row.interval.low},
                    {"high_us", row.interval.high},
                    {"asked_us", row.limit_us > 0 ? base::Json(row.limit_us) : base::Json(nullptr)},
                    {"note", row.note}});
    if (as_json) continue;
    fmt::print("{:<66} {:>11.4f} {:>10.4f}–{:<10.4f} {:>9}  {}\n", row.what, row.median_us / 1000,
               row.interval.low / 1000, row.interval.high / 1000,
               row.limit_us > 0 ? fmt::format("≤ {:g}", row.limit_us / 1000) : "", row.note);
  }
  if (as_json) fmt::print("{}\n", list.dump(1));
}

void run(int runs, bool as_json) {
  Benches benches(runs);
  add_scission(benches);
  benches.add_sweep("a chain of 400 blocks, 3 tiers of one target", 1000, chain(400, {1, 1, 1}));
  const auto engine = engine::onnx_runtime({});
  const model::Model nasnet =
      engine::complete(model::Source::from_part(zoo::build("nasnetlarge"), "nasnetlarge"), *engine);
  const std::string name = fmt::format("NASNetLarge, {} layers", nasnet.graph().layers.size());
  benches.add_sweep(name + ", 3 tiers", 5000, network(nasnet.graph(), 3));
  benches.add_sweep(name + ", 4 tiers", 10'000, network(nasnet.graph(), 4));
  Problem guarded = network(nasnet.graph(), 3);
  plan::Constraint keep_input;
  keep_input.kind = plan::ConstraintKind::Private;
  keep_input.targets = {0};
  guarded.constraints = {keep_input};
  benches.add_sweep(name + ", 3 tiers, the raw input stays", 5000, guarded);
  benches.add_sweep("a synthetic graph of 10,000 layers, 3 tiers", 150'000, synthetic_graph(10'000, 3));
  benches.add_sweep("1 device, 1,000 edges, 10 clouds, a chain of 100 blocks", 20'000, chain(100, {1, 1000, 10}));
  benches.add_sweep("a synthetic graph of 100 layers, 1 device, 1,000 edges, 1 cloud", 0,
                    synthetic_graph(100, 3, 1000));
  add_cuts(benches, "NASNetLarge, 2 tiers", network(nasnet.graph(), 2));
  add_cuts(benches, "a synthetic graph of 10,000 layers, 2 tiers", synthetic_graph(10'000, 2));
  print(benches.rows(), as_json);
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  tandem::cli::CommandLine command_line("How long the planner takes");
  tandem::cli::Command application = command_line.root();
  int runs = 21;
  bool as_json = false;
  application.add_option("--runs", runs).range(1, 10'000).show_default();
  application.add_flag("--json", as_json);
  if (const auto code = command_line.parse(argc, argv)) return *code;
  try {
    tandem::bench::run(runs, as_json);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("plan_bench", failure);
  }
}
