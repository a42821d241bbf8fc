// Conditions of typical links by name: `--preset 4g`, the command `preset 4g`, "preset" in JSON. Rounded figures to
// begin with, not measurements of anyone's network; docs/guide/links.md names the source of each. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "link/conditions.h"

namespace tandem::link {

struct Preset {
  std::string_view name;
  LinkConditions conditions;  // up: from the user's device into the network
};

std::span<const Preset> presets();
std::string preset_names();  // "4g, 5g, …"

// Without the queue for Carrier::Bytes, whose senders wait instead. Error(NotFound) names the presets;
// Error(InvalidInput) if packets alone show the preset's loss.
base::Result<LinkConditions> find_preset(std::string_view name, Carrier carrier);

}  // namespace tandem::link
