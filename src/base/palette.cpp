#include "base/palette.h"

#include <array>

namespace tandem::base {
namespace {

// Series take colours after Okabe and Ito, which colour-blind readers can tell apart.
constexpr std::array<Colour, 15> kPalette = {{
    {"paper", "#f6f7f8", "#101418"},
    {"card", "#ffffff", "#181d23"},
    {"text", "#1b1f24", "#e6e9ed"},
    {"muted", "#59636e", "#9aa5b1"},
    {"line", "#dde1e6", "#2b333c"},
    {"strong-line", "#b6bdc6", "#4a5561"},
    {"exchange", "#9aa3ad", "#77828e"},
    {"mark", "#1b1f24", "#f2f4f6"},
    {"series-0", "#0072b2", "#4aa8e0"},
    {"series-1", "#d98c00", "#e69f00"},
    {"series-2", "#009e73", "#2bb98f"},
    {"series-3", "#c2567f", "#dd8fb4"},
    {"series-4", "#d55e00", "#ee7f38"},
    {"series-5", "#3aa5dd", "#8fd0f2"},
    {"series-6", "#7d858e", "#a3adb8"},
}};
constexpr std::size_t kSeries = 7;

}  // namespace

std::span<const Colour> palette() {
  return kPalette;
}

std::string series_name(std::size_t index) {
  return "series-" + std::to_string(index % kSeries);
}

}  // namespace tandem::base
