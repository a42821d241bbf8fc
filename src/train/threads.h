// For train's own sources: how many threads libtorch uses, in the whole process.
#pragma once

namespace tandem::train {

void use_threads(int count);  // 0: one per core

}  // namespace tandem::train
