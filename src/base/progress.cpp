#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tandem::base {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kPatience{2};
constexpr Seconds kBetweenUpdates{0.1};
constexpr int kBarWidth = 24;

std::string time_text(double seconds) {
  const auto whole = static_cast<int>(seconds + 0.5);
  return whole >= 60 ? fmt::format("{} min {:02} s", whole / 60, whole % 60) : fmt::format("{} s", whole);
}

}  // namespace

ProgressBar::ProgressBar() : start_(std::chrono::steady_clock::now()), is_terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (is_shown_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::show(const std::string& doing, double share) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_terminal_ || now - start_ < kPatience || now - last_shown_ < kBetweenUpdates) return;
  last_shown_ = now;
  is_shown_ = true;
  share = std::clamp(share, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * kBarWidth);
  const double elapsed = Seconds(now - start_).count();
  const std::string left = share > 0.01 ? time_text(elapsed * (1 - share) / share) + " left" : "";
  fmt::print(stderr, "\r\x1b[K[{}{}] {:3.0f} %  {}  {}", std::string(filled, '#'), std::string(kBarWidth - filled, ' '),
             share * 100, doing, left);
  std::fflush(stderr);
}

}  // namespace tandem::base
