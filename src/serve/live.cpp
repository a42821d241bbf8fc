#include "serve/live.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "plan/ask/plan_map.h"
#include "plan/ask/variant.h"
#include "plan/judge/price.h"
#include "plan/solve/solve.h"

namespace tandem::serve {
namespace {

using base::Error;
using base::ErrorKind;

constexpr double kLeastMbps = 0.01;
constexpr double kMostMbps = 10'000;
constexpr double kLookMs = 50;  // intended time of the upload in a look
constexpr std::int64_t kLeastLookBytes = 1 << 10;
constexpr std::int64_t kMostLookBytes = 256 << 10;
constexpr base::Milliseconds kLookTimeout{10'000};
constexpr std::size_t kMostBytesApart = std::size_t{512} << 20;  // of weights on a target

std::size_t only_link_out(const plan::Problem& problem) {
  const auto leads_out = [](const plan::Link& link) { return link.from == 0; };
  if (std::ranges::count_if(problem.links, leads_out) != 1) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("planning for every request: {} links lead out of '{}', expected one",
                            std::ranges::count_if(problem.links, leads_out), problem.targets.at(0).name));
  }
  return static_cast<std::size_t>(std::ranges::find_if(problem.links, leads_out) - problem.links.begin());
}

// The best plan on the first target alone.
std::optional<plan::Plan> best_local(plan::Problem problem) {
  problem.links.clear();
  auto plans = plan::solve(problem).plans;
  return plans.empty() ? std::nullopt : std::optional(std::move(plans[0]));
}

}  // namespace

LivePlanner::LivePlanner(plan::Problem problem, const model::Model& model, const rpc::Targets& targets,
                         const deploy::CodecDescriptions& codecs)
    : problem_(std::move(problem)),
      targets_(targets),
      deployment_(model, targets, codecs),
      link_(only_link_out(problem_)),
      first_target_(targets.at(problem_.targets.at(0).name)),
      local_plan_(best_local(problem_)) {
  add_segments();
  deploy(static_cast<std::size_t>(4 * model.graph().parameters));
}

void LivePlanner::deploy(std::size_t weight_bytes) {
  std::vector<plan::Plan> plans;
  for (const auto& segment : segments_) plans.push_back(segment.plan);
  if (local_plan_) plans.push_back(*local_plan_);
  const bool is_small = plans.size() * weight_bytes <= kMostBytesApart;
  auto routes = is_small ? deployment_.add_apart(plans) : deployment_.add(plans);
  for (std::size_t i = 0; i < segments_.size(); ++i) segments_[i].route = std::move(routes[i]);
  if (local_plan_) rescue_.emplace(deployment_, std::move(routes.back()), base::Milliseconds(local_plan_->latency_ms));
}

void LivePlanner::add_segments() {
  for (const auto& segment : plan::plan_map(problem_, {link_}, kLeastMbps, kMostMbps)) {
    if (segment.plan) {
      segments_.push_back({segment.high_mbps, *segment.plan, {}, true});
      continue;
    }
    for (const auto& late :
         plan::plan_map(plan::without_deadline(problem_), {link_}, segment.low_mbps, segment.high_mbps))
      if (late.plan) segments_.push_back({late.high_mbps, *late.plan, {}, false});
  }
  if (segments_.empty()) throw Error(ErrorKind::NotFound, "no plan keeps every constraint at any bandwidth");
}

double LivePlanner::measure() {
  plan::Link& link = problem_.links[link_];
  const auto bytes = static_cast<std::int64_t>(link.upload_mbps * 1e6 / 8 * kLookMs / 1e3);
  const auto report = first_target_.probe(
      {targets_.machine_for(problem_.targets[link.to].name), std::clamp(bytes, kLeastLookBytes, kMostLookBytes)},
      base::Deadline::after(kLookTimeout));
  if (!report) return link.upload_mbps;
  const double ratio = std::clamp(report.value().upload_mbps, kLeastMbps, kMostMbps) / link.upload_mbps;
  link.upload_mbps *= ratio;
  link.download_mbps *= ratio;
  link.round_trip_ms = report.value().round_trip_ms;
  return link.upload_mbps;
}

LivePlanner::Choice LivePlanner::choose() const {
  const double bandwidth_mbps = problem_.links[link_].upload_mbps;
  auto segment = std::ranges::find_if(segments_, [&](const Segment& each) { return bandwidth_mbps <= each.high_mbps; });
  if (segment == segments_.end()) --segment;
  return {plan::price(problem_, segment->plan.decision), &segment->route, segment->is_in_time};
}

base::Result<Rescue::Outcome> LivePlanner::run(const Choice& choice, const std::vector<base::NamedTensor>& inputs,
                                               base::Deadline deadline) {
  const bool is_local = choice.plan.stages.size() == 1;
  if (rescue_ && !is_local) return rescue_->run(*choice.route, inputs, deadline);
  auto answer = deployment_.run(*choice.route, inputs, deadline);
  if (!answer) return answer.error();
  return Rescue::Outcome{std::move(answer).take(), false};
}

}  // namespace tandem::serve
