#include "serve/failover.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/unix_time.h"

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
constexpr int kDeployments = 2;                  // that may fail at a target

}  // namespace

bool avoids(const plan::Plan& plan, const Failover::Targets& targets) {
  return std::ranges::none_of(plan.stages, [&](const plan::Stage& stage) {
    return targets.contains(stage.target) || std::ranges::any_of(plan::shares_of(stage), [&](const plan::Share& share) {
             return targets.contains(share.target);
           });
  });
}

Way way_by(const deploy::Deployment& deployment, plan::Plan plan, deploy::Route route) {
  Way way{std::move(plan), std::move(route), {}, {}};
  for (const auto& hop : way.route.hops) {
    way.layers.push_back(deployment.layers_of(hop.parts));
    auto& offloaded = way.offloaded.emplace_back();
    for (const auto& offload : hop.offloads) offloaded.push_back(deployment.layers_of(offload.parts));
  }
  return way;
}

Failover::Failover(deploy::Deployment& deployment, const rpc::Targets& targets, plan::Plan plan,
                   PlanWithout plan_without, FailoverSettings settings)
    : deployment_(deployment),
      targets_(targets),
      plan_(std::move(plan)),
      plan_without_(std::move(plan_without)),
      settings_(std::move(settings)),
      last_look_(base::steady_clock().now()),
      last_answer_(last_look_) {
  if (prepare(Deadline::never()) == nullptr) throw Error(*cause_);
}

base::Result<Failover::Outcome> Failover::run(const std::vector<base::NamedTensor>& inputs,
                                              std::optional<Milliseconds> limit) {
  look_around(kLookEvery, Deadline::never());
  const Way* way = prepare(Deadline::never());
  const auto start = base::steady_clock().now();
  const auto deadline = limit ? Deadline::after(*limit) : Deadline::never();
  if (way == nullptr) way = prepare_or_wait(deadline);
  if (way == nullptr) return *cause_;
  auto answer = deployment_.run(way->route, inputs, deadline);
  bool is_repeated = false;
  while (!answer && base::is_loss(answer.error().kind()) && !deadline.has_passed()) {
    const Way* const next = next_way(*way, answer.error(), is_repeated, deadline);
    if (next == nullptr) break;
    way = next;
    answer = deployment_.run(way->route, inputs, deadline);
  }
  if (!answer && deadline.has_passed()) suspect_ = way;
  if (!answer) return answer.error();
  last_answer_ = base::steady_clock().now();
  answer.value().latency_ms = Milliseconds(last_answer_ - start).count();  // with what failed before
  return Outcome{std::move(answer).take(), way, !(way->plan == plan_)};
}

// The same way once more if all its machines answer, since a connection may have been stale; then one without the
// machines that are silent, or, where the network alone fails the request, without all of them.
const Way* Failover::next_way(const Way& failed, const Error& error, bool& is_repeated, Deadline deadline) {
  const Targets silent = silent_of(failed, deadline);
  for (const auto& target : silent) note(target, error);
  if (silent.empty() && !std::exchange(is_repeated, true)) return &failed;
  Targets avoided = out();
  if (silent.empty()) avoided.merge(remote_targets_of(failed));
  try {
    const Way* const next = way_without(avoided, deadline);
    if (next != nullptr) announce(next);
    if (next != nullptr || silent.empty()) return next == &failed ? nullptr : next;
    return prepare_or_wait(deadline);
  } catch (const deploy::LostTarget& lost) {
    note(lost.target(), lost);
    return nullptr;
  }
}

const Way* Failover::prepare(Deadline deadline) {
  while (true) {
    try {
      const auto& limit = settings_.deployment_limit;
      const Way* const way = way_without(out(), limit ? earlier(deadline, Deadline::after(*limit)) : deadline);
      if (way != nullptr) announce(way);
      return way;
    } catch (const deploy::LostTarget& lost) {
      ++failed_to_deploy_[lost.target()];
      if (!note(lost.target(), lost)) throw;
    }
  }
}

const Way* Failover::prepare_or_wait(Deadline deadline) {
  const auto start = base::steady_clock().now();
  if (start - last_answer_ > kLongestDrought) return nullptr;
  announce(nullptr);
  const auto until = earlier(deadline, Deadline::after(kLongestWait));
  while (!until.has_passed()) {
    std::this_thread::sleep_for(std::min(kNap, until.remaining()));
    look_around(kLookWhileWaiting, deadline);
    if (const Way* const way = prepare(deadline); way != nullptr) return way;
  }
  return nullptr;
}

const Way* Failover::way_without(const Targets& avoided, Deadline deadline) {
  const auto known = known_.find(avoided);
  if (known != known_.end()) return known->second;
  auto plan = avoids(plan_, avoided) ? std::optional(plan_) : plan_without_(avoided);
  const Way* const way = plan ? deploy(std::move(*plan), deadline) : nullptr;
  known_[avoided] = way;
  return way;
}

const Way* Failover::deploy(plan::Plan plan, Deadline deadline) {
  const auto known = std::ranges::find(ways_, plan, &Way::plan);
  if (known != ways_.end()) return &*known;
  deploy::Route route = deployment_.add({plan}, settings_.progress, deadline).front();
  return &ways_.emplace_back(way_by(deployment_, std::move(plan), std::move(route)));
}

Failover::Targets Failover::remote_targets_of(const Way& way) const {
  Targets remote;
  for (const auto& hop : way.route.hops) {
    remote.insert(hop.target);
    for (const auto& offload : hop.offloads) remote.insert(offload.target);
  }
  std::erase_if(remote, [&](const std::string& target) { return targets_.is_here(target); });
  return remote;
}

Failover::Targets Failover::silent_of(const Way& way, Deadline deadline) const {
  const auto until = earlier(deadline, Deadline::after(kHealthLimit));
  std::map<std::string, std::future<base::Status>> health;
  for (const auto& target : remote_targets_of(way)) {
    rpc::Access& access = targets_.at(target);
    health[target] = std::async(std::launch::async, [&access, until] { return access.check_health(until); });
  }
  Targets silent;
  for (auto& [target, sign] : health) {
    const auto status = sign.get();
    if (!status && base::is_loss(status.error().kind())) silent.insert(target);
  }
  return silent;
}

Failover::Targets Failover::out() const {
  Targets out;
  for (const auto& loss : losses_) {
    if (!loss.back_at_s) out.insert(loss.target);
  }
  return out;
}

bool Failover::note(const std::string& target, const Error& error, bool has_lied) {
  if (out().contains(target)) return false;
  losses_.push_back({target, error.message(), has_lied, base::unix_time_s(), {}});
  cause_ = error;
  return true;
}

void Failover::take_out(const std::string& target, const std::string& reason) {
  base::log(base::LogLevel::Warning, "'{}' is out of service: {}", target, reason);
  if (note(target, Error(base::ErrorKind::Unavailable, reason), true)) return;
  for (auto& loss : losses_) loss.has_lied |= loss.target == target && !loss.back_at_s;
}

// Between requests, so that no answer is late for it.
void Failover::look_around(Milliseconds every, Deadline deadline) {
  if (const Way* const suspect = std::exchange(suspect_, nullptr)) {
    for (const auto& target : silent_of(*suspect, Deadline::never()))
      note(target,
           Error(base::ErrorKind::DeadlineExceeded, target + ": no answer by the deadline, and no sign of life"));
  }
  if (base::steady_clock().now() - last_look_ < every) return;
  for (auto& loss : losses_) {
    if (loss.back_at_s || loss.has_lied || failed_to_deploy_[loss.target] >= kDeployments) continue;
    if (!targets_.at(loss.target).check_health(earlier(deadline, Deadline::after(kHealthLimit)))) continue;
    loss.back_at_s = base::unix_time_s();
    base::log(base::LogLevel::Warning, "'{}' is back", loss.target);
  }
  last_look_ = base::steady_clock().now();
}

// Each loss in one line, once it is known which way requests go without the machine.
void Failover::announce(const Way* way) {
  for (; announced_ < losses_.size(); ++announced_) {
    const Loss& loss = losses_[announced_];
    if (loss.has_lied || loss.back_at_s) continue;
    const std::string instead =
        way == nullptr ? "wait for it" : fmt::format("go by the plan '{}'", way->plan.summary());
    base::log(base::LogLevel::Warning, "'{}' is lost ({}): requests {} until it is back", loss.target, loss.reason,
              instead);
  }
}

}  // namespace tandem::serve
