#include "plan/solve/bypass_leaves.h"

#include <algorithm>
#include <set>

namespace tandem::plan {
namespace {

class LeafJoiner {
 public:
  explicit LeafJoiner(const Query& query) : query_(query), group_(query.scenario.size()) {
    for (std::size_t rank = 0; rank < group_.size(); ++rank) group_[rank] = rank;
    while (join_one()) {
    }
  }

  std::vector<Bundle> bundles() const {
    std::vector<Bundle> bundles;
    std::vector<std::size_t> number(group_.size(), kNone);
    for (std::size_t rank = 0; rank < group_.size(); ++rank) {
      if (number[group_[rank]] == kNone) {
        number[group_[rank]] = bundles.size();
        bundles.emplace_back();
      }
      bundles[number[group_[rank]]].ranks.push_back(rank);
    }
    for (std::uint32_t id = 0; id < query_.scenario.tensors.size(); ++id) add_tensor(bundles, number, id);
    for (auto& bundle : bundles) {
      for (auto* list : {&bundle.before, &bundle.behind, &bundle.reads}) {
        std::ranges::sort(*list);
        list->erase(std::unique(list->begin(), list->end()), list->end());
      }
    }
    return bundles;
  }

 private:
  void add_tensor(std::vector<Bundle>& bundles, const std::vector<std::size_t>& number, std::uint32_t id) const {
    const auto& tensor = query_.scenario.tensors[id];
    const std::size_t maker = tensor.producer == kNone ? kNone : number[group_[tensor.producer]];
    bool is_read_outside = false;
    for (const std::size_t rank : tensor.readers) {
      const std::size_t reader = number[group_[rank]];
      if (reader == maker) continue;
      is_read_outside = true;
      bundles[reader].reads.push_back(id);
      if (maker == kNone) continue;
      bundles[reader].before.push_back(static_cast<std::uint32_t>(maker));
      bundles[maker].behind.push_back(static_cast<std::uint32_t>(reader));
    }
    if (maker != kNone && is_read_outside) bundles[maker].makes.push_back(id);
  }

  bool join_one() {
    std::vector<std::set<std::size_t>> neighbours(group_.size());
    for (const auto& tensor : query_.scenario.tensors) {
      for (const std::size_t rank : tensor.readers) {
        const std::size_t reader = group_[rank];
        const std::size_t maker = tensor.producer == kNone ? kNone : group_[tensor.producer];
        if (reader == maker) continue;
        neighbours[reader].insert(maker);
        if (maker != kNone) neighbours[maker].insert(reader);
      }
    }
    bool has_joined = false;
    for (std::size_t group = 0; group < group_.size(); ++group) {
      if (group_[group] != group || neighbours[group].size() != 1 || !is_free(group)) continue;
      const std::size_t other = *neighbours[group].begin();
      if (other == kNone || is_free(other)) continue;
      for (std::size_t& each : group_) each = each == group ? other : each;
      has_joined = true;
    }
    return has_joined;
  }

  bool is_free(std::size_t group) const {
    for (std::size_t rank = 0; rank < group_.size(); ++rank) {
      if (group_[rank] != group) continue;
      if (query_.memory_of(rank) > 0 && !has_room()) return false;
      for (std::size_t target = 0; target < query_.target_count(); ++target) {
        if (!query_.may(rank, target) || query_.block_ms(rank, target) > 0) return false;
      }
    }
    return true;
  }

  // Whether all blocks fit on every target.
  bool has_room() const {
    double bytes = 0;
    for (std::size_t rank = 0; rank < group_.size(); ++rank) bytes += query_.memory_of(rank);
    return std::ranges::all_of(query_.memory_limit, [&](double limit) { return bytes <= limit; });
  }

  const Query& query_;
  std::vector<std::size_t> group_;  // by rank: one of its group
};

}  // namespace

std::vector<Bundle> join_leaves(const Query& query) {
  return LeafJoiner(query).bundles();
}

}  // namespace tandem::plan
