// A progress bar with the time left, shown on a terminal only, and only for tasks of more than two seconds. Used by
// commands. Not synchronised.
#pragma once

#include <cstdio>
#include <string>

#include "base/clock.h"

namespace tandem::base {

class ProgressBar {
 public:
  explicit ProgressBar(std::FILE* output = stderr, const Clock& clock = steady_clock());
  ~ProgressBar();  // clears the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `doing` names the current step; `share` of the task is done, [0, 1]. Redraws at most ten times a second.
  void show(const std::string& doing, double share);

 private:
  std::FILE* output_;
  const Clock& clock_;
  Instant start_;
  Instant last_shown_{};
  bool is_terminal_;
  bool is_shown_ = false;
};

}  // namespace tandem::base
