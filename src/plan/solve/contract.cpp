#include "plan/solve/contract.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tandem::plan {
namespace {

class Contractor {
 public:
  explicit Contractor(const Layered& layered)
      : from_(layered),
        parent_(layered.size()),
        cost_(layered.node_cost),
        low_(layered.low),
        high_(layered.high),
        inputs_(layered.size()),
        outputs_(layered.size()),
        is_merged_(layered.wires.size(), 0),
        seen_(layered.wires.size(), 0) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    for (std::size_t id = 0; id < layered.wires.size(); ++id) {
      const auto& wire = layered.wires[id];
      if (wire.producer != kNone) append(outputs_[wire.producer], id);
      for (const std::size_t reader : wire.readers) append(inputs_[reader], id);
    }
  }

  Layered run(std::vector<std::size_t>& group) {
    for (bool has_changed = true; has_changed;) {
      has_changed = false;
      for (std::size_t id = 0; id < from_.wires.size(); ++id) has_changed = try_merge(id) || has_changed;
    }
    return result(group);
  }

 private:
  // A linked list of wires, joined with another in one step. It may hold a wire twice, and merged wires: wires_of()
  // skips those.
  struct List {
    std::size_t first = kNone;
    std::size_t last = kNone;
  };
  struct Entry {
    std::size_t wire;
    std::size_t next;
  };

  void append(List& list, std::size_t wire) {
    entries_.push_back({wire, kNone});
    join({entries_.size() - 1, entries_.size() - 1}, list);
  }

  void join(const List& from, List& to) {
    if (from.first == kNone) return;
    (to.first == kNone ? to.first : entries_[to.last].next) = from.first;
    to.last = from.last;
  }

  // The wires of a list, each once, without the merged ones.
  const std::vector<std::size_t>& wires_of(const List& list) {
    ++visit_;
    found_.clear();
    for (std::size_t at = list.first; at != kNone; at = entries_[at].next) {
      const std::size_t wire = entries_[at].wire;
      if (is_merged_[wire] || std::exchange(seen_[wire], visit_) == visit_) continue;
      found_.push_back(wire);
    }
    return found_;
  }

  bool is_alone(const List& list, std::size_t wire) {
    const auto& wires = wires_of(list);
    return wires.size() == 1 && wires[0] == wire;
  }

  std::size_t find(std::size_t node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
  }

  // The one group that reads a wire, or kNone.
  std::size_t only_reader(std::size_t id) {
    const auto& readers = from_.wires[id].readers;
    const std::size_t first = find(readers[0]);
    for (const std::size_t reader : readers) {
      if (find(reader) != first) return kNone;
    }
    return first;
  }

  bool try_merge(std::size_t id) {
    if (is_merged_[id] || from_.wires[id].producer == kNone) return false;
    const std::size_t before = find(from_.wires[id].producer);
    const std::size_t behind = only_reader(id);
    if (behind == kNone || behind == before) return false;
    const bool may_merge =
        (is_alone(outputs_[before], id) && pays(id, before, behind, before, wires_of(inputs_[before]), true)) ||
        (is_alone(inputs_[behind], id) && pays(id, before, behind, behind, wires_of(outputs_[behind]), false));
    if (may_merge) merge(id, before, behind);
    return may_merge;
  }

  // Whether moving `mover` to the other end of wire `id` never costs more, wherever the wire could be cut. `others`:
  // the wires that may then cross more boundaries.
  bool pays(std::size_t id, std::size_t before, std::size_t behind, std::size_t mover,
            const std::vector<std::size_t>& others, bool is_forward) const {
    for (std::size_t p = low_[before]; p <= high_[before]; ++p) {
      for (std::size_t q = std::max<std::size_t>(p + 1, low_[behind]); q <= high_[behind]; ++q) {
        if (at(before, p) == kUnlimited || at(behind, q) == kUnlimited) continue;
        const std::size_t now = is_forward ? p : q;
        const std::size_t then = is_forward ? q : p;
        if (then < low_[mover] || then > high_[mover]) return false;
        double more = at(mover, then) - at(mover, now);
        for (std::size_t boundary = p; boundary < q; ++boundary) {
          more -= from_.wire_at(id, boundary, 0);
          for (const std::size_t other : others) more += from_.wire_at(other, boundary, 0);
        }
        if (!(more <= 0)) return false;
      }
    }
    return true;
  }

  double at(std::size_t node, std::size_t position) const { return cost_[node * from_.positions + position]; }

  void merge(std::size_t id, std::size_t before, std::size_t behind) {
    is_merged_[id] = 1;
    parent_[before] = behind;
    for (std::size_t position = 0; position < from_.positions; ++position)
      cost_[behind * from_.positions + position] += at(before, position);
    low_[behind] = std::max(low_[behind], low_[before]);
    high_[behind] = std::min(high_[behind], high_[before]);
    join(inputs_[before], inputs_[behind]);
    join(outputs_[before], outputs_[behind]);
  }

  Layered result(std::vector<std::size_t>& group) {
    std::vector<std::size_t> number(from_.size(), kNone);
    Layered to;
    to.positions = from_.positions;
    to.boundary_cost = from_.boundary_cost;
    to.first_cost = from_.first_cost;
    group.resize(from_.size());
    for (std::size_t node = 0; node < from_.size(); ++node) {
      if (find(node) != node) continue;
      number[node] = to.phase.size();
      to.phase.push_back(0);
      to.low.push_back(low_[node]);
      to.high.push_back(high_[node]);
      for (std::size_t position = 0; position < from_.positions; ++position) to.node_cost.push_back(at(node, position));
    }
    for (std::size_t node = 0; node < from_.size(); ++node) group[node] = number[find(node)];
    add_wires(group, to);
    return to;
  }

  void add_wires(const std::vector<std::size_t>& group, Layered& to) const {
    std::vector<std::size_t> starts;
    for (std::size_t id = 0; id < from_.wires.size(); ++id) {
      const auto& wire = from_.wires[id];
      const std::size_t producer = wire.producer == kNone ? kNone : group[wire.producer];
      const std::size_t start = to.own_readers.size();
      for (const std::size_t reader : wire.readers) {
        if (group[reader] != producer) to.own_readers.push_back(group[reader]);
      }
      const auto first = to.own_readers.begin() + static_cast<std::ptrdiff_t>(start);
      std::sort(first, to.own_readers.end());
      to.own_readers.erase(std::unique(first, to.own_readers.end()), to.own_readers.end());
      if (to.own_readers.size() == start) continue;
      starts.push_back(start);
      to.wires.push_back({producer, {}});
      for (std::size_t boundary = 0; boundary < from_.boundaries(); ++boundary)
        to.wire_cost.push_back(from_.wire_at(id, boundary, 0));
    }
    starts.push_back(to.own_readers.size());
    for (std::size_t i = 0; i < to.wires.size(); ++i)
      to.wires[i].readers = std::span(to.own_readers).subspan(starts[i], starts[i + 1] - starts[i]);
  }

  const Layered& from_;
  std::vector<std::size_t> parent_;
  std::vector<double> cost_;
  std::vector<std::uint8_t> low_, high_;
  std::vector<Entry> entries_;
  std::vector<List> inputs_, outputs_;  // wires of each group
  std::vector<char> is_merged_;
  std::vector<std::uint32_t> seen_;  // by wire: the last visit
  std::uint32_t visit_ = 0;
  std::vector<std::size_t> found_;
};

}  // namespace

Layered contract(const Layered& layered, std::vector<std::size_t>& group) {
  return Contractor(layered).run(group);
}

}  // namespace tandem::plan
