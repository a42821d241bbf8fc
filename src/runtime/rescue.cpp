#include "runtime/rescue.h"

#include <utility>

namespace tandem::runtime {
namespace {

using base::Milliseconds;

// What the local route may take longer than expected.
constexpr double kMargin = 0.1;
constexpr Milliseconds kLeastMargin{5};

}  // namespace

Rescue::Rescue(Deployment& deployment, Route local, Milliseconds expected)
    : deployment_(deployment), local_(std::move(local)), needed_(expected * (1 + kMargin) + kLeastMargin) {}

bool Rescue::is_there_in_time(const base::Deadline& deadline) const {
  if (deadline.is_never()) {
    asked_.wait();
    return true;
  }
  const auto latest_start = deadline.instant() - std::chrono::duration_cast<base::Instant::duration>(needed_);
  return asked_.wait_until(latest_start) == std::future_status::ready;
}

base::Result<Rescue::Outcome> Rescue::run(const Route& route, const std::vector<base::NamedTensor>& inputs,
                                          base::Deadline deadline) {
  if (asked_.valid()) asked_.wait();  // that of the request before, which its deadline ends
  const auto start = base::steady_clock().now();
  asked_ = std::async(std::launch::async,
                      [this, route, inputs, deadline] { return deployment_.run(route, inputs, deadline); });
  const auto outcome = [&](base::Result<Answer>& answer, bool is_rescued) {
    Outcome made{std::move(answer).take(), is_rescued};
    made.answer.latency_ms = Milliseconds(base::steady_clock().now() - start).count();
    return made;
  };
  const bool has_ended = is_there_in_time(deadline);
  base::Result<Answer> answer = has_ended ? asked_.get() : base::Error(base::ErrorKind::DeadlineExceeded, "");
  if (answer) return outcome(answer, false);
  base::Result<Answer> local = deployment_.run(local_, inputs, deadline);
  if (local) return outcome(local, true);
  if (!has_ended) answer = asked_.get();
  if (answer) return outcome(answer, false);
  return answer.error();
}

}  // namespace tandem::runtime
