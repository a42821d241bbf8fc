// Durations and sizes as people write them: a number and its unit, such as 60ms, 1.5 s, 50KB or 64 MiB. One grammar for
// every flag and for the constraints of plans. How they are printed: figures.h. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::base {

struct Unit {
  std::string_view name;
  double factor = 1;
};

inline constexpr Unit kTimeUnits[] = {{"ms", 1}, {"s", 1e3}, {"min", 60e3}};  // to milliseconds
inline constexpr Unit kSizeUnits[] = {{"B", 1},    {"KB", 1e3},     {"kB", 1e3},     {"MB", 1e6},
                                      {"GB", 1e9}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}};  // to bytes

std::optional<double> factor_of(std::string_view name, std::span<const Unit> units);
std::string names_of(std::span<const Unit> units);  // "ms, s, min"

// A duration in milliseconds, at most 10^9 and above 0, or from 0 on. Throws Error(InvalidInput), naming `place` (a
// flag), on anything else: no unit, too.
enum class Zero { Refused, Allowed };
double parse_ms(std::string_view text, const std::string& place, Zero zero = Zero::Refused);

// A size in whole bytes, at most 2^50 and above 0; throws likewise.
std::size_t parse_bytes(std::string_view text, const std::string& place);

}  // namespace tandem::base
