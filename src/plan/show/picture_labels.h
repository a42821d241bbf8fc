// Labels of the tensors that cross links in a picture, placed without overlaps. Private to plan/show/.
#pragma once

#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/show/picture_layout.h"

namespace tandem::plan {

struct Label {
  std::string text;  // "t1 · 100 KB int8", or without the name
  double left = 0;   // pixels
  double right = 0;
  double middle = 0;  // of its height

  bool overlaps(const Label& other) const;
};

// Of the largest tensors, as far as there is room; with names if few tensors cross.
std::vector<Label> place_labels(const Problem& problem, const Decision& decision, const Layout& layout);

}  // namespace tandem::plan
