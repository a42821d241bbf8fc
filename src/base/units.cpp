#include "base/units.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::base {
namespace {

constexpr double kLongestMs = 1e9;

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<double> factor_of(std::string_view name, std::span<const Unit> units) {
  const auto unit = std::ranges::find(units, name, &Unit::name);
  return unit == units.end() ? std::nullopt : std::optional(unit->factor);
}

std::string names_of(std::span<const Unit> units) {
  std::vector<std::string_view> names;
  for (const Unit& unit : units) names.push_back(unit.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

double parse_ms(std::string_view text, const std::string& place, Zero zero) {
  const std::string_view trimmed = without_blanks(text);
  const char* const end = trimmed.data() + trimmed.size();
  double value = 0;
  const auto read = std::from_chars(trimmed.data(), end, value);
  const auto factor = factor_of(without_blanks({read.ptr, end}), kTimeUnits);
  const bool is_above_least = value > 0 || (zero == Zero::Allowed && value == 0);
  if (read.ec == std::errc() && factor && is_above_least && value * *factor <= kLongestMs) return value * *factor;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("{} '{}': expected a time {} 0 with its unit ({}), such as 60ms or 1.5s", place,
                          text.substr(0, 60), zero == Zero::Allowed ? "from" : "above", names_of(kTimeUnits)));
}

}  // namespace tandem::base
