// msr: Tarnawski, Phanishayee, Devanur, Mahajan and Paravecino, "Efficient Algorithms for Device Placement of DNN Graph
// Operators", NeurIPS 2020; github.com/msr-fiddle/dnn-partitioning. Its load of an accelerator (section 3, and
// prepareCachedScores of its program): the nodes' times, and for each node whose output enters or leaves its cost, once
// for each; a CPU pays the nodes' times alone.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "plan/import/merged_graph.h"
#include "plan/import/parts.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/problem_check.h"

namespace tandem::plan {
namespace {

constexpr double kMostMs = 1e18;
constexpr double kMostBytes = 1e18;
constexpr double kAnyMbps = 1e12;  // sending takes the accelerators' time, not the link's
constexpr std::int64_t kMostId = 1'000'000'000'000;
constexpr std::size_t kMostEdges = 1'000'000;
constexpr std::size_t kBlocksPerConstraint = 200;

struct Node {
  std::string name;
  double cpu_ms = 0;
  double accelerator_ms = 0;
  double bytes = 0;
  double transfer_ms = 0;  // of its output, in or out
  bool runs_on_accelerator = true;
};

bool flag(const base::JsonView& view) {
  return view.json().is_boolean() ? view.boolean() : view.integer(0, 1) != 0;
}

class MsrImport {
 public:
  explicit MsrImport(const ImportFile& file)
      : json_(base::parse_json(file.content, file.path)), root_(json_, file.path) {}

  Imported take() && {
    read_nodes();
    read_edges();
    blocks_ = merge_groups(groups_, edges_);
    add_blocks();
    add_targets();
    add_tensors();
    problem().objective.kind = ObjectiveKind::Throughput;
    problem().allows_bypass = true;
    check(problem(), root_.where());
    add_constraints();
    check(problem(), root_.where());
    note_losses();
    return std::move(imported_);
  }

 private:
  Problem& problem() { return imported_.problem; }

  void read_nodes() {
    constexpr std::size_t kOwnGroup = std::size_t{1} << 62;  // beyond all colour classes
    for (const auto& view : root_["nodes"].items(kMostImportedBlocks)) {
      const std::size_t index = nodes_.size();
      const auto id = view["id"].integer(-kMostId, kMostId);
      if (!index_of_id_.try_emplace(id, index).second) view["id"].fail("an id that no other node has");
      if (flag(view["isBackwardNode"]))
        throw base::Error(base::ErrorKind::Unsupported,
                          fmt::format("{}: a node of a backward pass, expected a graph for inference", view.where()));
      const auto color = view.find("colorClass");
      groups_.push_back(color ? static_cast<std::size_t>(color->integer(0, kMostId)) : kOwnGroup + index);
      nodes_.push_back(read_node(view, id));
    }
    if (nodes_.empty()) root_["nodes"].fail("at least one node");
  }

  static Node read_node(const base::JsonView& view, std::int64_t id) {
    Node node;
    const auto name = view.find("name");
    node.name = name ? name->string() : fmt::format("node{}", id);
    node.cpu_ms = view["cpuLatency"].number(0, kMostMs);
    node.accelerator_ms = view["fpgaLatency"].number(0, kMostMs);
    if (const auto size = view.find("size")) node.bytes = size->number(0, kMostBytes);
    node.runs_on_accelerator = flag(view["supportedOnFpga"]);
    return node;
  }

  std::size_t node_of(const base::JsonView& view) const {
    const auto found = index_of_id_.find(view.integer(-kMostId, kMostId));
    if (found == index_of_id_.end()) view.fail("the id of a node");
    return found->second;
  }

  void read_edges() {
    std::vector<bool> has_cost(nodes_.size(), false);
    for (const auto& view : root_["edges"].items(kMostEdges)) {
      const std::size_t from = node_of(view["sourceId"]);
      const std::size_t to = node_of(view["destId"]);
      const double cost = view["cost"].number(0, kMostMs);
      if (has_cost[from] && std::abs(cost - nodes_[from].transfer_ms) > 1e-6)
        view["cost"].fail(fmt::format("{}, as of the other edges from this node", nodes_[from].transfer_ms));
      has_cost[from] = true;
      nodes_[from].transfer_ms = cost;
      edges_.emplace_back(from, to);
    }
  }

  template <class Value>
  double sum_over(std::size_t block, const Value& value) const {
    double sum = 0;
    for (const std::size_t node : blocks_[block]) sum += value(nodes_[node]);
    return sum;
  }

  void add_blocks() {
    block_of_node_.resize(nodes_.size());
    std::map<std::string, std::size_t> used;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      for (const std::size_t node : blocks_[i]) block_of_node_[node] = i;
      std::string name = nodes_[blocks_[i].front()].name;
      if (const std::size_t times = used[name]++; times > 0) name = fmt::format("{} (block {})", name, i);
      problem().blocks.push_back({name, i, i + 1, sum_over(i, [](const Node& node) { return node.bytes; })});
    }
  }

  void add_targets() {
    const auto accelerators = root_["maxFPGAs"].integer(0, kMostTiers - 1);
    problem().targets.push_back({"cpu"});
    for (std::int64_t i = 1; i <= accelerators; ++i) problem().targets.push_back({fmt::format("accelerator{}", i)});
    give_each_a_tier(problem(), root_.where());
    const double limit = root_["maxSizePerFPGA"].number(0, kMostBytes);
    for (auto& target : problem().targets) {
      const bool is_cpu = target.tier == 0;
      if (!is_cpu) target.memory_limit_bytes = limit;
      for (std::size_t i = 0; i < blocks_.size(); ++i)
        target.block_ms.push_back(
            sum_over(i, [&](const Node& node) { return is_cpu ? node.cpu_ms : node.accelerator_ms; }));
    }
    link_to_later(problem(), [](std::size_t, std::size_t) { return Link{0, 0, 0, kAnyMbps, kAnyMbps}; });
  }

  // A tensor for each node that another block reads; each end that is an accelerator pays its cost.
  void add_tensors() {
    std::vector<std::vector<std::size_t>> readers(nodes_.size());
    for (const auto& [from, to] : edges_) {
      if (block_of_node_[from] != block_of_node_[to]) readers[from].push_back(block_of_node_[to]);
    }
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      auto& blocks = readers[node];
      std::ranges::sort(blocks);
      blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
      if (blocks.empty()) continue;
      Encoding encoding;
      encoding.encode_ms.assign(problem().targets.size(), nodes_[node].transfer_ms);
      encoding.encode_ms[0] = 0;
      encoding.decode_ms = encoding.encode_ms;
      problem().tensors.push_back({nodes_[node].name, block_of_node_[node], std::move(blocks), {std::move(encoding)}});
    }
  }

  void constrain(const std::string& words, const std::vector<std::size_t>& blocks) {
    for (std::size_t begin = 0; begin < blocks.size(); begin += kBlocksPerConstraint) {
      const std::size_t end = std::min(begin + kBlocksPerConstraint, blocks.size());
      const std::vector<std::size_t> part(blocks.begin() + static_cast<std::ptrdiff_t>(begin),
                                          blocks.begin() + static_cast<std::ptrdiff_t>(end));
      problem().constraints.push_back(
          parse_constraint(problem(), fmt::format("{} {} cpu", words, fmt::join(part, ","))));
    }
  }

  void add_constraints() {
    std::vector<std::size_t> only_on_cpu;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const auto runs = [&](std::size_t node) { return nodes_[node].runs_on_accelerator; };
      if (!std::ranges::all_of(blocks_[i], runs)) only_on_cpu.push_back(i);
    }
    constrain("on", only_on_cpu);
    if (root_["maxCPUs"].integer(0, 1'000'000) == 0)
      problem().constraints.push_back(parse_constraint(problem(), fmt::format("not-on 0-{} cpu", blocks_.size() - 1)));
  }

  void note_losses() {
    if (nodes_.size() != blocks_.size())
      imported_.lost.push_back(
          fmt::format("{} nodes became {} blocks: those of one colour class, and those on a cycle "
                      "between classes, run in one place",
                      nodes_.size(), blocks_.size()));
    if (root_["maxCPUs"].integer(0, 1'000'000) > 1)
      imported_.lost.emplace_back("CPUs after the first: the problem has one");
    imported_.lost.emplace_back("the order of machines: the CPU comes first");
  }

  base::Json json_;
  base::JsonView root_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> groups_;
  std::map<std::int64_t, std::size_t> index_of_id_;
  std::vector<std::pair<std::size_t, std::size_t>> edges_;
  std::vector<std::vector<std::size_t>> blocks_;  // their nodes
  std::vector<std::size_t> block_of_node_;
  Imported imported_;
};

}  // namespace

Imported import_msr(const std::vector<ImportFile>& files, const ImportOptions&) {
  if (files.size() != 1) refuse("msr", fmt::format("{} files, expected one", files.size()));
  return MsrImport(files[0]).take();
}

}  // namespace tandem::plan
