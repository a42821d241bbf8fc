// The colours of pages and pictures, on light and on dark paper. Used by report and plan/show, so that a target has the
// same colour in both. Pure data.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tandem::base {

struct Colour {
  std::string_view name;  // as a CSS name: "series-0"
  std::string_view light;
  std::string_view dark;
};

// "paper", "card", "text", "muted", "line", "strong-line", "exchange", "mark", and "series-0" to "series-6".
std::span<const Colour> palette();

// The colour of a series; of a target: by its place in the fleet. Begins again after the last.
std::string series_name(std::size_t index);  // "series-0"

}  // namespace tandem::base
