// The learning rate over the course of a training. Private to train/. Pure.
#pragma once

#include "train/settings.h"

namespace tandem::train {

class Schedule {
 public:
  explicit Schedule(const Settings& settings);

  // `epochs_done` in [0, epochs]. Linear from 0 during the warm-up; then a cosine from the highest rate to 0:
  // ½ r (1 + cos(π t ÷ T)), t of T epochs after the warm-up (Loshchilov and Hutter, "SGDR", 2017, equation 5, without
  // restarts).
  double rate_at(double epochs_done) const;

 private:
  double highest_;
  double warmup_;
  double epochs_;
};

}  // namespace tandem::train
