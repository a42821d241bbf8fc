#include "workspace/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/progress.h"
#include "workspace/replicas.h"

namespace tandem::workspace {
namespace {

std::optional<base::Milliseconds> as_duration(const std::optional<double>& milliseconds) {
  return milliseconds ? std::optional(base::Milliseconds(*milliseconds)) : std::nullopt;
}

serve::FailoverSettings settings_of(const ServiceOptions& options) {
  serve::FailoverSettings settings;
  if (options.is_single) settings.deployment_limit = as_duration(options.deadline_ms);
  settings.progress = [bar = std::shared_ptr<base::ProgressBar>()](std::size_t sent, std::size_t total) mutable {
    if (sent >= total) return bar.reset();
    if (bar == nullptr) bar = std::make_shared<base::ProgressBar>();
    bar->show("sending stages", static_cast<double>(sent) / static_cast<double>(total));
  };
  return settings;
}

}  // namespace

Service::Service(Workspace& workspace, const PlanChoice& choice, const ServiceOptions& options)
    : deadline_(as_duration(options.deadline_ms)),
      deployment_(workspace.model(), workspace.access().targets(), workspace.codecs()),
      failover_(deployment_, workspace.access().targets(), choice.best, choice.without, settings_of(options)),
      watch_(workspace) {
  report_.in_flight = options.in_flight;
  report_.replicas = replicas_of(choice.best, workspace.access().targets());
  if (options.verify_every > 0)
    audit_.emplace(workspace.model(), workspace.engine(), workspace.access().targets(), options.verify_every);
}

base::Result<serve::Failover::Outcome> Service::ask(const std::vector<base::NamedTensor>& inputs) {
  heed_lies();
  auto outcome = failover_.run(inputs, deadline_);
  if (!outcome && !base::is_loss(outcome.error().kind())) throw base::Error(outcome.error());
  return outcome;
}

void Service::warm_up(const std::vector<base::NamedTensor>& inputs) {
  std::map<std::string, std::size_t> replicas;  // by target
  for (const auto& share : report_.replicas) ++replicas[share.target];
  std::size_t rounds = 1;
  for (const auto& [target, count] : replicas) rounds = std::max(rounds, count);
  for (std::size_t i = 0; i < rounds; ++i) (void)ask(inputs);
}

base::Result<deploy::Answer> Service::run(const std::vector<base::NamedTensor>& inputs) {
  auto outcome = ask(inputs);
  const std::lock_guard lock(mutex_);
  ++report_.requests;
  if (!outcome) {
    base::log(base::LogLevel::Info, "request {}: {}", report_.requests, outcome.error().message());
    if (!report_.failure) report_.failure = outcome.error();
    return outcome.error();
  }
  note(outcome.value(), inputs);
  return std::move(outcome.value().answer);
}

void Service::note(const serve::Failover::Outcome& outcome, const std::vector<base::NamedTensor>& inputs) {
  last_answer_ = base::steady_clock().now();
  if (report_.answered++ == 0) first_answer_ = last_answer_;
  const serve::Way& way = *outcome.way;
  if (outcome.is_fallback) ++report_.fallbacks[way.plan.summary()];
  note_replicas(outcome.answer.hops);
  if (report_.in_flight == 1) watch_.see(way.plan, outcome.answer);
  if (audit_) audit_->see(way, outcome.route, inputs, outcome.answer);
}

void Service::note_replicas(const std::vector<rpc::HopReport>& hops) {
  const auto took_part = [](const std::string& machine, const std::vector<rpc::HopReport>& reports) {
    return std::ranges::find(reports, machine, &rpc::HopReport::target) != reports.end();
  };
  for (auto& share : report_.replicas) {
    share.answers += took_part(share.replica, hops) || std::ranges::any_of(hops, [&](const rpc::HopReport& hop) {
                       return took_part(share.replica, hop.offloads);
                     });
  }
}

void Service::heed_lies() {
  if (!audit_) return;
  std::vector<Lie> lies;
  {
    const std::lock_guard lock(mutex_);
    lies = audit_->take_lies();
  }
  for (const auto& lie : lies) {
    for (const auto& target : lie.targets)
      failover_.take_out(target,
                         fmt::format("an answer of which it made a part differs by {:.1e} from the whole model's",
                                     lie.check.difference));
  }
}

ServiceReport Service::finish() {
  if (audit_) report_.audit = audit_->finish();
  heed_lies();
  report_.losses = failover_.losses();
  if (report_.in_flight > 1 && report_.answered > 1)
    report_.period_ms =
        base::Milliseconds(last_answer_ - first_answer_).count() / static_cast<double>(report_.answered - 1);
  return report_;
}

}  // namespace tandem::workspace
