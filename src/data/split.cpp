#include "data/split.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

namespace tandem::data {
namespace {

// Uniform in [0, bound). Distributions and std::shuffle differ between standard libraries; engines do not.
std::size_t below(std::size_t bound, std::mt19937_64& random) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t end = kMost - kMost % bound;  // a multiple of the bound, so that no remainder is favoured
  std::uint64_t value = random();
  while (value >= end) value = random();
  return value % bound;
}

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed);
  for (std::size_t left = count; left > 1; --left) std::swap(order[left - 1], order[below(left, random)]);
  return order;
}

std::vector<std::size_t> limited(std::vector<std::size_t> order, std::size_t limit) {
  if (limit > 0) order.resize(std::min(order.size(), limit));
  std::ranges::sort(order);
  return order;
}

}  // namespace

Split split(std::size_t train_count, std::size_t test_count, const ReadOptions& options) {
  assert(train_count >= 2);
  const double share = std::round(static_cast<double>(train_count) * options.calibration_share);
  const std::size_t calibration_count = std::clamp<std::size_t>(static_cast<std::size_t>(share), 1, train_count - 1);
  const std::vector<std::size_t> order = shuffled(train_count, options.seed);
  const auto border = order.begin() + static_cast<std::ptrdiff_t>(calibration_count);
  return {limited({border, order.end()}, options.limit), limited({order.begin(), border}, options.limit),
          limited(shuffled(test_count, options.seed), options.limit)};
}

}  // namespace tandem::data
