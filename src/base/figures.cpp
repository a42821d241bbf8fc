#include "base/figures.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <span>
#include <string_view>

namespace tandem::base {
namespace {

constexpr std::int64_t kEndOfYear9999 = 253402300800;
constexpr const char* kNotFinite = "–";

struct Scaled {
  double value = 0;
  std::string_view unit;
};

// In the largest unit in which at least "1" is shown, or the last one.
Scaled scaled(double value, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  for (; unit + 1 < units.size() && std::abs(value) >= 999.5; ++unit) value /= 1000;
  return {value, units[unit]};
}

std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size >= 1e6) return fmt::format("{:.3g}", value);
  return fmt::format("{:.{}f}", value, size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
}

std::string few_digits(double value) {
  return fmt::format("{:.{}f}", value, std::abs(value) >= 99.95 ? 0 : 1);
}

}  // namespace

std::string ms_number(double milliseconds) {
  if (!std::isfinite(milliseconds)) return kNotFinite;
  const double size = std::abs(milliseconds);
  return fmt::format("{:.{}f}", milliseconds, size < 10 ? 2 : size < 1000 ? 1 : 0);
}

std::string human_ms(double milliseconds, Digits digits) {
  if (!std::isfinite(milliseconds)) return kNotFinite;
  if (digits == Digits::Few) return ms_number(milliseconds) + " ms";
  if (milliseconds > 0 && milliseconds < 0.0005) return "< 0.001 ms";
  return milliseconds < 9995 ? three_digits(milliseconds) + " ms" : three_digits(milliseconds / 1000) + " s";
}

std::string human_bytes(double bytes, Digits digits) {
  static constexpr std::string_view kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  if (!std::isfinite(bytes)) return kNotFinite;
  const auto [value, unit] = scaled(bytes, kUnits);
  if (unit == kUnits[0]) return fmt::format("{:.0f} B", value);
  return fmt::format("{} {}", digits == Digits::Few ? few_digits(value) : three_digits(value), unit);
}

std::string human_count(double count) {
  static constexpr std::string_view kUnits[] = {"", " k", " M", " G", " T"};
  if (!std::isfinite(count)) return kNotFinite;
  const auto [value, unit] = scaled(count, kUnits);
  return unit.empty() ? fmt::format("{:.0f}", value) : few_digits(value) + std::string(unit);
}

std::string human_percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.{}f} %", 100 * share, std::abs(share) < 0.0995 ? 1 : 0) : kNotFinite;
}

std::string counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string human_time(std::int64_t unix_s) {
  if (unix_s <= 0 || unix_s >= kEndOfYear9999) return "unknown";
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(unix_s)));
}

std::string human_duration(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", std::max<std::int64_t>(seconds, 0));
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

std::string minutes_and_seconds(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  return whole >= 60 ? fmt::format("{} min {:02} s", whole / 60, whole % 60) : fmt::format("{} s", whole);
}

}  // namespace tandem::base
