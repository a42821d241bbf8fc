#include "plan/solve/flow.h"

#include <algorithm>

namespace tandem::plan {
namespace {

constexpr std::uint32_t kNobody = static_cast<std::uint32_t>(-1);

}  // namespace

std::size_t FlowNetwork::add_vertex() {
  excess_.push_back(0);
  sink_left_.push_back(0);
  return excess_.size() - 1;
}

void FlowNetwork::add_cost_on_sink_side(std::size_t vertex, Capacity cost) {
  excess_[vertex] = std::min(kInfinite, excess_[vertex] + cost);
}

void FlowNetwork::add_cost_on_source_side(std::size_t vertex, Capacity cost) {
  sink_left_[vertex] = std::min(kInfinite, sink_left_[vertex] + cost);
}

void FlowNetwork::add_arc(std::size_t from, std::size_t to, Capacity cost) {
  added_.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), cost});
}

// Arcs of a vertex side by side, each with its reverse.
void FlowNetwork::build() {
  const std::size_t count = excess_.size();
  first_.assign(count + 1, 0);
  for (const auto& arc : added_) {
    ++first_[arc.from + 1];
    ++first_[arc.to + 1];
  }
  for (std::size_t i = 0; i < count; ++i) first_[i + 1] += first_[i];
  arcs_.resize(2 * added_.size());
  current_.assign(first_.begin(), first_.end() - 1);
  for (const auto& arc : added_) {
    const std::uint32_t forward = current_[arc.from]++;
    const std::uint32_t backward = current_[arc.to]++;
    arcs_[forward] = {arc.to, backward, arc.capacity};
    arcs_[backward] = {arc.from, forward, 0};
  }
  label_.assign(count, 0);
  first_active_.assign(count + 1, kNobody);
  next_active_.assign(count, kNobody);
  with_label_.resize(count + 2);
}

FlowNetwork::Capacity FlowNetwork::solve() {
  build();
  relabel_all();
  while (true) {
    while (highest_ > 0 && first_active_[highest_] == kNobody) --highest_;
    if (highest_ == 0) break;
    const std::uint32_t vertex = first_active_[highest_];
    first_active_[highest_] = next_active_[vertex];
    if (label_[vertex] != highest_) continue;  // it moved up when a gap closed
    discharge(vertex);
    if (work_ > 6 * excess_.size() + arcs_.size()) relabel_all();
  }
  relabel_all();
  return flow_;
}

// Exact distances to the sink, by breadth-first search backwards.
void FlowNetwork::relabel_all() {
  work_ = 0;
  highest_ = 0;
  queue_.clear();
  std::ranges::fill(label_, unreachable());
  std::ranges::fill(with_label_, 0);
  std::ranges::fill(first_active_, kNobody);
  for (std::uint32_t vertex = 0; vertex < excess_.size(); ++vertex) {
    current_[vertex] = first_[vertex];
    if (sink_left_[vertex] == 0) continue;
    label_[vertex] = 1;
    queue_.push_back(vertex);
  }
  for (std::size_t next = 0; next < queue_.size(); ++next) {
    const std::uint32_t vertex = queue_[next];
    ++with_label_[label_[vertex]];
    if (excess_[vertex] > 0) activate(vertex);
    for (std::uint32_t i = first_[vertex]; i < first_[vertex + 1]; ++i) {
      const Arc& arc = arcs_[i];
      if (label_[arc.head] < unreachable() || arcs_[arc.reverse].residual == 0) continue;
      label_[arc.head] = label_[vertex] + 1;
      queue_.push_back(arc.head);
    }
  }
}

void FlowNetwork::activate(std::uint32_t vertex) {
  next_active_[vertex] = first_active_[label_[vertex]];
  first_active_[label_[vertex]] = vertex;
  highest_ = std::max<std::size_t>(highest_, label_[vertex]);
}

// Sends all excess to vertices nearer to the sink; raises the vertex when there are none left.
void FlowNetwork::discharge(std::uint32_t vertex) {
  while (excess_[vertex] > 0) {
    if (label_[vertex] == 1 && sink_left_[vertex] > 0) {
      const Capacity amount = std::min(excess_[vertex], sink_left_[vertex]);
      excess_[vertex] -= amount;
      sink_left_[vertex] -= amount;
      flow_ += amount;
      continue;
    }
    while (excess_[vertex] > 0 && current_[vertex] < first_[vertex + 1]) {
      Arc& arc = arcs_[current_[vertex]];
      if (arc.residual > 0 && label_[arc.head] + 1 == label_[vertex]) push(vertex, arc);
      if (excess_[vertex] > 0) ++current_[vertex];
    }
    if (excess_[vertex] > 0 && !relabel(vertex)) return;
  }
}

void FlowNetwork::push(std::uint32_t vertex, Arc& arc) {
  const Capacity amount = std::min(excess_[vertex], arc.residual);
  arc.residual -= amount;
  arcs_[arc.reverse].residual += amount;
  excess_[vertex] -= amount;
  if (excess_[arc.head] == 0) activate(arc.head);
  excess_[arc.head] += amount;
}

// False when the vertex can no longer reach the sink: its excess returns to the source, which a cut does not need.
bool FlowNetwork::relabel(std::uint32_t vertex) {
  const std::uint32_t old = label_[vertex];
  std::uint32_t least = unreachable();
  if (sink_left_[vertex] > 0) least = 1;
  for (std::uint32_t i = first_[vertex]; i < first_[vertex + 1]; ++i) {
    if (arcs_[i].residual > 0) least = std::min(least, label_[arcs_[i].head] + 1);
  }
  work_ += 12 + first_[vertex + 1] - first_[vertex];
  least = std::min(least, unreachable());
  --with_label_[old];
  label_[vertex] = least;
  current_[vertex] = first_[vertex];
  if (least < unreachable()) ++with_label_[least];
  if (with_label_[old] == 0) close_gap(old);
  if (label_[vertex] == unreachable()) return false;
  highest_ = std::max<std::size_t>(highest_, least);
  return true;
}

// No vertex has this label any more, so those above it cannot reach the sink.
void FlowNetwork::close_gap(std::uint32_t label) {
  for (std::uint32_t vertex = 0; vertex < label_.size(); ++vertex) {
    if (label_[vertex] <= label || label_[vertex] == unreachable()) continue;
    --with_label_[label_[vertex]];
    label_[vertex] = unreachable();
  }
}

}  // namespace tandem::plan
