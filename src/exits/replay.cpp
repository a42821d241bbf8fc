#include "exits/replay.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "base/error.h"

namespace tandem::exits {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw base::Error(base::ErrorKind::InvalidInput, "exit statistics: " + what);
}

void check_samples(const Samples& samples) {
  const std::size_t exits = samples.exit_count();
  const std::size_t expected = samples.sample_count();
  if (expected == 0) fail("they have no samples, expected at least one");
  if (samples.is_right.size() != exits)
    fail(fmt::format("is_right has {} exits, expected {}", samples.is_right.size(), exits));
  for (std::size_t exit = 0; exit < exits; ++exit) {
    for (const std::size_t count : {samples.confidence[exit].size(), samples.is_right[exit].size()}) {
      if (count != expected) fail(fmt::format("exit {} has {} samples, expected {}", exit, count, expected));
    }
  }
}

void check_choice(const Samples& samples, const std::vector<std::size_t>& exits,
                  const std::vector<double>& thresholds) {
  if (exits.empty()) fail("a policy has no exits, expected at least one");
  for (std::size_t i = 0; i < exits.size(); ++i) {
    if (exits[i] >= samples.exit_count())
      fail(fmt::format("exit {} does not exist, expected 0 to {}", exits[i], samples.exit_count() - 1));
    if (i > 0 && exits[i] <= exits[i - 1])
      fail(fmt::format("exit {} follows {}, expected ascending exits", exits[i], exits[i - 1]));
  }
  if (thresholds.size() + 1 != exits.size())
    fail(
        fmt::format("{} thresholds for {} exits, expected one for each but the last", thresholds.size(), exits.size()));
  for (const double threshold : thresholds) {
    if (!std::isfinite(threshold) || threshold < 0)
      fail(fmt::format("a threshold is {}, expected a number of at least 0", threshold));
  }
}

// The place in `exits` where a sample stops.
std::size_t place_of_stop(const Samples& samples, const std::vector<std::size_t>& exits,
                          const std::vector<double>& thresholds, std::size_t sample) {
  std::size_t place = 0;
  // Compared as float, as recorded: 0.9f is less than 0.9.
  while (place < thresholds.size() &&
         !(samples.confidence[exits[place]][sample] >= static_cast<float>(thresholds[place])))
    ++place;
  return place;
}

}  // namespace

Samples samples_of(const ExitStatistics& measured, Confidence confidence) {
  Samples samples;
  for (const auto& exit : measured.exits) {
    samples.confidence.push_back(exit.confidence[static_cast<std::size_t>(confidence)]);
    samples.is_right.push_back(exit.is_right);
  }
  return samples;
}

Stops count_stops(const Samples& samples, const std::vector<std::size_t>& exits,
                  const std::vector<double>& thresholds) {
  check_samples(samples);
  check_choice(samples, exits, thresholds);
  Stops stops{std::vector<std::size_t>(exits.size(), 0)};
  std::size_t right = 0;
  for (std::size_t sample = 0; sample < samples.sample_count(); ++sample) {
    const std::size_t place = place_of_stop(samples, exits, thresholds, sample);
    ++stops.counts[place];
    if (samples.is_right[exits[place]][sample]) ++right;
  }
  stops.accuracy = 100 * static_cast<double>(right) / static_cast<double>(samples.sample_count());
  return stops;
}

}  // namespace tandem::exits
