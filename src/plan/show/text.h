// Numbers and names as explanations and pictures show them. Private to plan/show/.
#pragma once

#include <string>
#include <string_view>

#include "plan/problem/problem.h"

namespace tandem::plan {

std::string text_of_layers(std::size_t first, std::size_t last);  // "layer 3", "layers 3–7" for [first, last)

std::string text_of(const Encoding& encoding);  // "602 KB", "151 KB int8"

// In the metric's own unit: "12.3 ms", "602 KB", "1.5 J", "3.2 %".
std::string text_of(Metric metric, double value, bool is_share = false);

// A cost in the unit of the objective, and a difference with its sign: "+12.3 ms", "+0.12 J".
std::string text_of_cost(const Objective& objective, double cost);
std::string text_of_change(const Objective& objective, double change);
std::string text_of_change_ms(double change);  // "+12.3", "−7.80"

// At most `most` characters (code points), at least three; an ellipsis in the middle where the text is cut: names often
// differ at their ends.
std::string shortened(std::string_view text, std::size_t most);

// The text as valid UTF-8 for XML and DOT: a space for each control character and each invalid byte.
std::string valid_text(std::string_view text);

std::string as_markup(std::string_view text);  // valid, and escaped for XML

}  // namespace tandem::plan
