// Colours of a picture. Private to plan/show/.
#pragma once

#include <string>

namespace tandem::plan {

struct Colour {
  int red = 0;
  int green = 0;
  int blue = 0;
};

// Okabe and Ito's palette, which people with any kind of colour blindness can tell apart. Vermilion is for tensors that
// cross a link.
inline constexpr Colour kLaneColours[] = {{0, 114, 178}, {0, 158, 115}, {204, 121, 167}, {86, 180, 233}, {230, 159, 0}};
inline constexpr Colour kIdleColour{150, 150, 150};
inline constexpr const char* kCrossingColour = "#D55E00";

// The colour mixed with white: `share` of the colour, [0, 1].
Colour tint(const Colour& colour, double share);

std::string hex(const Colour& colour);  // "#0072b2"

// Whether white text is easier to read on it than black text.
bool is_dark(const Colour& colour);

}  // namespace tandem::plan
