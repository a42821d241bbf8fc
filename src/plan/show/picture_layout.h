// Positions of lanes, boxes and edges in a plan's picture, in pixels. Private to plan/show/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct Point {
  double x = 0;
  double y = 0;
};

// An edge, from the right side of a tensor's producer to the left side of a reader.
struct Curve {
  Point from;
  Point to;
  double bow = 0;  // upwards, so that an edge over several columns passes above the boxes between its ends

  std::string path() const;     // for an SVG path's d
  double x_at(double y) const;  // of a curve that leads downwards
};

struct Lane {
  std::size_t place = kNone;  // of the route; kNone: blocks that do not run
  std::size_t rows = 0;
  double top = 0;
  double height = 0;
  double row_pitch = 0;
};

struct Box {
  std::size_t lane = 0;
  std::size_t column = 0;
  std::size_t row = 0;
  Point centre;
};

struct Layout {
  double width = 0;
  double height = 0;
  double left = 0;  // where columns begin
  double column_pitch = 0;
  double timeline_top = 0;
  std::vector<Lane> lanes;  // by place of the route, then the one of blocks that do not run, if any
  std::vector<Box> boxes;   // by block

  double box_width() const;
  double box_height(std::size_t block) const;
  Point source_of(const Problem& problem, std::size_t tensor) const;
  Curve edge(const Problem& problem, std::size_t tensor, std::size_t consumer) const;
};

Layout make_layout(const Problem& problem, const Plan& plan);

}  // namespace tandem::plan
