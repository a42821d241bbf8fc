#include "link/preset.h"

#include <fmt/format.h>

namespace tandem::link {
namespace {

using base::Milliseconds;

constexpr Preset kPresets[] = {
    {"4g",
     {.up_mbps = 5.6,
      .down_mbps = 12.7,
      .one_way_delay = Milliseconds(35),
      .jitter = Milliseconds(10),
      .jitter_correlation_percent = 50,
      .queue_time = Milliseconds(500)}},
    {"5g",
     {.up_mbps = 130,
      .down_mbps = 880,
      .one_way_delay = Milliseconds(11),
      .jitter = Milliseconds(3),
      .jitter_correlation_percent = 50,
      .queue_time = Milliseconds(100)}},
    {"wifi-good",
     {.up_mbps = 200,
      .down_mbps = 200,
      .one_way_delay = Milliseconds(1),
      .jitter = Milliseconds(1),
      .queue_time = Milliseconds(50)}},
    {"wifi-bad",
     {.up_mbps = 5,
      .down_mbps = 10,
      .one_way_delay = Milliseconds(5),
      .jitter = Milliseconds(30),
      .jitter_correlation_percent = 70,
      .loss_percent = 2,
      .burst_packets = 4,
      .queue_time = Milliseconds(300)}},
    {"dsl",
     {.up_mbps = 1,
      .down_mbps = 10,
      .one_way_delay = Milliseconds(20),
      .jitter = Milliseconds(2),
      .queue_time = Milliseconds(600)}},
    {"satellite",
     {.up_mbps = 3,
      .down_mbps = 25,
      .one_way_delay = Milliseconds(300),
      .jitter = Milliseconds(10),
      .queue_time = Milliseconds(500)}},
    {"lora",
     {.up_mbps = 0.0055, .down_mbps = 0.0055, .one_way_delay = Milliseconds(1000), .loss_percent = 5, .queue_kb = 8}},
};

}  // namespace

std::span<const Preset> presets() {
  return kPresets;
}

std::string preset_names() {
  std::string names;
  for (const Preset& preset : kPresets) names += (names.empty() ? "" : ", ") + std::string(preset.name);
  return names;
}

base::Result<LinkConditions> find_preset(std::string_view name, Carrier carrier) {
  for (const Preset& preset : kPresets) {
    if (preset.name != name) continue;
    LinkConditions conditions = preset.conditions;
    if (carrier == Carrier::Bytes) {
      conditions.queue_kb = 0;
      conditions.queue_time = Milliseconds(0);
    }
    if (auto status = check(conditions, carrier); !status) {
      return base::Error(base::ErrorKind::InvalidInput, fmt::format("preset {}: {}", name, status.error().message()));
    }
    return conditions;
  }
  return base::Error(base::ErrorKind::NotFound, fmt::format("link preset '{}' is unknown, expected one of {}",
                                                            name.substr(0, 60), preset_names()));
}

}  // namespace tandem::link
