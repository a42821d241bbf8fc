// Minimum cuts. Highest-label push-relabel with exact initial labels and gaps (Cherkassky and Goldberg 1997, "On
// implementing the push-relabel method"); only its first phase, which is enough for a cut. Boost's
// push_relabel_max_flow finds the same cuts; bench/plan_bench compares them. Private to plan/solve/,
// plan/compare/ and bench/plan_bench.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem::plan {

class FlowNetwork {
 public:
  using Capacity = std::int64_t;
  // More than any sum of costs: solve() returns at least half of it when no finite cut exists.
  static constexpr Capacity kInfinite = std::int64_t{1} << 60;

  std::size_t add_vertex();
  // The cost of a cut with `vertex` on the sink's side, or on the source's side.
  void add_cost_on_sink_side(std::size_t vertex, Capacity cost);
  void add_cost_on_source_side(std::size_t vertex, Capacity cost);
  // The cost of a cut with `from` on the source's side and `to` on the sink's.
  void add_arc(std::size_t from, std::size_t to, Capacity cost);

  // The least cost of a cut. Call once, and add nothing afterwards.
  Capacity solve();
  // After solve(): of all least cuts, the one with the fewest vertices on the sink's side.
  bool is_on_sink_side(std::size_t vertex) const { return label_[vertex] < unreachable(); }

 private:
  struct AddedArc {
    std::uint32_t from, to;
    Capacity capacity;
  };
  struct Arc {
    std::uint32_t head;
    std::uint32_t reverse;
    Capacity residual;
  };

  std::uint32_t unreachable() const { return static_cast<std::uint32_t>(excess_.size() + 1); }
  void build();
  void relabel_all();
  void activate(std::uint32_t vertex);
  void discharge(std::uint32_t vertex);
  void push(std::uint32_t vertex, Arc& arc);
  bool relabel(std::uint32_t vertex);
  void close_gap(std::uint32_t label);

  std::vector<AddedArc> added_;
  std::vector<Capacity> excess_;     // flow from the source that has not reached the sink
  std::vector<Capacity> sink_left_;  // residual capacity to the sink
  Capacity flow_ = 0;

  std::vector<std::uint32_t> first_;  // of a vertex's arcs, by vertex
  std::vector<Arc> arcs_;
  std::vector<std::uint32_t> label_;         // a lower bound of the distance to the sink; unreachable(): none
  std::vector<std::uint32_t> current_;       // by vertex: its next arc to try
  std::vector<std::uint32_t> first_active_;  // by label: a list of the vertices with excess
  std::vector<std::uint32_t> next_active_;   // by vertex
  std::vector<std::uint32_t> with_label_;    // by label: the number of its vertices
  std::vector<std::uint32_t> queue_;
  std::size_t highest_ = 0;
  std::size_t work_ = 0;  // since the labels were exact
};

}  // namespace tandem::plan
