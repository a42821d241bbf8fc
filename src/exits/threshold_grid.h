// The candidate thresholds of each exit, and how many of them each sample reaches. Serves the threshold search.
// Immutable. Private to exits/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "exits/thresholds.h"

namespace tandem::exits {

// By exit, the index of its threshold among its candidates. Their number: the exit is not in use, so no request stops
// there or pays its head. Every request stops at the last exit, whatever its index.
using Choice = std::vector<std::size_t>;

class ThresholdGrid {
 public:
  // At most `most` candidates for an exit; samples and costs must outlive this. Throws Error(InvalidInput) when a
  // confidence is not finite.
  ThresholdGrid(const Samples& samples, const ExitCosts& costs, std::size_t most);

  const Samples& samples() const { return samples_; }
  const ExitCosts& costs() const { return costs_; }
  std::size_t last() const { return candidates_.size() - 1; }  // exit

  const std::vector<float>& candidates(std::size_t exit) const { return candidates_[exit]; }  // ascending
  std::size_t unused(std::size_t exit) const { return candidates_[exit].size(); }
  std::size_t options(std::size_t exit) const { return exit == last() ? 1 : unused(exit) + 1; }
  // How many of the exit's candidates the sample reaches: it stops there at those, and passes the others.
  std::size_t reached(std::size_t exit, std::size_t sample) const { return reached_[exit][sample]; }
  // The samples that reach this count.
  const std::vector<std::uint32_t>& samples_reaching(std::size_t exit, std::size_t count) const {
    return samples_reaching_[exit][count];
  }

  // Every request stops at this exit.
  Choice fixed(std::size_t stop) const;
  std::size_t stop_of(std::size_t sample, const Choice& choice) const {
    std::size_t exit = 0;
    while (exit < last() && reached_[exit][sample] <= choice[exit]) ++exit;
    return exit;
  }
  // By exit, the cost of a request that stops there.
  std::vector<double> costs_along(const Choice& choice) const;

 private:
  void add_exit(std::size_t exit, std::size_t most);

  const Samples& samples_;
  const ExitCosts& costs_;
  std::vector<std::vector<float>> candidates_;                             // by exit
  std::vector<std::vector<std::uint32_t>> reached_;                        // by exit, by sample
  std::vector<std::vector<std::vector<std::uint32_t>>> samples_reaching_;  // by exit, by count
};

}  // namespace tandem::exits
