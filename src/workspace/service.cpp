#include "workspace/service.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "base/log.h"
#include "base/progress.h"

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
  (void)ask(inputs);
}

base::Result<deploy::Answer> Service::run(const std::vector<base::NamedTensor>& inputs) {
  ++report_.requests;
  auto outcome = ask(inputs);
  if (!outcome) {
    base::log(base::LogLevel::Info, "request {}: {}", report_.requests, outcome.error().message());
    if (!report_.failure) report_.failure = outcome.error();
    return outcome.error();
  }
  ++report_.answered;
  const serve::Way& way = *outcome.value().way;
  if (outcome.value().is_fallback) ++report_.fallbacks[way.plan.summary()];
  watch_.see(way.plan, outcome.value().answer);
  if (audit_) audit_->see(way, inputs, outcome.value().answer);
  return std::move(outcome.value().answer);
}

void Service::heed_lies() {
  if (!audit_) return;
  for (const auto& lie : audit_->take_lies()) {
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
  return report_;
}

}  // namespace tandem::workspace
