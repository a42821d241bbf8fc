#include "base/units.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::base {
namespace {

constexpr double kLongestMs = 1e9;
constexpr double kMostBytes = 0x1p50;

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> parse(std::string_view text, std::span<const Unit> units) {
  const std::string_view trimmed = without_blanks(text);
  const char* const end = trimmed.data() + trimmed.size();
  double value = 0;
  const auto read = std::from_chars(trimmed.data(), end, value);
  const auto factor = factor_of(without_blanks({read.ptr, end}), units);
  return read.ec == std::errc() && factor ? std::optional(value * *factor) : std::nullopt;
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
  const auto value = parse(text, kTimeUnits);
  const bool is_above_least = value && (*value > 0 || (zero == Zero::Allowed && *value == 0));
  if (is_above_least && *value <= kLongestMs) return *value;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("{} '{}': expected a time {} 0 with its unit ({}), such as 60ms or 1.5s", place,
                          text.substr(0, 60), zero == Zero::Allowed ? "from" : "above", names_of(kTimeUnits)));
}

std::size_t parse_bytes(std::string_view text, const std::string& place) {
  const auto value = parse(text, kSizeUnits);
  if (value && *value >= 1 && *value <= kMostBytes) return static_cast<std::size_t>(*value);
  throw Error(ErrorKind::InvalidInput, fmt::format("{} '{}': expected a size with its unit ({}), such as 512MB or 4GiB",
                                                   place, text.substr(0, 60), names_of(kSizeUnits)));
}

}  // namespace tandem::base
