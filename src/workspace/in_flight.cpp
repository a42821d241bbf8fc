#include "workspace/in_flight.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

namespace tandem::workspace {

void do_in_flight(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto take_turns = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      next = count;
      throw;
    }
  };
  if (at_once <= 1) return take_turns();
  std::vector<std::future<void>> lanes;
  for (std::size_t i = 0; i < std::min(at_once, count); ++i)
    lanes.push_back(std::async(std::launch::async, take_turns));
  for (const auto& lane : lanes) lane.wait();
  for (auto& lane : lanes) lane.get();
}

}  // namespace tandem::workspace
