#include "plan/solve/parallel_items.h"

#include <algorithm>
#include <cstdint>
#include <set>

namespace tandem::plan {
namespace {

constexpr std::size_t kMostRanksCompared = 4096;

// By rank: the ranks that it reads from, and those that read from it.
struct Neighbours {
  std::vector<std::vector<std::size_t>> producers, consumers;
};

Neighbours neighbours_of(const Scenario& scenario) {
  std::vector<std::set<std::size_t>> producers(scenario.size());
  for (const auto& tensor : scenario.tensors) {
    if (tensor.producer == kNone) continue;
    for (const std::size_t reader : tensor.readers) producers[reader].insert(tensor.producer);
  }
  Neighbours result{{}, std::vector<std::vector<std::size_t>>(scenario.size())};
  for (std::size_t rank = 0; rank < scenario.size(); ++rank) {
    result.producers.emplace_back(producers[rank].begin(), producers[rank].end());
    for (const std::size_t producer : producers[rank]) result.consumers[producer].push_back(rank);
  }
  return result;
}

// By rank, the last rank of its item: only that one is read by other items, so items depend on each other in its order.
std::vector<std::size_t> roots_of(const Neighbours& neighbours, Grouping grouping) {
  const std::size_t count = neighbours.consumers.size();
  const std::size_t most_producers = grouping == Grouping::None ? 0 : grouping == Grouping::Chains ? 1 : 2;
  std::vector<std::size_t> roots(count);
  for (std::size_t rank = count; rank-- > 0;) {
    roots[rank] = rank;
    if (neighbours.consumers[rank].size() != 1) continue;
    const std::size_t reader = neighbours.consumers[rank][0];
    const auto& together = neighbours.producers[reader];
    const bool are_all =
        std::ranges::all_of(together, [&](std::size_t r) { return neighbours.consumers[r].size() == 1; });
    if (are_all && together.size() <= most_producers) roots[rank] = roots[reader];
  }
  return roots;
}

// By rank: whether every other rank comes before it or after it in any order, so that nothing runs beside it.
std::vector<char> runs_alone(const Neighbours& neighbours) {
  const std::size_t count = neighbours.producers.size();
  std::vector<char> alone(count, 0);
  if (count > kMostRanksCompared) return alone;
  std::vector<std::vector<char>> before(count);
  std::vector<std::size_t> related(count, 1);
  for (std::size_t rank = 0; rank < count; ++rank) {
    before[rank].assign(rank, 0);
    for (const std::size_t producer : neighbours.producers[rank]) {
      before[rank][producer] = 1;
      for (std::size_t i = 0; i < producer; ++i) before[rank][i] |= before[producer][i];
    }
    for (std::size_t i = 0; i < rank; ++i) {
      related[rank] += static_cast<std::size_t>(before[rank][i]);
      related[i] += static_cast<std::size_t>(before[rank][i]);
    }
  }
  for (std::size_t rank = 0; rank < count; ++rank) alone[rank] = related[rank] == count ? 1 : 0;
  return alone;
}

double raw_bytes(const Tensor& tensor) {
  const auto raw = std::ranges::find(tensor.encodings, kRaw, &Encoding::codec);
  return raw == tensor.encodings.end() ? -1 : raw->bytes;
}

class Maker {
 public:
  Maker(const Query& query, Grouping grouping)
      : query_(query), neighbours_(neighbours_of(query.scenario)), roots_(roots_of(neighbours_, grouping)) {}

  ParallelItems make() && {
    add_items();
    add_links();
    add_costs();
    for (std::size_t id = 0; id < query_.scenario.tensors.size(); ++id) add_tensor(id);
    for (auto& item : made_.items) {
      for (auto* list : {&item.producers, &item.consumers}) {
        std::ranges::sort(*list);
        list->erase(std::unique(list->begin(), list->end()), list->end());
      }
    }
    return std::move(made_);
  }

 private:
  void add_items() {
    const std::size_t count = query_.scenario.size();
    item_of_.assign(count, kNone);
    for (std::size_t rank = 0; rank < count; ++rank) {
      if (roots_[rank] != rank) continue;
      item_of_[rank] = made_.items.size();
      made_.items.emplace_back();
      made_.items.back().is_answer = neighbours_.consumers[rank].empty();
    }
    for (std::size_t rank = 0; rank < count; ++rank) {
      item_of_[rank] = item_of_[roots_[rank]];
      made_.items[item_of_[rank]].ranks.push_back(rank);
    }
  }

  void add_links() {
    made_.links_from.resize(query_.target_count());
    for (std::size_t link = 0; link < query_.problem->links.size(); ++link) {
      if (query_.may_use_link[link]) made_.links_from[query_.problem->links[link].from].push_back(link);
    }
  }

  void add_costs() {
    const std::vector<char> alone = runs_alone(neighbours_);
    std::size_t most_links = 0;
    for (const auto& links : made_.links_from) most_links = std::max(most_links, links.size());
    made_.together = static_cast<double>(1 + most_links);
    for (auto& item : made_.items) {
      item.ms.assign(query_.target_count(), 0);
      for (const std::size_t rank : item.ranks) {
        for (std::size_t target = 0; target < item.ms.size(); ++target)
          item.ms[target] += query_.may(rank, target) ? query_.block_ms(rank, target) : kUnlimited;
        item.least += least_of(rank, alone[rank] != 0 ? 1 : made_.together);
      }
    }
  }

  // At most `together` targets work at once.
  double least_of(std::size_t rank, double together) const {
    double least = kUnlimited;
    for (std::size_t target = 0; target < query_.target_count(); ++target) {
      if (!query_.may(rank, target)) continue;
      const double ms = query_.block_ms(rank, target);
      least = std::min(least, query_.objective.compute(target, ms, 1 / together, 1));
    }
    return least;
  }

  void add_tensor(std::size_t id) {
    const auto& active = query_.scenario.tensors[id];
    ParallelItems::Tensor tensor;
    tensor.active = id;
    tensor.producer = active.producer == kNone ? kNone : item_of_[active.producer];
    for (const std::size_t reader : active.readers) {
      if (item_of_[reader] != tensor.producer) tensor.readers.push_back(item_of_[reader]);
    }
    if (tensor.readers.empty()) return;
    std::ranges::sort(tensor.readers);
    tensor.readers.erase(std::unique(tensor.readers.begin(), tensor.readers.end()), tensor.readers.end());
    tensor.raw_bytes = raw_bytes(query_.problem->tensors[active.tensor]);
    const std::size_t index = made_.tensors.size();
    for (const std::size_t reader : tensor.readers) {
      made_.items[reader].reads.push_back(index);
      if (tensor.producer == kNone) continue;
      made_.items[reader].producers.push_back(tensor.producer);
      made_.items[tensor.producer].consumers.push_back(reader);
    }
    if (tensor.producer != kNone) made_.items[tensor.producer].makes.push_back(index);
    made_.tensors.push_back(std::move(tensor));
  }

  const Query& query_;
  const Neighbours neighbours_;
  const std::vector<std::size_t> roots_;
  std::vector<std::size_t> item_of_;  // by rank
  ParallelItems made_;
};

}  // namespace

ParallelItems make_items(const Query& query, Grouping grouping) {
  return Maker(query, grouping).make();
}

std::vector<HandingOption> handing_options(const Query& query, const ParallelItems::Tensor& tensor, std::size_t link) {
  std::vector<HandingOption> all;
  const auto& encodings = query.encodings_of(query.scenario.tensors[tensor.active]);
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    const double mean = query.objective.crossing(*query.problem, encodings[i], link, 0, 1);
    all.push_back({Times::total_ms(*query.problem, encodings[i], link), mean, i});
  }
  std::ranges::stable_sort(all, {}, [](const HandingOption& each) { return std::pair(each.ms, each.mean); });
  std::vector<HandingOption> kept;
  for (const auto& option : all) {
    if (kept.empty() || option.mean < kept.back().mean) kept.push_back(option);
  }
  return kept;
}

double further_part_ms(const Query& query, std::size_t target) {
  return query.problem->targets[target].exit_ms * query.problem->targets[target].load;
}

}  // namespace tandem::plan
