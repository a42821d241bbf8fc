// Runs work that may kill its process, in processes of its own. For graph_fuzz.cpp. Call it before any thread starts.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tandem::fuzz {

// How one piece of work ended, where it did not return.
struct Death {
  std::size_t index = 0;
  int signal = 0;             // SIGPROF: it computed for too long; SIGALRM: it waited for too long
  bool is_repeatable = true;  // it dies in a process of its own, too
};

struct ApartSettings {
  double longest_seconds = 10;           // of computing; of waiting, twenty times as long, since machines are busy
  std::size_t pieces_per_process = 500;  // memory that one spoils cannot outlive its process
  std::size_t most_memory_bytes = std::size_t{4} << 30;
};

// What the pieces found, added up over all processes.
inline constexpr std::size_t kCounters = 8;
using Counters = std::array<std::size_t, kCounters>;

// Calls work(i, counters) for each i of [first, last). Prints nothing of what they print. After each death, `on_death`.
Counters run_apart(std::size_t first, std::size_t last, const ApartSettings& settings,
                   const std::function<void(std::size_t, Counters&)>& work,
                   const std::function<void(const Death&)>& on_death);

}  // namespace tandem::fuzz
