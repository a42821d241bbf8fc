#include "plan/show/picture_labels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "plan/show/text.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostLabels = 12;
constexpr std::size_t kMostNamedLabels = 6;  // with more of them, names would not find room
constexpr double kCharacterWidth = 7.4;      // at 11 pixels, bold
constexpr double kHeight = 13;

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

const Encoding& encoding_of(const Problem& problem, const Crossing& crossing) {
  return problem.tensors[crossing.tensor].encodings[crossing.encoding];
}

std::string text_of(const Problem& problem, const Crossing& crossing, bool is_named) {
  const std::string name = is_named ? shortened(problem.tensors[crossing.tensor].name, 24) + " · " : "";
  return name + text_of(encoding_of(problem, crossing));
}

// Where the crossing's curve to its first reader behind the link passes between the two lanes.
std::optional<Point> place_of(const Problem& problem, const Decision& decision, const Layout& layout,
                              const Crossing& crossing) {
  const auto reads_behind = [&](std::size_t block) {
    return decision.position[block] != kNone && decision.position[block] > crossing.hop;
  };
  const auto& consumers = problem.tensors[crossing.tensor].consumers;
  const auto consumer = std::ranges::find_if(consumers, reads_behind);
  if (consumer == consumers.end()) return std::nullopt;
  const Lane& above = layout.lanes[crossing.hop];
  const double middle = (above.top + above.height + layout.lanes[crossing.hop + 1].top) / 2;
  return Point{layout.edge(problem, crossing.tensor, *consumer).x_at(middle), middle};
}

// Adds the label at the first free place beside this point: right or left of it, then higher, then lower.
void place(const Layout& layout, const Point& point, std::string text, std::vector<Label>& placed) {
  const double width = static_cast<double>(characters_of(text)) * kCharacterWidth + 8;
  for (const double shift : {0.0, -14.0, 14.0}) {
    for (const bool is_right : {true, false}) {
      const double wanted = is_right ? point.x + 6 : point.x - 6 - width;
      const double left = std::clamp(wanted, layout.left, layout.width - width - 14);
      Label label{text, left, left + width, point.y + shift};
      if (std::ranges::any_of(placed, [&](const Label& other) { return other.overlaps(label); })) continue;
      placed.push_back(std::move(label));
      return;
    }
  }
}

}  // namespace

bool Label::overlaps(const Label& other) const {
  return left < other.right && other.left < right && std::abs(middle - other.middle) < kHeight;
}

std::vector<Label> place_labels(const Problem& problem, const Decision& decision, const Layout& layout) {
  std::vector<Crossing> crossings = decision.crossings;
  std::ranges::stable_sort(crossings, std::ranges::greater{},
                           [&](const Crossing& each) { return encoding_of(problem, each).bytes; });
  const bool are_named = crossings.size() <= kMostNamedLabels;
  if (crossings.size() > kMostLabels) crossings.resize(kMostLabels);
  std::vector<Label> labels;
  for (const auto& crossing : crossings) {
    const auto point = place_of(problem, decision, layout, crossing);
    if (point) place(layout, *point, text_of(problem, crossing, are_named), labels);
  }
  return labels;
}

}  // namespace tandem::plan
