#include "plan/show/picture_style.h"

#include <fmt/format.h>

#include "base/palette.h"

namespace tandem::plan {
namespace {

std::string rules(std::string_view base::Colour::*scheme) {
  std::string text;
  for (const auto& colour : base::palette())
    text += fmt::format(".fill-{0}{{fill:{1}}}.stroke-{0}{{stroke:{1}}}", colour.name, colour.*scheme);
  return text;
}

}  // namespace

// A browser shrinks the picture to its window. Programs that know no @media draw it as it is, on light paper.
std::string style_sheet() {
  return fmt::format(
      "<style>\n{}\n@media screen{{.plan-picture{{max-width:100%;height:auto;color-scheme:light dark}}}}\n"
      "@media screen and (prefers-color-scheme: dark){{{}}}\n</style>\n",
      rules(&base::Colour::light), rules(&base::Colour::dark));
}

std::string fill_of_target(std::size_t target) {
  return "fill-" + base::series_name(target);
}

std::string hatch() {
  return fmt::format(
      "<defs><pattern id=\"{}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
      "patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"5\" class=\"fill-exchange\"/></pattern></defs>\n",
      kHatch);
}

}  // namespace tandem::plan
