#include "cli/live.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "plan/price.h"

namespace tandem::cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr double kLeastMbps = 0.01;
constexpr double kMostMbps = 10'000;
constexpr double kLookMs = 50;  // that an upload of a look is meant to take
constexpr std::int64_t kLeastLookBytes = 1 << 10;
constexpr std::int64_t kMostLookBytes = 256 << 10;
constexpr base::Milliseconds kLookTimeout{10'000};

std::size_t only_link_out(const plan::Problem& problem) {
  const auto leads_out = [](const plan::Link& link) { return link.from == 0; };
  if (std::ranges::count_if(problem.links, leads_out) != 1) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("--live: {} links lead out of '{}', expected one",
                            std::ranges::count_if(problem.links, leads_out), problem.targets.at(0).name));
  }
  return static_cast<std::size_t>(std::ranges::find_if(problem.links, leads_out) - problem.links.begin());
}

}  // namespace

LivePlanner::LivePlanner(plan::Problem problem, runtime::Deployment& deployment, rpc::Access& first_target)
    : problem_(std::move(problem)), link_(only_link_out(problem_)), first_target_(first_target) {
  for (const auto& segment : plan::plan_map(problem_, {link_}, kLeastMbps, kMostMbps)) {
    if (segment.plan) {
      segments_.push_back({segment.high_mbps, *segment.plan, {}, true});
      continue;
    }
    for (const auto& late :
         plan::plan_map(plan::without_deadline(problem_), {link_}, segment.low_mbps, segment.high_mbps))
      if (late.plan) segments_.push_back({late.high_mbps, *late.plan, {}, false});
  }
  if (segments_.empty()) throw Error(ErrorKind::NotFound, "no plan keeps every --where at any bandwidth");
  std::vector<plan::Plan> plans;
  for (const auto& segment : segments_) plans.push_back(segment.plan);
  auto routes = deployment.add(plans);
  for (std::size_t i = 0; i < segments_.size(); ++i) segments_[i].route = std::move(routes[i]);
}

double LivePlanner::measure() {
  plan::Link& link = problem_.links[link_];
  const auto bytes = static_cast<std::int64_t>(link.upload_mbps * 1e6 / 8 * kLookMs / 1e3);
  const auto report =
      first_target_.probe({problem_.targets[link.to].name, std::clamp(bytes, kLeastLookBytes, kMostLookBytes)},
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

}  // namespace tandem::cli
