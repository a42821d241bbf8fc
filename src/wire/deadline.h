// base::Deadline as gRPC's completion queues and contexts take it. Private to wire/.
#pragma once

#include <grpc/support/time.h>

#include "base/clock.h"

namespace tandem::wire {

inline gpr_timespec to_timespec(base::Deadline deadline) {
  if (deadline.is_never()) return gpr_inf_future(GPR_CLOCK_MONOTONIC);
  // From the time that remains: gRPC's monotonic clock starts elsewhere than the machine's.
  const auto remaining = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.remaining());
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(remaining.count(), GPR_TIMESPAN));
}

}  // namespace tandem::wire
