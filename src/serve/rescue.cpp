#include "serve/rescue.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace tandem::serve {
namespace {

using base::Milliseconds;
using Result = base::Result<deploy::Answer>;

constexpr std::size_t kMostUnderWay = 16;

}  // namespace

// Both ways of one request; wakes the waiting thread when one of them has ended.
class Rescue::Race {
 public:
  std::optional<Result> planned;
  std::optional<Result> local;

  void end(Way way, Result result) {
    const std::lock_guard lock(mutex_);
    this->*way = std::move(result);
    changed_.notify_all();
  }
  // Whether the plan has answered once it has ended, or the instant has come.
  bool plan_answers_by(base::Instant instant) {
    std::unique_lock lock(mutex_);
    wait_until(lock, instant, [&] { return planned.has_value(); });
    return has_answered(planned);
  }
  // Waits for an answer, for the end of both, or for the instant.
  void wait_for_answer(base::Instant instant) {
    std::unique_lock lock(mutex_);
    wait_until(lock, instant, [&] { return has_answered(planned) || has_answered(local) || (planned && local); });
  }
  base::Result<Outcome> outcome() {
    const std::lock_guard lock(mutex_);
    if (has_answered(planned)) return Outcome{std::move(*planned).take(), false};
    if (has_answered(local)) return Outcome{std::move(*local).take(), true};
    if (planned) return planned->error();
    return base::Error(base::ErrorKind::DeadlineExceeded, "neither the plan nor the first target alone was in time");
  }

 private:
  static bool has_answered(const std::optional<Result>& way) { return way && *way; }
  template <class Condition>
  void wait_until(std::unique_lock<std::mutex>& lock, base::Instant instant, const Condition& is_over) {
    if (instant == base::Instant::max()) return changed_.wait(lock, is_over);
    changed_.wait_until(lock, instant, is_over);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
};

Rescue::Rescue(deploy::Deployment& deployment, deploy::Route local, Milliseconds expected)
    : deployment_(deployment), local_(std::move(local)), margin_(expected) {}

Rescue::~Rescue() = default;

base::Instant Rescue::latest_start(const base::Deadline& deadline) const {
  if (deadline.is_never()) return deadline.instant();
  return deadline.instant() - std::chrono::duration_cast<base::Instant::duration>(margin_.needed());
}

void Rescue::begin(const std::shared_ptr<Race>& race, Way way, const deploy::Route& route,
                   const std::vector<base::NamedTensor>& inputs, const base::Deadline& deadline) {
  under_way_.push_back(std::async(std::launch::async, [this, race, way, route, inputs, deadline] {
    race->end(way, deployment_.run(route, inputs, deadline));
  }));
}

void Rescue::let_go_of_ended() {
  std::erase_if(under_way_, [](const std::future<void>& each) {
    return each.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  if (under_way_.size() > kMostUnderWay) under_way_.clear();  // waits
}

void Rescue::note(const base::Result<Outcome>& outcome, base::Instant local_start) {
  if (!outcome) return margin_.note_miss();
  if (outcome.value().is_rescued) margin_.note(Milliseconds(base::steady_clock().now() - local_start));
}

base::Result<Rescue::Outcome> Rescue::run(const deploy::Route& route, const std::vector<base::NamedTensor>& inputs,
                                          base::Deadline deadline) {
  let_go_of_ended();
  const auto start = base::steady_clock().now();
  const auto latest = std::max(start, latest_start(deadline));
  const auto race = std::make_shared<Race>();
  begin(race, &Race::planned, route, inputs, deadline);
  const bool is_planned = race->plan_answers_by(latest);
  const auto local_start = std::min(latest, base::steady_clock().now());
  if (!is_planned) {
    begin(race, &Race::local, local_, inputs, deadline);
    race->wait_for_answer(deadline.instant());
  }
  auto outcome = race->outcome();
  if (!is_planned) note(outcome, local_start);
  if (outcome) outcome.value().answer.latency_ms = Milliseconds(base::steady_clock().now() - start).count();
  return outcome;
}

}  // namespace tandem::serve
