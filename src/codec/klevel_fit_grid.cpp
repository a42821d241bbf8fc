#include "codec/klevel_fit_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace tandem::codec {
namespace {

constexpr double kOneSided = 1e-3;     // a least value this small, relative to the greatest, is rounding
constexpr double kCommonShare = 0.05;  // of the values are the least one: it is a floor, as after a ReLU
constexpr double kMostBins = 256;
constexpr double kLeastStep = 1e-36;  // its inverse is a float; values that differ by less are one level

struct Bin {
  double count = 0;
  double sum = 0;
  double squares = 0;

  Bin& operator+=(const Bin& other) {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
    return *this;
  }
  double distortion() const { return count > 0 ? squares - sum * sum / count : 0; }
  double bits(double total) const { return count > 0 ? -count * std::log2(count / total) : 0; }
};

// Where the lattice of levels is anchored: a floor that many values have, or zero between levels on both sides.
struct Anchor {
  double value = 0;
  bool is_floor = false;
  double scale = 1;  // root mean square around it
};

Anchor anchor_of(std::span<const float> values) {
  const auto [least, greatest] = std::ranges::minmax(values);
  Anchor anchor;
  const auto share = static_cast<double>(std::ranges::count(values, least)) / static_cast<double>(values.size());
  anchor.is_floor = least >= -kOneSided * greatest || share >= kCommonShare;
  anchor.value = anchor.is_floor && least < 0 ? least : 0;
  double squares = 0;
  for (const float value : values) squares += (value - anchor.value) * (value - anchor.value);
  anchor.scale = std::sqrt(squares / static_cast<double>(values.size()));
  if (!(anchor.scale > 0)) anchor.scale = 1;
  return anchor;
}

// How values are rounded to levels, before clipping: x goes to floor((x − anchor) ÷ step + rounding).
struct Lattice {
  double anchor = 0;
  double step = 1;
  double rounding = 0.5;  // below 0.5, the bin of a floor is wider than the others

  double level_of(double value) const { return std::floor((value - anchor) / step + rounding); }
};

// The values of each level, from the first one on.
struct Histogram {
  double first_level = 0;
  double clipped = 0;  // levels that were merged into the one above them: `bins` begin after these
  std::vector<Bin> bins;
};

Histogram histogram_of(std::span<const float> values, const Lattice& lattice) {
  const auto [least, greatest] = std::ranges::minmax(values);
  double first = lattice.level_of(least);
  double last = std::max(lattice.level_of(greatest), first + 1);
  if (last - first >= kMostBins) {  // around the anchor
    first = std::max(first, -std::floor(kMostBins / 2));
    last = std::min(last, first + kMostBins - 1);
  }
  Histogram histogram{first, 0, std::vector<Bin>(static_cast<std::size_t>(last - first) + 1)};
  for (const float value : values) {
    const double at = std::clamp(lattice.level_of(value), first, last) - first;
    histogram.bins[static_cast<std::size_t>(at)] += Bin{1, value, double{value} * value};
  }
  return histogram;
}

// Distortion + λ rate.
class Cost {
 public:
  Cost(double total, double lambda) : total_(total), lambda_(lambda) {}

  double of(const Bin& bin) const { return bin.distortion() + lambda_ * bin.bits(total_); }
  double of_two(const Bin& bin, const Bin& other) const {
    return bin.distortion() + other.distortion() + lambda_ * (bin.bits(total_) + other.bits(total_));
  }
  bool favours_merging(const Bin& outer, const Bin& inner) const {
    Bin merged = outer;
    merged += inner;
    return of(merged) <= of_two(outer, inner);
  }

 private:
  double total_;
  double lambda_;
};

// Merges the outermost bins into their neighbours where clipping costs less than the bits that it saves. At least two
// bins remain.
Histogram clipped(Histogram histogram, const Cost& cost) {
  std::vector<Bin>& bins = histogram.bins;
  std::size_t first = 0;
  std::size_t last = bins.size() - 1;
  for (; last > first + 1 && cost.favours_merging(bins[last], bins[last - 1]); --last) bins[last - 1] += bins[last];
  for (; last > first + 1 && cost.favours_merging(bins[first], bins[first + 1]); ++first)
    bins[first + 1] += bins[first];
  bins.resize(last + 1);
  bins.erase(bins.begin(), bins.begin() + static_cast<std::ptrdiff_t>(first));
  histogram.clipped = static_cast<double>(first);
  return histogram;
}

struct Candidate {
  Grid grid;
  double cost = std::numeric_limits<double>::infinity();
};

Candidate candidate_of(std::span<const float> values, const Lattice& lattice) {
  const double lambda = lattice.step * lattice.step * std::log(2.0) / 6;
  const Cost cost(static_cast<double>(values.size()), lambda);
  const Histogram histogram = clipped(histogram_of(values, lattice), cost);
  Candidate candidate{{}, 0};
  for (const Bin& bin : histogram.bins) candidate.cost += cost.of(bin);
  candidate.grid.levels = static_cast<int>(histogram.bins.size());
  candidate.grid.scale = static_cast<float>(1 / lattice.step);
  candidate.grid.offset =
      static_cast<float>(lattice.rounding - lattice.anchor / lattice.step - histogram.first_level - histogram.clipped);
  return candidate;
}

}  // namespace

Grid fit_grid(std::span<const float> values, double relative_step) {
  const Anchor anchor = anchor_of(values);
  const double step = std::max(relative_step * anchor.scale, kLeastStep);
  Candidate best = candidate_of(values, {anchor.value, step, 0.5});
  if (anchor.is_floor) {
    for (const double rounding : {0.45, 0.4, 0.35, 0.3, 0.25}) {
      const Candidate candidate = candidate_of(values, {anchor.value, step, rounding});
      if (candidate.cost < best.cost) best = candidate;
    }
  }
  return best.grid;
}

}  // namespace tandem::codec
