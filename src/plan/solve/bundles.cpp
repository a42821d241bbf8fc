#include "plan/solve/bundles.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <set>
#include <tuple>

namespace tandem::plan {
namespace {

// What a set of tensors costs where it crosses, for comparison. Unsendable: more than anything.
struct CrossingCosts {
  bool is_comparable = true;  // each tensor has at most one encoding
  bool is_sendable = true;
  double bytes = 0;
  double accuracy_loss = 0;
  std::vector<double> encode_ms, decode_ms;  // by target

  explicit CrossingCosts(std::size_t targets) : encode_ms(targets, 0), decode_ms(targets, 0) {}

  void add(const std::vector<Encoding>& encodings) {
    is_comparable = is_comparable && encodings.size() <= 1;
    is_sendable = is_sendable && !encodings.empty();
    if (encodings.size() != 1) return;
    bytes += encodings[0].bytes;
    accuracy_loss += encodings[0].accuracy_loss;
    add_times(encodings[0].encode_ms, encode_ms);
    add_times(encodings[0].decode_ms, decode_ms);
  }

  static void add_times(const std::vector<double>& times, std::vector<double>& sums) {
    for (std::size_t i = 0; i < times.size(); ++i) sums[i] += times[i] == kCannotRun ? kUnlimited : times[i];
  }

  bool is_no_greater(const CrossingCosts& other) const {
    if (!other.is_sendable) return true;
    return is_sendable && is_comparable && other.is_comparable && bytes <= other.bytes &&
           accuracy_loss <= other.accuracy_loss &&
           std::equal(encode_ms.begin(), encode_ms.end(), other.encode_ms.begin(), std::less_equal<>()) &&
           std::equal(decode_ms.begin(), decode_ms.end(), other.decode_ms.begin(), std::less_equal<>());
  }
};

// Groups of ranks, joined step by step.
class Joiner {
 public:
  explicit Joiner(const Query& query)
      : query_(query),
        group_(query.scenario.size()),
        members_(group_.size()),
        makes_(group_.size()),
        reads_(group_.size()) {
    std::iota(group_.begin(), group_.end(), std::size_t{0});
    for (std::size_t rank = 0; rank < group_.size(); ++rank) members_[rank] = {rank};
    const auto& tensors = query.scenario.tensors;
    for (std::size_t id = 0; id < tensors.size(); ++id) {
      if (tensors[id].producer != kNone) makes_[tensors[id].producer].push_back(id);
      for (const std::size_t reader : tensors[id].readers) reads_[reader].push_back(id);
    }
  }

  // By rank: a rank of its group.
  std::vector<std::size_t> run() {
    if (may_join_any() && find_free_ranks()) {
      find_descendants();
      for (bool has_changed = true; has_changed;) {
        has_changed = false;
        for (std::size_t rank = 0; rank < group_.size(); ++rank) {
          if (group_[rank] == rank && is_free_[rank] && (joins_reader(rank) || joins_source(rank))) has_changed = true;
        }
      }
    }
    return std::move(group_);
  }

 private:
  // A stage may become a relay, quantities under a limit may change, and blocks need room.
  bool may_join_any() const {
    double memory_bytes = 0;
    for (std::size_t rank = 0; rank < group_.size(); ++rank) memory_bytes += query_.memory_of(rank);
    const bool has_room = std::ranges::all_of(query_.memory_limit, [&](double limit) { return memory_bytes <= limit; });
    return has_room && query_.needed.empty() && query_.limits.empty() && query_.problem->allows_relays;
  }

  bool find_free_ranks() {
    for (std::size_t rank = 0; rank < group_.size(); ++rank) {
      bool is_free = true;
      for (std::size_t target = 0; target < query_.target_count(); ++target)
        is_free = is_free && query_.block_ms(rank, target) == 0;
      is_free_.push_back(is_free);
    }
    return std::ranges::find(is_free_, 1) != is_free_.end();
  }

  void find_descendants() {
    words_ = (group_.size() + 63) / 64;
    behind_.assign(group_.size() * words_, 0);
    for (std::size_t rank = group_.size(); rank-- > 0;) {
      behind_[rank * words_ + rank / 64] |= std::uint64_t{1} << rank % 64;
      for (const std::size_t id : makes_[rank]) {
        for (const std::size_t reader : query_.scenario.tensors[id].readers) add_descendants(rank, reader);
      }
    }
  }

  void add_descendants(std::size_t to, std::size_t from) {
    for (std::size_t word = 0; word < words_; ++word) behind_[to * words_ + word] |= behind_[from * words_ + word];
  }

  bool leads_to(std::size_t group, std::size_t rank) const {
    return (behind_[group * words_ + rank / 64] >> rank % 64 & 1) != 0;
  }

  bool may_run_like(std::size_t mover, std::size_t other) const {
    if (query_.scenario.phase[mover] != query_.scenario.phase[other]) return false;
    for (std::size_t target = 0; target < query_.target_count(); ++target) {
      const auto may = [&](std::size_t group) {
        return std::ranges::all_of(members_[group], [&](std::size_t rank) { return query_.may(rank, target); });
      };
      if (may(other) && !may(mover)) return false;
    }
    return true;
  }

  // Active tensors that the group reads from outside.
  std::set<std::size_t> inputs(std::size_t group) const {
    std::set<std::size_t> found;
    for (const std::size_t rank : members_[group]) {
      for (const std::size_t id : reads_[rank]) {
        const std::size_t producer = query_.scenario.tensors[id].producer;
        if (producer == kNone || group_[producer] != group) found.insert(id);
      }
    }
    return found;
  }

  bool is_read_only_by(std::size_t id, std::size_t group) const {
    return std::ranges::all_of(query_.scenario.tensors[id].readers,
                               [&](std::size_t reader) { return group_[reader] == group; });
  }

  std::set<std::size_t> outputs(std::size_t group) const {
    std::set<std::size_t> found;
    for (const std::size_t rank : members_[group]) {
      for (const std::size_t id : makes_[rank]) {
        if (!is_read_only_by(id, group)) found.insert(id);
      }
    }
    return found;
  }

  template <class Ids>
  CrossingCosts costs_of(const Ids& ids) const {
    CrossingCosts costs(query_.target_count());
    for (const std::size_t id : ids) costs.add(query_.encodings_of(query_.scenario.tensors[id]));
    return costs;
  }

  // Later, to the first of its readers: then its inputs cross in place of its outputs.
  bool joins_reader(std::size_t group) {
    const auto out = outputs(group);
    std::size_t first = kNone;
    for (const std::size_t id : out) {
      for (const std::size_t reader : query_.scenario.tensors[id].readers) {
        if (group_[reader] != group && (first == kNone || leads_to(group_[reader], first))) first = group_[reader];
      }
    }
    if (first == kNone || !may_run_like(group, first)) return false;
    for (const std::size_t id : out) {
      for (const std::size_t reader : query_.scenario.tensors[id].readers) {
        if (group_[reader] != group && !leads_to(first, reader)) return false;
      }
    }
    return costs_of(inputs(group)).is_no_greater(costs_of(out)) && join(group, first);
  }

  // Earlier, to the only group that it reads from: then its outputs cross in place of inputs that only it reads.
  bool joins_source(std::size_t group) {
    const auto in = inputs(group);
    std::size_t source = kNone;
    std::vector<std::size_t> own;
    for (const std::size_t id : in) {
      const std::size_t producer = query_.scenario.tensors[id].producer;
      if (producer == kNone || (source != kNone && group_[producer] != source)) return false;
      source = group_[producer];
      if (is_read_only_by(id, group)) own.push_back(id);
    }
    if (source == kNone || !may_run_like(group, source)) return false;
    return costs_of(outputs(group)).is_no_greater(costs_of(own)) && join(group, source);
  }

  bool join(std::size_t group, std::size_t other) {
    for (const std::size_t rank : members_[group]) group_[rank] = other;
    members_[other].insert(members_[other].end(), members_[group].begin(), members_[group].end());
    members_[group].clear();
    is_free_[other] = is_free_[other] && is_free_[group];
    add_descendants(other, group);
    return true;
  }

  const Query& query_;
  std::vector<std::size_t> group_;  // by rank
  std::vector<std::vector<std::size_t>> members_, makes_, reads_;
  std::vector<char> is_free_;  // runs in no time on any target
  std::size_t words_ = 0;
  std::vector<std::uint64_t> behind_;  // by group: a bit for each rank that it leads to, itself included
};

// Groups in a topological order, phase by phase.
std::vector<std::size_t> sorted_groups(const Query& query, const std::vector<std::size_t>& group) {
  const Scenario& scenario = query.scenario;
  std::vector<std::set<std::size_t>> behind(group.size());
  std::vector<std::size_t> missing(group.size(), 0);
  for (const auto& tensor : scenario.tensors) {
    if (tensor.producer == kNone) continue;
    const std::size_t from = group[tensor.producer];
    for (const std::size_t reader : tensor.readers) {
      if (group[reader] != from && behind[from].insert(group[reader]).second) ++missing[group[reader]];
    }
  }
  using Entry = std::pair<std::size_t, std::size_t>;  // phase, group
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  for (std::size_t rank = 0; rank < group.size(); ++rank) {
    if (group[rank] == rank && missing[rank] == 0) ready.push({scenario.phase[rank], rank});
  }
  std::vector<std::size_t> order;
  for (; !ready.empty();) {
    const std::size_t next = ready.top().second;
    ready.pop();
    order.push_back(next);
    for (const std::size_t other : behind[next]) {
      if (--missing[other] == 0) ready.push({scenario.phase[other], other});
    }
  }
  return order;
}

void add_unique(std::vector<std::uint32_t>& list, std::size_t value) {
  const auto item = static_cast<std::uint32_t>(value);
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

}  // namespace

std::vector<Bundle> make_bundles(const Query& query) {
  const auto group = Joiner(query).run();
  const auto order = sorted_groups(query, group);
  std::vector<std::size_t> number(group.size(), kNone);
  for (std::size_t i = 0; i < order.size(); ++i) number[order[i]] = i;
  std::vector<Bundle> bundles(order.size());
  for (std::size_t rank = 0; rank < group.size(); ++rank) {
    Bundle& bundle = bundles[number[group[rank]]];
    bundle.ranks.push_back(rank);
    bundle.phase = query.scenario.phase[rank];
  }
  for (std::size_t id = 0; id < query.scenario.tensors.size(); ++id) {
    const auto& tensor = query.scenario.tensors[id];
    const std::size_t from = tensor.producer == kNone ? kNone : number[group[tensor.producer]];
    for (const std::size_t reader : tensor.readers) {
      const std::size_t to = number[group[reader]];
      if (to == from) continue;
      add_unique(bundles[to].reads, id);
      if (from == kNone) continue;
      add_unique(bundles[from].makes, id);
      add_unique(bundles[from].behind, to);
      add_unique(bundles[to].before, from);
    }
  }
  return bundles;
}

}  // namespace tandem::plan
