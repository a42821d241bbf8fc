// Figures as people read them: times, bytes, counts and shares in the unit that suits their size. Used by tables,
// explanations, pictures and pages. A figure that is not finite is "–". Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tandem::base {

// Few: at most one digit behind the point, of milliseconds below 10 two: "0.05 ms", "41.2 ms", "1.5 GB".
// Three: three significant digits, and seconds from 10 s on: "0.052 ms", "41.2 ms", "12.3 s", "1.50 GB".
enum class Digits { Few, Three };

std::string human_ms(double milliseconds, Digits digits = Digits::Few);
std::string ms_number(double milliseconds);  // Few digits without the unit, for a column whose heading has it
std::string human_bytes(double bytes, Digits digits = Digits::Few);  // powers of 1,000: "999 B", "602 KB", "97.8 MB"
std::string human_count(double count);                               // "999", "25.6 M", "4.1 G"
std::string human_percent(double share);                             // of 1: "3.1 %", "42 %"
std::string counted(std::size_t count, const std::string& noun);     // "1 epoch", "2 epochs"

std::string human_time(std::int64_t unix_s);       // "2026-11-22 03:40 UTC"; before 1970 or after 9999: "unknown"
std::string human_duration(std::int64_t seconds);  // an age, in one unit: "40 s", "3 min", "2 h", "5 days"
std::string minutes_and_seconds(double seconds);   // the time left of a task: "40 s", "2 min 05 s"

}  // namespace tandem::base
