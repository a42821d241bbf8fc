// Numbers and names as explanations and pictures show them. Private to plan/.
#pragma once

#include <string>
#include <string_view>

#include "plan/problem/problem.h"

namespace tandem::plan {

std::string text_of_layers(std::size_t first, std::size_t last);  // "layer 3", "layers 3–7" for [first, last)

// In the metric's own unit: "12.3 ms", "602 KB", "1.5 J", "3.2 %".
std::string text_of(Metric metric, double value, bool is_share = false);

// A cost in the unit of the objective, and a difference with its sign: "+12.3 ms".
std::string text_of_cost(const Objective& objective, double cost);
std::string text_of_change(const Objective& objective, double change);
std::string text_of_change_ms(double change);  // "+12.3", "−7.80"

// At most `most` characters (code points), the last one an ellipsis when something is left out.
std::string shortened(std::string_view text, std::size_t most);

// What XML and DOT may hold of a text that may come from anywhere: valid UTF-8, control characters as spaces.
std::string valid_text(std::string_view text);

}  // namespace tandem::plan
