#include <fmt/format.h>

#include <boost/math/distributions/binomial.hpp>

#include "base/error.h"
#include "base/statistics.h"

namespace tandem::base {

Interval binomial_interval(std::size_t right, std::size_t count, double probability) {
  if (right > count || !(probability > 0 && probability < 1)) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("binomial interval: {} of {} right, with probability {}; expected no more right "
                            "than all, and a probability between 0 and 1",
                            right, count, probability));
  }
  if (count == 0) return {0, 100};
  using Distribution = boost::math::binomial_distribution<>;
  const auto trials = static_cast<double>(count);
  const auto successes = static_cast<double>(right);
  const double tail = (1 - probability) / 2;
  return {100 * Distribution::find_lower_bound_on_p(trials, successes, tail),
          100 * Distribution::find_upper_bound_on_p(trials, successes, tail)};
}

}  // namespace tandem::base
