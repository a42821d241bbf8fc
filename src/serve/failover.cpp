#include "serve/failover.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "base/log.h"

namespace tandem::serve {
namespace {

using base::Deadline;
using base::Error;
using base::Milliseconds;

constexpr Milliseconds kHealthLimit{1'000};
constexpr Milliseconds kLookEvery{1'000};
constexpr Milliseconds kLookWhileWaiting{100};  // each may take what is left of the request's time
constexpr Milliseconds kNap{50};
constexpr Milliseconds kLongestWait{10'000};     // of a request, for a machine that no plan does without
constexpr Milliseconds kLongestDrought{60'000};  // without any answer: then requests no longer wait

}  // namespace

Failover::Failover(deploy::Deployment& deployment, const rpc::Targets& targets, plan::Plan plan,
                   PlanWithout plan_without, FailoverSettings settings)
    : deployment_(deployment),
      targets_(targets),
      plan_(std::move(plan)),
      plan_without_(std::move(plan_without)),
      settings_(std::move(settings)),
      last_look_(base::steady_clock().now()),
      last_answer_(last_look_) {
  if (prepare(Deadline::never()) == nullptr) throw Error(*losses_.cause());
}

base::Result<Failover::Outcome> Failover::run(const std::vector<base::NamedTensor>& inputs,
                                              std::optional<Milliseconds> limit) {
  Lock lock(mutex_);
  look_around(kLookEvery, Deadline::never(), lock);
  const Way* way = prepare(Deadline::never());
  const auto start = base::steady_clock().now();
  const auto deadline = limit ? Deadline::after(*limit) : Deadline::never();
  if (way == nullptr) way = prepare_or_wait(deadline, lock);
  if (way == nullptr) return *losses_.cause();
  Attempt last;
  auto answer = attempt(last, *way, inputs, deadline, lock);
  bool is_repeated = false;
  while (!answer && base::is_loss(answer.error().kind()) && !deadline.has_passed()) {
    way = next_way(last, answer.error(), is_repeated, deadline, lock);
    if (way == nullptr) break;
    answer = attempt(last, *way, inputs, deadline, lock);
  }
  if (!answer && deadline.has_passed()) suspect_ = last.route;
  if (!answer) return answer.error();
  last_answer_ = base::steady_clock().now();
  answer.value().latency_ms = Milliseconds(last_answer_ - start).count();  // with what failed before
  return Outcome{std::move(answer).take(), last.way, std::move(last.route), !(last.way->plan == plan_)};
}

base::Result<deploy::Answer> Failover::attempt(Attempt& attempt, const Way& way,
                                               const std::vector<base::NamedTensor>& inputs, Deadline deadline,
                                               Lock& lock) {
  attempt = {&way, deployment_.in_turn(way.route, losses_.out())};
  lock.unlock();
  auto answer = deployment_.run(attempt.route, inputs, deadline);
  lock.lock();
  return answer;
}

// The same way once more if all its machines answer, since a connection may have been stale; then one without the
// machines that are silent, which is the same with other replicas of them if there are any; or, where the network alone
// fails the request, without all of them.
const Way* Failover::next_way(const Attempt& failed, const Error& error, bool& is_repeated, Deadline deadline,
                              Lock& lock) {
  const Machines silent = silent_of(failed.route, deadline, lock);
  for (const auto& machine : silent) losses_.note(machine, error);
  if (silent.empty() && !std::exchange(is_repeated, true)) return failed.way;
  Machines avoided = losses_.out();
  if (silent.empty()) avoided.merge(remote_machines_of(failed.way->route));
  try {
    const Way* const next = way_without(avoided, deadline);
    if (silent.empty() && next == failed.way) return nullptr;
    if (next != nullptr) announce(next);
    if (next != nullptr || silent.empty()) return next;
    return prepare_or_wait(deadline, lock);
  } catch (const deploy::LostTarget& lost) {
    losses_.note(lost.target(), lost);
    return nullptr;
  }
}

const Way* Failover::prepare(Deadline deadline) {
  while (true) {
    try {
      const auto& limit = settings_.deployment_limit;
      const Way* const way = way_without(losses_.out(), limit ? earlier(deadline, Deadline::after(*limit)) : deadline);
      if (way != nullptr) announce(way);
      return way;
    } catch (const deploy::LostTarget& lost) {
      losses_.note_failed_deployment(lost.target());
      if (!losses_.note(lost.target(), lost)) throw;
    }
  }
}

const Way* Failover::prepare_or_wait(Deadline deadline, Lock& lock) {
  const auto start = base::steady_clock().now();
  if (start - last_answer_ > kLongestDrought) return nullptr;
  announce(nullptr);
  const auto until = earlier(deadline, Deadline::after(kLongestWait));
  while (!until.has_passed()) {
    lock.unlock();
    std::this_thread::sleep_for(std::min(kNap, until.remaining()));
    lock.lock();
    look_around(kLookWhileWaiting, deadline, lock);
    if (const Way* const way = prepare(deadline); way != nullptr) return way;
  }
  return nullptr;
}

// A target is avoided once all its replicas are.
const Way* Failover::way_without(const Machines& avoided, Deadline deadline) {
  const Targets without = targets_without(avoided);
  const auto known = known_.find(without);
  if (known != known_.end()) return known->second;
  auto plan = avoids(plan_, without) ? std::optional(plan_) : plan_without_(without);
  const Way* const way = plan ? deploy(std::move(*plan), deadline) : nullptr;
  known_[without] = way;
  return way;
}

const Way* Failover::deploy(plan::Plan plan, Deadline deadline) {
  const auto known = std::ranges::find(ways_, plan, &Way::plan);
  if (known != ways_.end()) return &*known;
  const Machines lacking = losses_.out();
  deploy::Route route = deployment_.add({plan}, settings_.progress, deadline, lacking).front();
  const Way& way = ways_.emplace_back(way_by(deployment_, std::move(plan), std::move(route)));
  for (const auto& machine : remote_machines_of(way.route)) {
    if (lacking.contains(machine)) left_out_[&way].insert(machine);
  }
  return &way;
}

Failover::Targets Failover::targets_without(const Machines& avoided) const {
  Targets targets;
  for (const auto& machine : avoided) {
    const std::string& target = targets_.target_of(machine);
    const auto is_avoided = [&](const std::string& each) { return avoided.contains(each); };
    if (std::ranges::all_of(targets_.machines_of(target), is_avoided)) targets.insert(target);
  }
  return targets;
}

Failover::Machines Failover::remote_machines_of(const deploy::Route& route) const {
  Machines remote;
  const auto add = [&](const std::string& target) {
    const auto& machines = targets_.machines_of(target);
    if (!targets_.is_here(target)) remote.insert(machines.begin(), machines.end());
  };
  for (const auto& hop : route.hops) {
    add(hop.target);
    for (const auto& offload : hop.offloads) add(offload.target);
  }
  return remote;
}

Failover::Machines Failover::silent_of(const deploy::Route& route, Deadline deadline, Lock& lock) const {
  lock.unlock();
  const auto until = earlier(deadline, Deadline::after(kHealthLimit));
  std::map<std::string, std::future<base::Status>> health;
  for (const auto& machine : remote_machines_of(route)) {
    rpc::Access& access = targets_.at(machine);
    health[machine] = std::async(std::launch::async, [&access, until] { return access.check_health(until); });
  }
  Machines silent;
  for (auto& [machine, sign] : health) {
    const auto status = sign.get();
    if (!status && base::is_loss(status.error().kind())) silent.insert(machine);
  }
  lock.lock();
  return silent;
}

void Failover::take_out(const std::string& machine, const std::string& reason) {
  const Lock lock(mutex_);
  base::log(base::LogLevel::Warning, "'{}' is out of service: {}", machine, reason);
  losses_.note(machine, Error(base::ErrorKind::Unavailable, reason), true);
}

// Between requests, so that no answer is late for it. One request at a time looks; others go on meanwhile.
void Failover::look_around(Milliseconds every, Deadline deadline, Lock& lock) {
  if (const auto suspect = std::exchange(suspect_, std::nullopt)) {
    for (const auto& machine : silent_of(*suspect, Deadline::never(), lock))
      losses_.note(machine, Error(base::ErrorKind::DeadlineExceeded,
                                  machine + ": no answer by the deadline, and no sign of life"));
  }
  if (is_looking_ || base::steady_clock().now() - last_look_ < every) return;
  is_looking_ = true;
  for (const auto& machine : losses_.to_look_for()) {
    if (!is_back(machine, deadline, lock)) continue;
    losses_.note_back(machine);
    base::log(base::LogLevel::Warning, "'{}' is back", machine);
  }
  last_look_ = base::steady_clock().now();
  is_looking_ = false;
}

// It answers, and has got the parts of ways that were deployed without it.
bool Failover::is_back(const std::string& machine, Deadline deadline, Lock& lock) {
  lock.unlock();
  const auto health = targets_.at(machine).check_health(earlier(deadline, Deadline::after(kHealthLimit)));
  lock.lock();
  if (!health) return false;
  for (auto& [way, left_out] : left_out_) {
    if (!left_out.contains(machine)) continue;
    lock.unlock();
    const auto& limit = settings_.deployment_limit;
    const auto until = limit ? earlier(deadline, Deadline::after(*limit)) : deadline;
    const auto sent = deployment_.send_again(way->route, until, machine);
    lock.lock();
    if (!sent) losses_.note_failed_deployment(machine);
    if (!sent) return false;
    left_out.erase(machine);
  }
  return !losses_.has_lied(machine);
}

// Each loss in one line, once it is known which way requests go without the machine.
void Failover::announce(const Way* way) {
  for (const auto& loss : losses_.take_news()) {
    base::log(base::LogLevel::Warning, "'{}' is lost ({}): requests {} until it is back", loss.target, loss.reason,
              instead_of(loss.target, way));
  }
}

std::string Failover::instead_of(const std::string& machine, const Way* way) const {
  if (way == nullptr) return "wait for it";
  const std::string& target = targets_.target_of(machine);
  const bool has_twins = target != machine && !avoids(way->plan, {target});
  return has_twins ? fmt::format("go to the other replicas of '{}'", target)
                   : fmt::format("go by the plan '{}'", way->plan.summary());
}

}  // namespace tandem::serve
