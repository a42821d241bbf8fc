// The number of threads that libtorch uses in this process. Private to train/.
#pragma once

namespace tandem::train {

void use_threads(int count);  // 0: one per usable processor

}  // namespace tandem::train
