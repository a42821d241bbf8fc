#include "plan/show/colour.h"

#include <fmt/format.h>

#include <cmath>

namespace tandem::plan {

Colour tint(const Colour& colour, double share) {
  const auto mix = [&](int part) { return static_cast<int>(std::lround(255 + (part - 255) * share)); };
  return {mix(colour.red), mix(colour.green), mix(colour.blue)};
}

std::string hex(const Colour& colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

bool is_dark(const Colour& colour) {
  return 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue < 140;
}

}  // namespace tandem::plan
