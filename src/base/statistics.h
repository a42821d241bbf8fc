// Statistics of repeated measurements and of counts. Used wherever measurements are summarised. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem::base {

// The q-quantile, q in [0, 1], by linear interpolation between order statistics (Hyndman and Fan 1996, type 7).
// NaN when there are no samples.
double quantile(std::vector<double> samples, double q);
double median(std::vector<double> samples);

// Mean of the middle half of the samples. Almost unaffected by outliers; unlike medians, those of parts nearly add up
// to that of the whole. NaN when there are no samples.
double interquartile_mean(std::vector<double> samples);

struct Interval {
  double low = 0;
  double high = 0;
};

// Distribution-free 95 % confidence interval of the median: ranks n/2 ∓ 0.98 √n, the normal approximation of the
// binomial distribution of ranks (Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2). Fewer than
// six samples: their whole range, which covers less than 95 %. No samples: NaN.
Interval median_interval(std::vector<double> samples);

// Confidence interval of a share, in percent, after `right` of `count` were right: exact, two-sided (Clopper and
// Pearson 1934). [0, 100] when `count` is 0. Throws Error(InvalidInput) when right > count or `probability` is not in
// (0, 1).
Interval binomial_interval(std::size_t right, std::size_t count, double probability = 0.95);

}  // namespace tandem::base
