#include "train/schedule.h"

#include <cmath>
#include <numbers>

namespace tandem::train {
namespace {

constexpr double kSgdRate = 0.02;
constexpr double kAdamRate = 0.001;

double highest_rate(const Settings& settings) {
  if (settings.learning_rate > 0) return settings.learning_rate;
  return settings.optimizer == Optimizer::Sgd ? kSgdRate : kAdamRate;
}

}  // namespace

Schedule::Schedule(const Settings& settings)
    : highest_(highest_rate(settings)), warmup_(settings.warmup_epochs), epochs_(settings.epochs) {}

double Schedule::rate_at(double epochs_done) const {
  if (epochs_done < warmup_) return highest_ * epochs_done / warmup_;
  if (epochs_done >= epochs_) return 0;
  return 0.5 * highest_ * (1 + std::cos(std::numbers::pi * (epochs_done - warmup_) / (epochs_ - warmup_)));
}

}  // namespace tandem::train
