#include "cli/service_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/figures.h"
#include "cli/output.h"

namespace tandem::cli {
namespace {

base::Json json_of(const serve::Loss& loss) {
  return {{"target", loss.target},
          {"reason", loss.reason},
          {"has_lied", loss.has_lied},
          {"lost_at_s", loss.lost_at_s},
          {"back_at_s", loss.back_at_s ? base::Json(*loss.back_at_s) : base::Json()}};
}

base::Json json_of(const workspace::AuditReport& audit) {
  return {{"compared", audit.compared},
          {"skipped", audit.skipped},
          {"different", audit.different},
          {"max_relative_difference", number_of(audit.largest_difference)}};
}

base::Json json_of(const workspace::ReplicaShare& share) {
  return {{"target", share.target}, {"replica", share.replica}, {"answers", share.answers}};
}

std::string text_of(const std::vector<workspace::ReplicaShare>& replicas) {
  std::vector<std::string> shares;
  for (const auto& share : replicas) shares.push_back(fmt::format("{} {}", share.replica, share.answers));
  return shares.empty() ? "" : fmt::format("answers by replica: {}\n", fmt::join(shares, ", "));
}

std::string text_of_period(const workspace::ServiceReport& service, const plan::Plan& plan) {
  if (!service.period_ms) return "";
  return fmt::format("{} at once: an answer every {} ms on average, predicted {} ms\n", service.in_flight,
                     base::ms_number(*service.period_ms), base::ms_number(plan.period_ms));
}

std::string text_of(const serve::Loss& loss) {
  if (loss.has_lied)
    return fmt::format("'{}' out of service from {}: {}\n", loss.target, base::human_time(loss.lost_at_s), loss.reason);
  return fmt::format("'{}' lost at {}, {}: {}\n", loss.target, base::human_time(loss.lost_at_s),
                     loss.back_at_s ? "back at " + base::human_time(*loss.back_at_s) : "not back", loss.reason);
}

std::string text_of(const workspace::AuditReport& audit) {
  return fmt::format(
      "compared with the whole model in one process: {}, {} different, {} skipped; largest difference {:.1e}\n",
      base::counted(audit.compared, "answer"), audit.different, audit.skipped, audit.largest_difference);
}

}  // namespace

base::Json json_of(const workspace::ServiceReport& service, const plan::Plan& plan) {
  base::Json json = {{"requests", service.requests},     {"answered", service.answered},
                     {"fallbacks", base::Json::array()}, {"losses", base::Json::array()},
                     {"concurrency", service.in_flight}, {"predicted_period_ms", plan.period_ms}};
  for (const auto& [plan, answers] : service.fallbacks)
    json["fallbacks"].push_back({{"plan", plan}, {"answers", answers}});
  for (const auto& loss : service.losses) json["losses"].push_back(json_of(loss));
  if (service.period_ms) json["period_ms"] = *service.period_ms;
  for (const auto& share : service.replicas) json["replicas"].push_back(json_of(share));
  if (service.failure) json["failure"] = service.failure->message();
  if (service.audit) json["verified"] = json_of(*service.audit);
  return json;
}

std::string text_of(const workspace::ServiceReport& service, const plan::Plan& plan) {
  std::string text;
  if (service.answered < service.requests)
    text += fmt::format("answered: {} of {}; the first failure: {}\n", service.answered,
                        base::counted(service.requests, "request"), service.failure->message());
  for (const auto& [plan, answers] : service.fallbacks)
    text += fmt::format("by the plan '{}' instead: {}\n", plan, base::counted(answers, "answer"));
  text += text_of_period(service, plan) + text_of(service.replicas);
  for (const auto& loss : service.losses) text += text_of(loss);
  if (service.audit) text += text_of(*service.audit);
  return text;
}

}  // namespace tandem::cli
