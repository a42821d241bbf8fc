#include "plan/show/picture_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "plan/show/picture_timeline.h"

namespace tandem::plan {
namespace {

constexpr double kMostWidth = 1200;
constexpr double kLeastWidth = 800;
constexpr double kLabelWidth = 170;  // of a lane, at its left
constexpr double kMargin = 24;
constexpr double kInputWidth = 24;  // between the labels and the first column
constexpr double kMostColumnPitch = 112;
constexpr double kHeading = 76;
constexpr double kFooter = 34;
constexpr double kLaneGap = 46;
constexpr double kTimelineGap = 22;
constexpr double kLanePadding = 10;
constexpr double kLeastLaneHeight = 62;
constexpr double kMostRowPitch = 36;
constexpr double kLeastRowPitch = 2;
constexpr double kRowBudget = 220;  // height that the rows of a lane share

std::vector<std::vector<std::size_t>> producers_of_blocks(const Problem& problem) {
  std::vector<std::vector<std::size_t>> producers(problem.blocks.size());
  for (const auto& tensor : problem.tensors) {
    if (tensor.producer == kNone) continue;
    for (const std::size_t block : tensor.consumers) producers[block].push_back(tensor.producer);
  }
  return producers;
}

// The row of the nearest producer in the block's own lane, so that chains become straight lines.
std::size_t wanted_row(const Layout& layout, const std::vector<std::size_t>& producers, std::size_t lane) {
  const Box* nearest = nullptr;
  for (const std::size_t producer : producers) {
    const Box& box = layout.boxes[producer];
    if (box.lane == lane && (nearest == nullptr || box.column > nearest->column)) nearest = &box;
  }
  return nearest == nullptr ? 0 : nearest->row;
}

std::size_t free_row(const std::set<std::size_t>& taken, std::size_t wanted) {
  if (!taken.contains(wanted)) return wanted;
  std::size_t row = 0;
  while (taken.contains(row)) ++row;
  return row;
}

// A block's column is the length of the longest path to it.
void place_boxes(Layout& layout, const Problem& problem, const Decision& decision) {
  const auto producers = producers_of_blocks(problem);
  std::map<std::pair<std::size_t, std::size_t>, std::set<std::size_t>> taken;  // rows by lane and column
  layout.boxes.resize(problem.blocks.size());
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    Box& box = layout.boxes[block];
    box.lane = std::min(decision.position[block], decision.route.size());
    for (const std::size_t producer : producers[block])
      box.column = std::max(box.column, layout.boxes[producer].column + 1);
    auto& rows = taken[{box.lane, box.column}];
    box.row = free_row(rows, wanted_row(layout, producers[block], box.lane));
    rows.insert(box.row);
  }
}

void make_lanes(Layout& layout, const Decision& decision) {
  layout.lanes.resize(decision.route.size());
  for (std::size_t place = 0; place < decision.route.size(); ++place) layout.lanes[place].place = place;
  for (const auto& box : layout.boxes) {
    if (box.lane >= layout.lanes.size()) layout.lanes.resize(box.lane + 1);
    layout.lanes[box.lane].rows = std::max(layout.lanes[box.lane].rows, box.row + 1);
  }
  double top = kHeading;
  for (auto& lane : layout.lanes) {
    const double rows = static_cast<double>(std::max<std::size_t>(lane.rows, 1));
    lane.row_pitch = std::clamp(kRowBudget / rows, kLeastRowPitch, kMostRowPitch);
    lane.height = std::max(kLeastLaneHeight, rows * lane.row_pitch + 2 * kLanePadding);
    lane.top = top;
    top += lane.height + kLaneGap;
  }
  layout.timeline_top = top - kLaneGap + kTimelineGap;
}

void spread_columns(Layout& layout) {
  std::size_t columns = 1;
  for (const auto& box : layout.boxes) columns = std::max(columns, box.column + 1);
  layout.left = kMargin + kLabelWidth + kInputWidth;
  const double room = kMostWidth - layout.left - kMargin;
  layout.column_pitch = std::min(kMostColumnPitch, room / static_cast<double>(columns));
  layout.width = std::max(kLeastWidth, layout.left + static_cast<double>(columns) * layout.column_pitch + kMargin);
}

Point centre_of(const Layout& layout, const Box& box) {
  const Lane& lane = layout.lanes[box.lane];
  const double rows_height = static_cast<double>(lane.rows) * lane.row_pitch;
  return {layout.left + (static_cast<double>(box.column) + 0.5) * layout.column_pitch,
          lane.top + (lane.height - rows_height) / 2 + (static_cast<double>(box.row) + 0.5) * lane.row_pitch};
}

}  // namespace

std::string Curve::path() const {
  const double reach = std::max(6.0, (to.x - from.x) / 2);
  return fmt::format("M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", from.x, from.y, from.x + reach,
                     from.y - bow, to.x - reach, to.y - bow, to.x, to.y);
}

double Curve::x_at(double y) const {
  const double reach = std::max(6.0, (to.x - from.x) / 2);
  double low = 0;
  double high = 1;
  for (int step = 0; step < 30; ++step) {
    const double t = (low + high) / 2;
    const double reached = from.y + (to.y - from.y) * t * t * (3 - 2 * t);
    (reached < y ? low : high) = t;
  }
  const double t = low;
  const double u = 1 - t;
  return u * u * u * from.x + 3 * u * u * t * (from.x + reach) + 3 * u * t * t * (to.x - reach) + t * t * t * to.x;
}

double Layout::box_width() const {
  return column_pitch - std::min(22.0, column_pitch / 4);
}

double Layout::box_height(std::size_t block) const {
  return lanes[boxes[block].lane].row_pitch * 0.64;
}

Point Layout::source_of(const Problem& problem, std::size_t tensor) const {
  const std::size_t producer = problem.tensors[tensor].producer;
  if (producer != kNone) return {boxes[producer].centre.x + box_width() / 2, boxes[producer].centre.y};
  return {left - kInputWidth / 2, lanes[0].top + lanes[0].height / 2};
}

Curve Layout::edge(const Problem& problem, std::size_t tensor, std::size_t consumer) const {
  const Box& to = boxes[consumer];
  Curve curve{source_of(problem, tensor), {to.centre.x - box_width() / 2, to.centre.y}, 0};
  const std::size_t producer = problem.tensors[tensor].producer;
  if (producer == kNone) return curve;
  const Box& from = boxes[producer];
  const bool passes_over_boxes = from.lane == to.lane && from.row == to.row && to.column > from.column + 1;
  if (passes_over_boxes) curve.bow = 0.7 * lanes[to.lane].row_pitch;
  return curve;
}

Layout make_layout(const Problem& problem, const Plan& plan) {
  Layout layout;
  place_boxes(layout, problem, plan.decision);
  make_lanes(layout, plan.decision);
  spread_columns(layout);
  for (auto& box : layout.boxes) box.centre = centre_of(layout, box);
  layout.height = layout.timeline_top + timeline_height(timeline_bars(plan).size()) + kFooter;
  return layout;
}

}  // namespace tandem::plan
