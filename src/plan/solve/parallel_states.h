// The states of the search for plans with work in parallel: sets of items that have run, and the best way to each.
// Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// A set of items with all that they depend on: the items below `front().first`, and these.
using Ideal = std::vector<std::uint32_t>;  // the number of items before the first that has not run, then those behind

// The ideal with more items; `scratch` is its storage.
void extend_ideal(const Ideal& ideal, std::vector<std::uint32_t>& more, Ideal& result);

// How a stage stands at an ideal.
enum class Begun : std::uint8_t {
  Not,     // its target has run nothing yet
  Open,    // its last step has no offload, and may go on
  Joined,  // its last step had offloads
};
inline constexpr std::size_t kBegunStates = 3;

struct Assigned {
  std::uint32_t item = 0;
  std::uint32_t link = 0;  // to the target that runs it; kOwn: the stage's own
};
inline constexpr std::uint32_t kOwn = static_cast<std::uint32_t>(-1);

struct Move {
  enum class Kind : std::uint8_t { Start, Hop, Own, Step };
  Kind kind = Kind::Start;
  std::uint32_t link = 0;            // of a hop
  std::uint32_t begin = 0, end = 0;  // the items that run: a range of the assignments
};

// The least cost of a way to an ideal, with its data on a target.
struct Label {
  double cost = kUnlimited;
  std::uint32_t state = 0;  // where the last move comes from
  std::uint32_t place = 0;  // the label's place there
  Move move;
};

class ParallelStates {
 public:
  explicit ParallelStates(std::size_t targets) : labels_each_(targets * kBegunStates) {}

  static std::size_t place_of(std::size_t target, Begun begun) {
    return target * kBegunStates + static_cast<std::size_t>(begun);
  }

  // The state of an ideal of `size` items, added if it is new; `rest`: a lower bound of the cost of all other items.
  std::uint32_t at(const Ideal& ideal, std::size_t size, double rest);
  std::size_t size() const { return ideals_.size(); }
  const Ideal& ideal(std::uint32_t state) const { return *ideals_[state]; }
  double rest(std::uint32_t state) const { return rests_[state]; }
  std::vector<std::uint32_t>& of_size(std::size_t size) { return by_size_[size]; }
  void make_room_for(std::size_t items) { by_size_.resize(items + 1); }

  Label& label(std::uint32_t state, std::size_t place) { return labels_[state * labels_each_ + place]; }
  double least_cost(std::uint32_t state) const;

  std::uint32_t keep(const std::vector<Assigned>& window);  // where it begins among the assignments
  const std::vector<Assigned>& assignments() const { return assignments_; }

 private:
  struct Hash {
    std::size_t operator()(const Ideal& ideal) const;
  };

  std::size_t labels_each_;
  std::unordered_map<Ideal, std::uint32_t, Hash> index_;
  std::vector<const Ideal*> ideals_;  // keys of the index
  std::vector<double> rests_;
  std::vector<Label> labels_;
  std::vector<Assigned> assignments_;
  std::vector<std::vector<std::uint32_t>> by_size_;
};

}  // namespace tandem::plan
