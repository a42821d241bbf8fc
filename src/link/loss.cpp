#include "link/loss.h"

#include <algorithm>

namespace tandem::link {

void LossProcess::set(const LinkConditions& conditions) {
  is_bursty_ = conditions.burst_packets > 0 && conditions.loss_percent > 0;
  if (!is_bursty_) {
    is_in_burst_ = false;
    loss_ = conditions.loss_percent / 100;
    return;
  }
  loss_ = conditions.burst_loss_percent / 100;
  const double within = conditions.loss_percent / conditions.burst_loss_percent;
  ends_ = within < 1 ? 1 / conditions.burst_packets : 0;
  begins_ = within < 1 ? std::min(1.0, ends_ * within / (1 - within)) : 1;
}

bool LossProcess::loses_next() {
  if (is_bursty_) is_in_burst_ = is_in_burst_ ? !happens(ends_) : happens(begins_);
  return (!is_bursty_ || is_in_burst_) && happens(loss_);
}

bool LossProcess::happens(double probability) {
  return probability > 0 && std::uniform_real_distribution<double>()(random_) < probability;
}

}  // namespace tandem::link
