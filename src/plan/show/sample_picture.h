// A made-up plan for tests of pictures: a network with shortcuts, cut once between a device and an edge. Private to
// plan/show/.
#pragma once

#include <cstddef>
#include <string>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct SamplePicture {
  Problem problem;
  Plan plan;
};
// At least two blocks. `name` is part of every name that comes from a model or a fleet.
SamplePicture sample_picture(std::size_t blocks, const std::string& name);

}  // namespace tandem::plan
