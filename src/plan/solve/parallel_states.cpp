#include "plan/solve/parallel_states.h"

#include <algorithm>

namespace tandem::plan {

void extend_ideal(const Ideal& ideal, std::vector<std::uint32_t>& more, Ideal& result) {
  std::ranges::sort(more);
  result.resize(1);
  std::merge(ideal.begin() + 1, ideal.end(), more.begin(), more.end(), std::back_inserter(result));
  std::uint32_t prefix = ideal[0];
  std::size_t taken = 1;
  while (taken < result.size() && result[taken] == prefix) {
    ++prefix;
    ++taken;
  }
  result.erase(result.begin() + 1, result.begin() + static_cast<std::ptrdiff_t>(taken));
  result[0] = prefix;
}

std::uint32_t ParallelStates::at(const Ideal& ideal, std::size_t size, double rest) {
  const auto [found, is_new] = index_.try_emplace(ideal, static_cast<std::uint32_t>(ideals_.size()));
  if (is_new) {
    ideals_.push_back(&found->first);
    rests_.push_back(rest);
    labels_.resize(labels_.size() + labels_each_);
    by_size_[size].push_back(found->second);
  }
  return found->second;
}

double ParallelStates::least_cost(std::uint32_t state) const {
  double least = kUnlimited;
  for (std::size_t place = 0; place < labels_each_; ++place)
    least = std::min(least, labels_[state * labels_each_ + place].cost);
  return least;
}

std::uint32_t ParallelStates::keep(const std::vector<Assigned>& window) {
  const auto begin = static_cast<std::uint32_t>(assignments_.size());
  assignments_.insert(assignments_.end(), window.begin(), window.end());
  return begin;
}

// FNV-1a over the numbers.
std::size_t ParallelStates::Hash::operator()(const Ideal& ideal) const {
  std::uint64_t hash = 14695981039346656037ull;
  for (const std::uint32_t number : ideal) hash = (hash ^ number) * 1099511628211ull;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

}  // namespace tandem::plan
