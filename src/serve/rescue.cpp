#include "serve/rescue.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace tandem::serve {
namespace {

using base::Milliseconds;
using Result = base::Result<deploy::Answer>;

// The share by which the local route may exceed its expected time.
constexpr double kMargin = 0.1;
constexpr Milliseconds kLeastMargin{5};

}  // namespace

// Both ways of one request; wakes the waiting thread when one of them has ended.
class Rescue::Race {
 public:
  void end(std::optional<Result> Race::*way, Result result) {
    const std::lock_guard lock(mutex_);
    this->*way = std::move(result);
    changed_.notify_all();
  }
  template <class Condition>
  void wait_until(base::Instant instant, const Condition& is_over) {
    std::unique_lock lock(mutex_);
    if (instant == base::Instant::max()) return changed_.wait(lock, is_over);
    changed_.wait_until(lock, instant, is_over);
  }

  // Read these in wait_until()'s condition only, or once both ways have ended.
  std::optional<Result> planned;
  std::optional<Result> local;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

Rescue::Rescue(deploy::Deployment& deployment, deploy::Route local, Milliseconds expected)
    : deployment_(deployment), local_(std::move(local)), needed_(expected * (1 + kMargin) + kLeastMargin) {}

Rescue::~Rescue() = default;

base::Instant Rescue::latest_start(const base::Deadline& deadline) const {
  if (deadline.is_never()) return deadline.instant();
  return deadline.instant() - std::chrono::duration_cast<base::Instant::duration>(needed_);
}

base::Result<Rescue::Outcome> Rescue::run(const deploy::Route& route, const std::vector<base::NamedTensor>& inputs,
                                          base::Deadline deadline) {
  under_way_.clear();  // waits: deadlines end leftovers of the last request
  const auto start = base::steady_clock().now();
  const auto race = std::make_shared<Race>();
  const auto begin = [&](const deploy::Route& way, std::optional<Result> Race::*result) {
    under_way_.push_back(std::async(std::launch::async, [this, race, way, inputs, deadline, result] {
      race->end(result, deployment_.run(way, inputs, deadline));
    }));
  };
  std::optional<Result> answer;
  bool is_rescued = false;
  begin(route, &Race::planned);
  race->wait_until(latest_start(deadline), [&] {
    answer = race->planned;
    return answer.has_value();
  });
  if (!answer || !*answer) {
    begin(local_, &Race::local);
    race->wait_until(base::Instant::max(), [&] {
      is_rescued = race->local && *race->local && !(race->planned && *race->planned);
      answer = is_rescued ? race->local : race->planned;
      return answer && (*answer || race->local);
    });
  }
  if (!*answer) return answer->error();
  Outcome outcome{std::move(*answer).take(), is_rescued};
  outcome.answer.latency_ms = Milliseconds(base::steady_clock().now() - start).count();
  return outcome;
}

}  // namespace tandem::serve
