// Which packets are lost: independently, or in bursts by the model of Gilbert and Elliott. Not thread-safe. Private to
// link/.
#pragma once

#include <cstdint>
#include <random>

#include "link/conditions.h"

namespace tandem::link {

// A Markov chain of two states, one step a packet (Gilbert, "Capacity of a Burst-Noise Channel", 1960): within a burst
// a packet is lost with a share, outside never. From the mean loss L, the mean length B of a burst and the share h lost
// within it: a burst ends with r = 1 / B after each packet, and begins with p = r × s / (1 - s), where s = L / h is the
// share of packets within bursts.
class LossProcess {
 public:
  explicit LossProcess(std::uint64_t seed) : random_(seed) {}
  void set(const LinkConditions& conditions);  // they have passed check()
  bool loses_next();

 private:
  bool happens(double probability);

  std::mt19937_64 random_;
  bool is_bursty_ = false;
  bool is_in_burst_ = false;
  double loss_ = 0;  // of every packet, or within a burst
  double begins_ = 0;
  double ends_ = 1;
};

}  // namespace tandem::link
