#include "plan/solve/ideal_lattice.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tandem::plan {

using Words = std::vector<std::uint64_t>;  // a bit for each bundle

struct HashOfWords {
  std::size_t operator()(const Words& words) const {
    std::uint64_t hash = 14695981039346656037u;
    for (const std::uint64_t word : words) hash = (hash ^ word ^ word >> 29) * 1099511628211u;
    return static_cast<std::size_t>(hash ^ hash >> 32);
  }
};

// Size by size: the ideals of one size lead to those of the next.
class LatticeMaker {
 public:
  LatticeMaker(const Query& query, const std::vector<Bundle>& bundles, std::size_t most, std::size_t width)
      : query_(query), bundles_(bundles), most_(most), width_(width), readers_(query.scenario.tensors.size()) {
    for (std::size_t bundle = 0; bundle < bundles.size(); ++bundle) {
      for (const std::uint32_t id : bundles[bundle].reads) readers_[id].push_back(static_cast<std::uint32_t>(bundle));
    }
  }

  std::optional<IdealLattice> make() {
    Open empty;
    empty.has.assign((bundles_.size() + 63) / 64, 0);
    for (std::uint32_t id = 0; id < readers_.size(); ++id) {
      if (query_.scenario.tensors[id].producer == kNone) empty.frontier.push_back(id);
    }
    std::vector<Open> level = {std::move(empty)};
    for (std::size_t count = 0;; ++count) {
      if (lattice_.size() + level.size() > most_) return std::nullopt;
      for (Open& open : level) keep(open, count);
      if (count == bundles_.size()) return std::move(lattice_);
      level = next(level, count);
    }
  }

 private:
  struct Open {
    Words has;
    std::vector<std::uint32_t> frontier;
    std::vector<IdealLattice::Step> steps;
    std::vector<std::uint32_t> ready;  // bundles that may be next
  };

  static bool has(const Words& words, std::size_t bundle) { return (words[bundle / 64] >> bundle % 64 & 1) != 0; }

  bool is_ready(const Words& words, const Bundle& bundle) const {
    return std::ranges::all_of(bundle.before, [&](std::uint32_t before) { return has(words, before); });
  }

  void keep(Open& open, std::size_t count) {
    lattice_.count_.push_back(static_cast<std::uint32_t>(count));
    lattice_.steps_.insert(lattice_.steps_.end(), open.steps.begin(), open.steps.end());
    lattice_.first_step_.push_back(lattice_.steps_.size());
    lattice_.frontiers_.insert(lattice_.frontiers_.end(), open.frontier.begin(), open.frontier.end());
    lattice_.first_tensor_.push_back(lattice_.frontiers_.size());
    if (starts_phase(count)) start_phase(open, count);
  }

  // Bundles are in the order of their phases: a phase starts where all earlier ones are in the ideal.
  bool starts_phase(std::size_t count) const {
    return count < bundles_.size() && (count == 0 || bundles_[count].phase != bundles_[count - 1].phase);
  }

  void start_phase(Open& open, std::size_t count) const {
    open.ready.clear();
    for (std::size_t bundle = count; bundle < bundles_.size() && bundles_[bundle].phase == bundles_[count].phase;
         ++bundle) {
      if (is_ready(open.has, bundles_[bundle])) open.ready.push_back(static_cast<std::uint32_t>(bundle));
    }
  }

  std::vector<Open> next(const std::vector<Open>& level, std::size_t count) {
    std::vector<Open> larger;
    std::unordered_map<Words, std::size_t, HashOfWords> index;
    const std::size_t first = lattice_.size() - level.size();
    for (std::size_t i = 0; i < level.size() && lattice_.size() + larger.size() <= most_; ++i) {
      for (const std::uint32_t bundle : level[i].ready) {
        Words has = level[i].has;
        has[bundle / 64] |= std::uint64_t{1} << bundle % 64;
        if (!is_narrow(has, count + 1)) continue;
        const auto [place, is_new] = index.try_emplace(std::move(has), larger.size());
        if (is_new) larger.push_back(extended(level[i], place->first, bundle));
        larger[place->second].steps.push_back({static_cast<std::uint32_t>(first + i), bundle});
      }
    }
    return larger;
  }

  // Whether the last bundle of the ideal is near to the first one that is missing.
  bool is_narrow(const Words& words, std::size_t count) const {
    if (width_ == kNone) return true;
    std::size_t missing = 0;
    while (missing < count && has(words, missing)) ++missing;
    std::size_t last = bundles_.size() - 1;
    while (!has(words, last)) --last;
    return last < missing || last - missing <= width_;
  }

  Open extended(const Open& from, const Words& words, std::uint32_t added) const {
    Open open;
    open.has = words;
    const auto is_read_outside = [&](std::uint32_t id) {
      return std::ranges::any_of(readers_[id], [&](std::uint32_t reader) { return !has(words, reader); });
    };
    std::ranges::copy_if(from.frontier, std::back_inserter(open.frontier), is_read_outside);
    std::ranges::copy_if(bundles_[added].makes, std::back_inserter(open.frontier), is_read_outside);
    std::ranges::copy_if(from.ready, std::back_inserter(open.ready), [&](std::uint32_t each) { return each != added; });
    for (const std::uint32_t bundle : bundles_[added].behind) {
      if (bundles_[bundle].phase == bundles_[added].phase && is_ready(words, bundles_[bundle]))
        open.ready.push_back(bundle);
    }
    return open;
  }

  const Query& query_;
  const std::vector<Bundle>& bundles_;
  const std::size_t most_, width_;
  std::vector<std::vector<std::uint32_t>> readers_;  // bundles, by active tensor
  IdealLattice lattice_;
};

std::optional<IdealLattice> make_lattice(const Query& query, const std::vector<Bundle>& bundles, std::size_t most,
                                         std::size_t width) {
  return LatticeMaker(query, bundles, most, width).make();
}

}  // namespace tandem::plan
