#include "plan/show/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/figures.h"
#include "base/markup.h"

namespace tandem::plan {
namespace {

std::string with_sign(double change, const std::string& size) {
  return (change < 0 ? "−" : "+") + size;
}

double with_two_digits(double size) {
  if (size == 0 || !std::isfinite(size)) return size;
  const double unit = std::pow(10.0, std::floor(std::log10(size)) - 1);
  return std::round(size / unit) * unit;
}

// Bytes of the character that `text` begins with; 0 where that is no character that XML allows.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned code = first & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool is_surrogate = code >= 0xD800 && code < 0xE000;
  const bool is_character = first >= 0xC2 && code >= kLeast[size] && code < 0x110000 && (code & 0xFFFE) != 0xFFFE;
  return is_character && !is_surrogate ? size : 0;
}

}  // namespace

std::string text_of_layers(std::size_t first, std::size_t last) {
  return last - first == 1 ? fmt::format("layer {}", first) : fmt::format("layers {}–{}", first, last - 1);
}

std::string text_of(const Encoding& encoding) {
  return base::human_bytes(encoding.bytes) + (encoding.codec == kRaw ? "" : " " + encoding.codec);
}

std::string text_of(Metric metric, double value, bool is_share) {
  if (is_share) return fmt::format("{:.3g} %", 100 * value);
  switch (metric) {
    case Metric::Upload:
    case Metric::Memory:
      return base::human_bytes(value);
    case Metric::Energy:
      return fmt::format("{:.4g} J", value);
    case Metric::Money:
      return fmt::format("{:.4g} per 1,000 requests", 1000 * value);
    case Metric::Error:
      return fmt::format("{:.4g} % wrong", value);
    default:
      return base::human_ms(value);
  }
}

std::string text_of_cost(const Objective& objective, double cost) {
  switch (objective.kind) {
    case ObjectiveKind::Latency:
      return text_of(Metric::Latency, cost);
    case ObjectiveKind::Accuracy:
      return text_of(Metric::Error, cost);
    case ObjectiveKind::Throughput:
      return text_of(Metric::Period, cost) + " per request";
    case ObjectiveKind::Upload:
      return text_of(Metric::Upload, cost);
    case ObjectiveKind::Energy:
      return text_of(Metric::Energy, cost);
    case ObjectiveKind::Money:
      return text_of(Metric::Money, cost);
    case ObjectiveKind::Weighted:
      break;
  }
  return fmt::format("{:.6g}", cost);
}

std::string text_of_change(const Objective& objective, double change) {
  const bool has_unit_of_people = objective.kind == ObjectiveKind::Latency ||
                                  objective.kind == ObjectiveKind::Throughput ||
                                  objective.kind == ObjectiveKind::Upload;
  const double size = std::abs(change);
  return with_sign(change, text_of_cost(objective, has_unit_of_people ? size : with_two_digits(size)));
}

std::string text_of_change_ms(double change) {
  return with_sign(change, base::ms_number(std::abs(change)));
}

std::string shortened(std::string_view text, std::size_t most) {
  std::vector<std::size_t> starts;  // of characters, bytes
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  if (starts.size() <= most) return std::string(text);
  const std::size_t kept = std::max<std::size_t>(most, 3) - 1;
  const std::size_t front = (kept + 1) / 2;
  const std::size_t back = starts.size() - (kept - front);
  return std::string(text.substr(0, starts[front])) + "…" + std::string(text.substr(starts[back]));
}

std::string valid_text(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    valid += size == 0 ? std::string_view(" ") : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return valid;
}

std::string as_markup(std::string_view text) {
  return base::escape_markup(valid_text(text));
}

}  // namespace tandem::plan
