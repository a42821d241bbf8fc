#include "train/threads.h"

#include <ATen/Parallel.h>

#include "base/processors.h"

namespace tandem::train {

void use_threads(int count) {
  at::set_num_threads(count > 0 ? count : base::usable_processors());
}

}  // namespace tandem::train
