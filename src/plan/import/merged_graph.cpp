#include "plan/import/merged_graph.h"

#include <algorithm>
#include <map>
#include <queue>

namespace tandem::plan {
namespace {

constexpr std::size_t kUnseen = static_cast<std::size_t>(-1);
using Neighbours = std::vector<std::vector<std::size_t>>;

Neighbours neighbours_of(std::size_t vertices, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  Neighbours next(vertices);
  for (const auto& [from, to] : edges) {
    if (from != to) next[from].push_back(to);
  }
  return next;
}

// Strongly connected components, with a stack of its own: graphs are deep (Tarjan 1972, SIAM J. Comput. 1(2)).
class Components {
 public:
  explicit Components(const Neighbours& next) : next_(next), index_(next.size(), kUnseen), low_(next.size()) {
    component_.assign(next.size(), kUnseen);
    for (std::size_t vertex = 0; vertex < next.size(); ++vertex) {
      if (index_[vertex] == kUnseen) visit_from(vertex);
    }
  }

  std::vector<std::size_t> take() && { return std::move(component_); }

 private:
  void enter(std::size_t vertex) {
    index_[vertex] = low_[vertex] = seen_++;
    open_.push_back(vertex);
    path_.emplace_back(vertex, 0);
  }

  void visit_from(std::size_t start) {
    enter(start);
    while (!path_.empty()) {
      auto& [vertex, at] = path_.back();
      at < next_[vertex].size() ? look_at(vertex, next_[vertex][at++]) : leave(vertex);
    }
  }

  void look_at(std::size_t vertex, std::size_t head) {
    if (index_[head] == kUnseen) {
      enter(head);
    } else if (component_[head] == kUnseen) {
      low_[vertex] = std::min(low_[vertex], index_[head]);
    }
  }

  void leave(std::size_t vertex) {
    path_.pop_back();
    if (!path_.empty()) low_[path_.back().first] = std::min(low_[path_.back().first], low_[vertex]);
    if (low_[vertex] != index_[vertex]) return;
    while (component_[vertex] == kUnseen) {
      component_[open_.back()] = vertex;
      open_.pop_back();
    }
  }

  const Neighbours& next_;
  std::vector<std::size_t> index_;
  std::vector<std::size_t> low_;
  std::vector<std::size_t> component_;  // named by its first vertex
  std::vector<std::size_t> open_;
  std::vector<std::pair<std::size_t, std::size_t>> path_;  // vertices, and the next neighbour of each to look at
  std::size_t seen_ = 0;
};

// The same names as 0, 1, …, in the order of their first nodes.
std::vector<std::size_t> numbered(const std::vector<std::size_t>& names) {
  std::map<std::size_t, std::size_t> numbers;
  std::vector<std::size_t> result;
  for (const std::size_t name : names) result.push_back(numbers.try_emplace(name, numbers.size()).first->second);
  return result;
}

std::vector<std::pair<std::size_t, std::size_t>> renamed(const std::vector<std::size_t>& names,
                                                         std::vector<std::pair<std::size_t, std::size_t>> edges) {
  for (auto& [from, to] : edges) {
    from = names[from];
    to = names[to];
  }
  return edges;
}

// The vertices of a graph without cycles, each after those before it; of several, the lowest first (Kahn 1962).
std::vector<std::size_t> order_of(const Neighbours& next) {
  std::vector<std::size_t> missing(next.size(), 0);
  for (const auto& heads : next) {
    for (const std::size_t head : heads) ++missing[head];
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t vertex = 0; vertex < next.size(); ++vertex) {
    if (missing[vertex] == 0) ready.push(vertex);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const std::size_t head : next[order.back()]) {
      if (--missing[head] == 0) ready.push(head);
    }
  }
  return order;
}

}  // namespace

std::vector<std::vector<std::size_t>> merge_groups(const std::vector<std::size_t>& group_of_node,
                                                   const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  std::vector<std::size_t> part = numbered(group_of_node);
  const std::size_t groups = part.empty() ? 0 : *std::ranges::max_element(part) + 1;
  const auto component = Components(neighbours_of(groups, renamed(part, edges))).take();
  for (auto& each : part) each = component[each];
  part = numbered(part);
  std::vector<std::vector<std::size_t>> nodes;
  for (std::size_t node = 0; node < part.size(); ++node) {
    nodes.resize(std::max(nodes.size(), part[node] + 1));
    nodes[part[node]].push_back(node);
  }
  std::vector<std::vector<std::size_t>> blocks;
  for (const std::size_t each : order_of(neighbours_of(nodes.size(), renamed(part, edges))))
    blocks.push_back(std::move(nodes[each]));
  return blocks;
}

}  // namespace tandem::plan
