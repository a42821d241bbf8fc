#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/figures.h"
#include "base/printable.h"

namespace tandem::base {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kPatience{2};
constexpr Seconds kBetweenUpdates{0.1};
constexpr int kBarWidth = 24;
constexpr double kLeastShare = 0.01;  // done before the time left can be told

std::string time_left(Seconds elapsed, double share) {
  return share > kLeastShare ? minutes_and_seconds(elapsed.count() * (1 - share) / share) + " left" : "";
}

}  // namespace

ProgressBar::ProgressBar(std::FILE* output, const Clock& clock)
    : output_(output), clock_(clock), start_(clock.now()), is_terminal_(::isatty(::fileno(output)) != 0) {}

ProgressBar::~ProgressBar() {
  if (is_shown_) fmt::print(output_, "\r\x1b[K");
}

void ProgressBar::show(const std::string& doing, double share) {
  const Instant now = clock_.now();
  if (!is_terminal_ || now - start_ < kPatience || now - last_shown_ < kBetweenUpdates) return;
  last_shown_ = now;
  is_shown_ = true;
  share = std::clamp(share, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * kBarWidth);
  fmt::print(output_, "\r\x1b[K[{}{}] {:3.0f} %  {}  {}", std::string(filled, '#'),
             std::string(kBarWidth - filled, ' '), share * 100, printable(doing), time_left(now - start_, share));
  std::fflush(output_);
}

}  // namespace tandem::base
