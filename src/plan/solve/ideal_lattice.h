// The ideals of a graph of bundles: sets that contain, with a bundle, all that it reads from. A cut of a plan is the
// boundary of an ideal, so a plan is a chain of ideals (Tarnawski, Phanishayee, Devanur, Mahajan and Nina Paravecino
// 2020, "Efficient Algorithms for Device Placement of DNN Graph Operators", section 5). Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "plan/solve/bundles.h"

namespace tandem::plan {

// Ideals by size: the first is empty, the last has all bundles.
class IdealLattice {
 public:
  // An ideal that is one bundle smaller, and the bundle.
  struct Step {
    std::uint32_t from;
    std::uint32_t bundle;
  };

  std::size_t size() const { return count_.size(); }
  // The number of bundles in an ideal.
  std::size_t count(std::size_t ideal) const { return count_[ideal]; }
  std::span<const Step> steps(std::size_t ideal) const { return part(steps_, first_step_, ideal); }
  // Active tensors made in an ideal, or inputs, that bundles outside it read.
  std::span<const std::uint32_t> frontier(std::size_t ideal) const { return part(frontiers_, first_tensor_, ideal); }

 private:
  friend class LatticeMaker;

  template <class Item>
  static std::span<const Item> part(const std::vector<Item>& all, const std::vector<std::size_t>& first,
                                    std::size_t i) {
    return std::span(all).subspan(first[i], first[i + 1] - first[i]);
  }

  std::vector<std::uint32_t> count_;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> frontiers_;
  std::vector<std::size_t> first_step_ = {0}, first_tensor_ = {0};
};

// Nothing where there are more than `most`. `width`: only ideals without gaps of more than so many bundles in their
// order, which always has the cuts of the order itself; kNone: all.
std::optional<IdealLattice> make_lattice(const Query& query, const std::vector<Bundle>& bundles, std::size_t most,
                                         std::size_t width = kNone);

}  // namespace tandem::plan
