// Text made safe for HTML and XML. Used by pages and pictures. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tandem::base {

// For element content and quoted attributes: & < > " ' become references. NUL, which neither format allows, is left
// out; other bytes stay.
std::string escape_markup(std::string_view text);

}  // namespace tandem::base
