// The colours of a picture as a style sheet: for each colour of the palette the classes fill-NAME and stroke-NAME,
// which follow the reader's choice of light or dark. Private to plan/show/.
#pragma once

#include <cstddef>
#include <string>

namespace tandem::plan {

std::string style_sheet();  // a <style> element

std::string fill_of_target(std::size_t target);  // class of a target's colour, by its place in the problem

// The id of a pattern of slanted lines, for times of links; its element.
inline constexpr const char* kHatch = "tandem-hatch";
std::string hatch();

}  // namespace tandem::plan
