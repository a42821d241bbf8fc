#include "tables.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace tandem::jalad {
namespace {

using base::Json;

std::string text_of(const Json& number, const char* format) {
  return number.is_null() ? "–" : fmt::format(fmt::runtime(format), number.get<double>());
}

std::string column(const std::string& text, std::size_t width) {
  return fmt::format("{:<{}}", text.substr(0, width), width);
}

void print_cuts(const Json& report) {
  fmt::print(
      "\nbits per element, losing at most {:g} percentage points on the calibration part (lost on the test "
      "part)\n{}{}{}{:>9}{:>16}{:>16}{:>16}{:>8}{:>8}\n",
      report["points"].get<double>(), column("network", 26), column("exits", 11), column("tensor", 26), "elements",
      "ours", "JALAD", "int8+zstd", "÷JALAD", "÷zstd");
  for (const auto& cut : report["cuts"]) {
    const auto choice = [&](const char* key) {
      return fmt::format("{:.3f} ({:.2f})", cut[key]["bits"].get<double>(), cut[key]["loss_points"].get<double>());
    };
    fmt::print("{}{}{}{:>9}{:>16}{:>16}{:>16}{:>8.3f}{:>8.3f}\n", column(cut["network"], 26), column(cut["exits"], 11),
               column(cut["tensor"], 26), cut["elements"].get<std::size_t>(), choice("ours"), choice("jalad"),
               choice("int8_zstd"), cut["ratio_to_jalad"].get<double>(), cut["ratio_to_int8_zstd"].get<double>());
  }
}

void print_totals(const Json& report) {
  fmt::print("\nover cuts\n{}{}{:>6}{:>9}{:>10}{:>8}{:>11}{:>9}{:>10}{:>9}{:>9}{:>11}\n", column("network", 26),
             column("exits", 11), "cuts", "median", "quartile", "least", "≤ 1 bit %", "JALAD", "int8+zstd", "÷JALAD",
             "÷zstd", "most lost");
  for (const auto& totals : report["totals"]) {
    const auto figure = [&](const char* key, const char* format) { return text_of(totals[key], format); };
    fmt::print("{}{}{:>6}{:>9}{:>10}{:>8}{:>11}{:>9}{:>10}{:>9}{:>9}{:>11}\n", column(totals["network"], 26),
               column(totals["exits"], 11), totals["cuts"].get<std::size_t>(), figure("median_bits", "{:.3f}"),
               figure("upper_quartile_bits", "{:.3f}"), figure("least_bits", "{:.3f}"),
               figure("cuts_of_one_bit_percent", "{:.0f}"), figure("median_jalad_bits", "{:.3f}"),
               figure("median_int8_zstd_bits", "{:.3f}"), figure("median_ratio_to_jalad", "{:.3f}"),
               figure("median_ratio_to_int8_zstd", "{:.3f}"), figure("most_loss_points", "{:.2f}"));
  }
}

void print_map(const Json& report) {
  const auto& map = report["map"];
  if (map.is_null()) {
    fmt::print("\nno map: there are no cuts, or the published measurements are not at hand\n");
    return;
  }
  fmt::print("\ncells in which a split wins (input {:g} bytes; codecs {:.1f} times slower on the device)\n",
             map["input_bytes"].get<double>(), map["device_slowdown"].get<double>());
  for (const auto& encoding : map["encodings"]) {
    fmt::print("{}{:>8.3f} bits{:>6} of {}\n", column(encoding["name"], 26), encoding["bits"].get<double>(),
               encoding["splits"].get<std::size_t>(), encoding["cells"].size());
  }
}

void print_latency(const Json& report) {
  const auto& methods = report["methods"];
  for (const auto& network : report["latency"]) {
    fmt::print("\npredicted latency, ms: {} ({:.3f} ms here)\n{:>8}", network["network"].get<std::string>(),
               network["here_ms"].get<double>(), "Mbit/s");
    for (const auto& method : methods) fmt::print("  {:>12}", method["name"].get<std::string>());
    std::size_t place = 0;
    for (const auto& row : network["rows"]) {
      if (place++ % methods.size() == 0) fmt::print("\n{:>8g}", row["mbps"].get<double>());
      const auto& latency = row["latency_ms"];
      fmt::print("  {:>12}", latency.is_null() ? "-" : fmt::format("{:.2f}", latency.get<double>()));
    }
    fmt::print("\n");
  }
}

}  // namespace

void print_tables(const Json& report) {
  print_cuts(report);
  print_totals(report);
  print_map(report);
  print_latency(report);
}

}  // namespace tandem::jalad
