// Several pieces of work at once. Used by requests of run.h and by benchmarks.
#pragma once

#include <cstddef>
#include <functional>

namespace tandem::workspace {

// Does `work(0)` to `work(count - 1)`, begun in this order, `at_once` at a time: each in one of as many threads, or, if
// it is 1, in the calling one. Once one throws, no other begins; its exception is thrown when all have ended.
void do_in_flight(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& work);

}  // namespace tandem::workspace
