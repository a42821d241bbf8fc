// Order statistics of repeated measurements. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem::base {

// The q-quantile, q in [0, 1], by linear interpolation between order statistics (Hyndman and Fan 1996, type 7).
// NaN when there are no samples.
double quantile(std::vector<double> samples, double q);
double median(std::vector<double> samples);

// Mean of the middle half of the samples: as good as deaf to outliers, and, unlike medians, those of parts nearly add
// up to that of the whole. NaN when there are no samples.
double interquartile_mean(std::vector<double> samples);

struct Interval {
  double low = 0;
  double high = 0;
};

// Distribution-free 95 % confidence interval of the median, from the binomial distribution of ranks, by its normal
// approximation (Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2): ranks n/2 ∓ 0.98 √n. With
// fewer than six samples it is the whole range, which covers less than 95 %.
Interval median_interval(std::vector<double> samples);

// The interval that holds the true share with the given probability when `right` of `count` were right (Clopper and
// Pearson 1934, exact, two-sided). In percent; of none, it is everything. Throws Error(InvalidInput) when more were
// right than there were, and unless the probability lies within (0, 1).
Interval binomial_interval(std::size_t right, std::size_t count, double probability = 0.95);

}  // namespace tandem::base
