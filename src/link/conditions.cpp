#include "link/conditions.h"

#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link/preset.h"

namespace tandem::link {
namespace {

// A number of the conditions: its name in messages and in JSON, how to reach it, and its largest value.
struct Field {
  const char* what;
  const char* key;
  double (*get)(const LinkConditions&);
  void (*set)(LinkConditions&, double);
  double limit;
  const char* unit;
  bool is_of_packets = false;
};

template <auto member>
double get(const LinkConditions& conditions) {
  if constexpr (requires { (conditions.*member).count(); }) {
    return (conditions.*member).count();
  } else {
    return conditions.*member;
  }
}

template <auto member>
void set(LinkConditions& conditions, double value) {
  conditions.*member = std::remove_reference_t<decltype(conditions.*member)>(value);
}

template <auto member>
constexpr Field field(const char* what, const char* key, double limit, const char* unit, bool is_of_packets = false) {
  return {what, key, get<member>, set<member>, limit, unit, is_of_packets};
}

using C = LinkConditions;
constexpr Field kFields[] = {
    field<&C::up_mbps>("bandwidth", "up_mbps", kMaxMbps, "Mbit/s"),
    field<&C::down_mbps>("bandwidth", "down_mbps", kMaxMbps, "Mbit/s"),
    field<&C::one_way_delay>("delay", "one_way_delay_ms", kMaxDelay.count(), "ms"),
    field<&C::jitter>("jitter", "jitter_ms", kMaxDelay.count(), "ms"),
    field<&C::jitter_correlation_percent>("jitter correlation", "jitter_correlation_percent", 100, "%"),
    field<&C::loss_percent>("loss", "loss_percent", 100, "%", true),
    field<&C::burst_packets>("burst", "burst_packets", kMaxBurstPackets, "packets", true),
    field<&C::burst_loss_percent>("loss within a burst", "burst_loss_percent", 100, "%", true),
    field<&C::reorder_percent>("reordering", "reorder_percent", 100, "%", true),
    field<&C::reorder_delay>("reordering", "reorder_ms", kMaxDelay.count(), "ms", true),
    field<&C::duplicate_percent>("duplication", "duplicate_percent", 100, "%", true),
    field<&C::queue_kb>("queue", "queue_kb", kMaxQueueKb, "KB", true),
    field<&C::queue_time>("queue", "queue_ms", kMaxDelay.count(), "ms", true),
};

// Written so that NaN is outside.
bool is_within(double value, double limit) {
  return value >= 0 && value <= limit;
}

base::Error invalid(std::string message) {
  return {base::ErrorKind::InvalidInput, std::move(message)};
}

bool is_as_by_default(const Field& field, const LinkConditions& conditions) {
  return field.get(conditions) == field.get(LinkConditions{});
}

base::Status check_packets(const LinkConditions& conditions) {
  if (conditions.burst_packets > 0 && conditions.burst_packets < 1) {
    return invalid(fmt::format("link burst is {} packets, expected 0 or at least 1", conditions.burst_packets));
  }
  if (conditions.loss_percent > conditions.burst_loss_percent) {
    return invalid(fmt::format("link loss is {} %, expected at most the loss within a burst, {} %",
                               conditions.loss_percent, conditions.burst_loss_percent));
  }
  if (conditions.queue_kb > 0 && conditions.queue_time.count() > 0) {
    return invalid(fmt::format("link queue is {} KB and {} ms, expected one of them", conditions.queue_kb,
                               conditions.queue_time.count()));
  }
  return base::Nothing{};
}

base::Status check_bytes(const LinkConditions& conditions) {
  for (const Field& field : kFields) {
    if (!field.is_of_packets || is_as_by_default(field, conditions)) continue;
    return invalid(fmt::format("link {} is {} {}, which only packets show, expected {}, or a link with --packets",
                               field.what, field.get(conditions), field.unit, field.get(LinkConditions{})));
  }
  if (conditions.codel)
    return invalid("link queue uses CoDel, which only packets show, expected a link with --packets");
  return base::Nothing{};
}

}  // namespace

base::Status check(const LinkConditions& conditions, Carrier carrier) {
  for (const Field& field : kFields) {
    const double value = field.get(conditions);
    if (is_within(value, field.limit)) continue;
    return invalid(fmt::format("link {} is {}, expected 0 to {} {}", field.what, value, field.limit, field.unit));
  }
  if (auto status = check_packets(conditions); !status) return status;
  return carrier == Carrier::Bytes ? check_bytes(conditions) : base::Nothing{};
}

LinkConditions read_conditions(const base::JsonView& view, Carrier carrier) {
  view.allow_only({"preset", "bandwidth_mbps", "up_mbps", "down_mbps", "one_way_delay_ms", "jitter_ms",
                   "jitter_correlation_percent", "loss_percent", "burst_packets", "burst_loss_percent",
                   "reorder_percent", "reorder_ms", "duplicate_percent", "queue_kb", "queue_ms", "codel", "stalled",
                   "cut"});
  LinkConditions conditions;
  if (const auto preset = view.find("preset")) conditions = find_preset(preset->string(), carrier).take();
  if (const auto both = view.find("bandwidth_mbps")) {
    conditions.up_mbps = conditions.down_mbps = both->number(0, kMaxMbps);
  }
  for (const Field& field : kFields) {
    if (const auto value = view.find(field.key)) field.set(conditions, value->number(0, field.limit));
  }
  if (const auto codel = view.find("codel")) conditions.codel = codel->boolean();
  if (const auto stalled = view.find("stalled")) conditions.stalled = stalled->boolean();
  if (const auto cut = view.find("cut")) conditions.cut = cut->boolean();
  if (const auto status = check(conditions, carrier); !status) {
    throw invalid(fmt::format("{}: {}", view.where(), status.error().message()));
  }
  return conditions;
}

base::Json to_json(const LinkConditions& conditions) {
  base::Json json{{"up_mbps", conditions.up_mbps},
                  {"down_mbps", conditions.down_mbps},
                  {"one_way_delay_ms", conditions.one_way_delay.count()},
                  {"jitter_ms", conditions.jitter.count()},
                  {"stalled", conditions.stalled},
                  {"cut", conditions.cut}};
  for (const Field& field : kFields) {
    if (!json.contains(field.key) && !is_as_by_default(field, conditions)) json[field.key] = field.get(conditions);
  }
  if (conditions.codel) json["codel"] = true;
  return json;
}

}  // namespace tandem::link
