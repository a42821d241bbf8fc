#include "link/conditions.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tandem::link {
namespace {

// Written so that NaN is outside.
bool is_within(double value, double limit) {
  return value >= 0 && value <= limit;
}

base::Error out_of_range(const char* what, double value, double limit, const char* unit) {
  return base::Error(base::ErrorKind::InvalidInput,
                     fmt::format("link {} is {}, expected 0 to {} {}", what, value, limit, unit));
}

}  // namespace

base::Status check(const LinkConditions& conditions) {
  for (const double mbps : {conditions.up_mbps, conditions.down_mbps}) {
    if (!is_within(mbps, kMaxMbps)) return out_of_range("bandwidth", mbps, kMaxMbps, "Mbit/s");
  }
  const double delay_ms = conditions.one_way_delay.count();
  if (!is_within(delay_ms, kMaxDelay.count())) return out_of_range("delay", delay_ms, kMaxDelay.count(), "ms");
  const double jitter_ms = conditions.jitter.count();
  if (!is_within(jitter_ms, kMaxDelay.count())) return out_of_range("jitter", jitter_ms, kMaxDelay.count(), "ms");
  return base::Nothing{};
}

LinkConditions read_conditions(const base::JsonView& view) {
  view.allow_only({"bandwidth_mbps", "up_mbps", "down_mbps", "one_way_delay_ms", "jitter_ms", "stalled", "cut"});
  LinkConditions conditions;
  if (const auto both = view.find("bandwidth_mbps")) {
    conditions.up_mbps = conditions.down_mbps = both->number(0, kMaxMbps);
  }
  if (const auto up = view.find("up_mbps")) conditions.up_mbps = up->number(0, kMaxMbps);
  if (const auto down = view.find("down_mbps")) conditions.down_mbps = down->number(0, kMaxMbps);
  if (const auto delay = view.find("one_way_delay_ms")) {
    conditions.one_way_delay = base::Milliseconds(delay->number(0, kMaxDelay.count()));
  }
  if (const auto jitter = view.find("jitter_ms")) {
    conditions.jitter = base::Milliseconds(jitter->number(0, kMaxDelay.count()));
  }
  if (const auto stalled = view.find("stalled")) conditions.stalled = stalled->boolean();
  if (const auto cut = view.find("cut")) conditions.cut = cut->boolean();
  return conditions;
}

base::Json to_json(const LinkConditions& conditions) {
  return {{"up_mbps", conditions.up_mbps},
          {"down_mbps", conditions.down_mbps},
          {"one_way_delay_ms", conditions.one_way_delay.count()},
          {"jitter_ms", conditions.jitter.count()},
          {"stalled", conditions.stalled},
          {"cut", conditions.cut}};
}

}  // namespace tandem::link
