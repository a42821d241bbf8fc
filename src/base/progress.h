// A progress bar with the time left, on a terminal only, and only for what takes more than two seconds.
#pragma once

#include <chrono>
#include <string>

namespace tandem::base {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();  // wipes the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(const std::string& doing, double share);  // share in [0, 1]

 private:
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_shown_{};
  bool is_terminal_;
  bool is_shown_ = false;
};

}  // namespace tandem::base
