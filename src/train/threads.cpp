#include "train/threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

namespace tandem::train {

void use_threads(int count) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at::set_num_threads(count > 0 ? count : cores);
}

}  // namespace tandem::train
