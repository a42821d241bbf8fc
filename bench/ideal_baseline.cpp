#include "ideal_baseline.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tandem::bench {
namespace {

constexpr std::size_t kMostIdeals = 60'000;
constexpr std::size_t kNode = static_cast<std::size_t>(-1);

using Set = std::vector<bool>;

// The problem with nodes without costs merged into their only neighbour.
struct Graph {
  std::vector<std::size_t> node_of;               // by block
  std::vector<std::vector<std::size_t>> sources;  // by node
  std::vector<double> memory_bytes;
  std::vector<std::vector<double>> ms;  // by target, by node

  explicit Graph(const plan::Problem& problem) : node_of(problem.blocks.size()) {
    for (std::size_t block = 0; block < node_of.size(); ++block) node_of[block] = block;
    while (merge_one(problem)) {
    }
    number(problem);
  }

 private:
  bool merge_one(const plan::Problem& problem) {
    std::vector<std::vector<std::size_t>> neighbours(node_of.size());
    const auto add = [&](std::size_t a, std::size_t b) {
      if (a != b && std::ranges::find(neighbours[a], b) == neighbours[a].end()) neighbours[a].push_back(b);
    };
    for (const auto& tensor : problem.tensors) {
      for (const std::size_t reader : tensor.consumers) {
        add(node_of[tensor.producer], node_of[reader]);
        add(node_of[reader], node_of[tensor.producer]);
      }
    }
    for (std::size_t block = 0; block < node_of.size(); ++block) {
      if (node_of[block] != block || neighbours[block].size() != 1 || !is_free(problem, block)) continue;
      for (std::size_t other = 0; other < node_of.size(); ++other) {
        if (node_of[other] == block && other != block) node_of[other] = neighbours[block][0];
      }
      node_of[block] = neighbours[block][0];
      return true;
    }
    return false;
  }

  bool is_free(const plan::Problem& problem, std::size_t node) const {
    for (std::size_t block = 0; block < node_of.size(); ++block) {
      if (node_of[block] == node && problem.targets[0].block_ms[block] > 0) return false;
    }
    return true;
  }

  void number(const plan::Problem& problem) {
    std::vector<std::size_t> numbers(node_of.size(), kNode);
    for (std::size_t& node : node_of) {
      if (numbers[node] == kNode) {
        numbers[node] = memory_bytes.size();
        memory_bytes.push_back(0);
      }
      node = numbers[node];
    }
    sources.resize(memory_bytes.size());
    ms.assign(problem.targets.size(), std::vector<double>(memory_bytes.size(), 0));
    for (std::size_t block = 0; block < node_of.size(); ++block) {
      memory_bytes[node_of[block]] += problem.blocks[block].memory_bytes;
      for (std::size_t target = 0; target < ms.size(); ++target)
        ms[target][node_of[block]] += problem.targets[target].block_ms[block];
    }
    for (const auto& tensor : problem.tensors) {
      for (const std::size_t reader : tensor.consumers) {
        const std::size_t from = node_of[tensor.producer];
        if (from != node_of[reader]) sources[node_of[reader]].push_back(from);
      }
    }
  }
};

class PairSearch {
 public:
  PairSearch(const plan::Problem& problem, const std::function<bool()>& must_stop)
      : problem_(problem), graph_(problem), must_stop_(must_stop) {}

  std::optional<BaselineAnswer> run() {
    if (!find_ideals()) return std::nullopt;
    const std::size_t machines = problem_.targets.size();
    std::vector<std::vector<double>> least(machines, std::vector<double>(ideals_.size(), plan::kUnlimited));
    for (std::size_t ideal = 0; ideal < ideals_.size(); ++ideal) {
      if (must_stop_()) return std::nullopt;
      for (const std::size_t part : ideals_within(ideal)) {
        ++pairs_;
        for (std::size_t machine = 0; machine < machines; ++machine) {
          if (machine <= 1) load_ = load(ideal, part, machine);  // accelerators are alike
          const double before = machine == 0 ? (part == 0 ? 0 : plan::kUnlimited) : least[machine - 1][part];
          const double here = part == ideal ? before : std::max(before, load_);
          least[machine][ideal] = std::min(least[machine][ideal], here);
        }
      }
    }
    return BaselineAnswer{least.back().back(), ideals_.size(), pairs_};
  }

 private:
  // By size, as each grows by one node.
  bool find_ideals() {
    ideals_.push_back(Set(graph_.sources.size(), false));
    smaller_.emplace_back();
    numbers_[ideals_[0]] = 0;
    for (std::size_t ideal = 0; ideal < ideals_.size(); ++ideal) {
      for (std::size_t node = 0; node < graph_.sources.size(); ++node) {
        const Set& set = ideals_[ideal];
        if (set[node] || !std::ranges::all_of(graph_.sources[node], [&](std::size_t from) { return set[from]; }))
          continue;
        Set larger = set;
        larger[node] = true;
        const auto [place, is_new] = numbers_.try_emplace(larger, ideals_.size());
        if (is_new) {
          ideals_.push_back(std::move(larger));
          smaller_.emplace_back();
        }
        smaller_[place->second].push_back(ideal);
      }
      if (ideals_.size() > kMostIdeals || (ideal % 1024 == 0 && must_stop_())) return false;
    }
    for (const Set& set : ideals_) moves_.push_back(move_ms(set));
    seen_.assign(ideals_.size(), kNode);
    return true;
  }

  // Of the tensors that leave a set, on an accelerator.
  double move_ms(const Set& set) const {
    double sum = 0;
    for (const auto& tensor : problem_.tensors) {
      const bool leaves =
          set[graph_.node_of[tensor.producer]] &&
          std::ranges::any_of(tensor.consumers, [&](std::size_t reader) { return !set[graph_.node_of[reader]]; });
      if (leaves) sum += tensor.encodings[0].encode_ms[1];
    }
    return sum;
  }

  std::vector<std::size_t> ideals_within(std::size_t ideal) {
    std::vector<std::size_t> found = {ideal};
    seen_[ideal] = ideal;
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (const std::size_t smaller : smaller_[found[i]]) {
        if (std::exchange(seen_[smaller], ideal) != ideal) found.push_back(smaller);
      }
    }
    return found;
  }

  // Of the tensors that a stage reads and others make, and of those that it makes and others read: as published.
  double own_moves_ms(std::size_t ideal, std::size_t part) const {
    const auto is_inside = [&](std::size_t block) {
      return ideals_[ideal][graph_.node_of[block]] && !ideals_[part][graph_.node_of[block]];
    };
    double sum = 0;
    for (const auto& tensor : problem_.tensors) {
      const bool makes = is_inside(tensor.producer);
      const bool moves = std::ranges::any_of(tensor.consumers, [&](std::size_t reader) {
        return is_inside(reader) != makes && (makes || ideals_[part][graph_.node_of[tensor.producer]]);
      });
      if (moves) sum += tensor.encodings[0].encode_ms[1];
    }
    return sum;
  }

  double load(std::size_t ideal, std::size_t part, std::size_t machine) const {
    double ms = machine == 0 ? 0 : problem_.allows_bypass ? own_moves_ms(ideal, part) : moves_[ideal] + moves_[part];
    double memory_bytes = 0;
    for (std::size_t node = 0; node < graph_.sources.size(); ++node) {
      if (!ideals_[ideal][node] || ideals_[part][node]) continue;
      ms += graph_.ms[machine][node];
      memory_bytes += graph_.memory_bytes[node];
    }
    return memory_bytes > problem_.targets[machine].memory_limit_bytes ? plan::kUnlimited : ms;
  }

  const plan::Problem& problem_;
  const Graph graph_;
  const std::function<bool()>& must_stop_;
  std::vector<Set> ideals_;
  std::unordered_map<Set, std::size_t> numbers_;
  std::vector<std::vector<std::size_t>> smaller_;  // by ideal: those with one node less
  std::vector<double> moves_;
  std::vector<std::size_t> seen_;
  std::size_t pairs_ = 0;
  double load_ = 0;
};

}  // namespace

std::optional<BaselineAnswer> plan_by_pairs_of_ideals(const plan::Problem& problem,
                                                      const std::function<bool()>& must_stop) {
  return PairSearch(problem, must_stop).run();
}

}  // namespace tandem::bench
