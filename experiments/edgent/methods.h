// The ways to answer in time that the experiment compares. Each is Tandem's own planner with part of its choices taken
// away, so that what they differ in is what they may choose, not how well they were written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::edgent {

struct Method {
  std::string name;
  std::string about;
  // The plan that the method takes for a deadline that every request has to keep; nothing: none is in time. `problem`
  // has two targets, requests start at the slow one; its first policies are its fixed exits, in order.
  std::optional<plan::Plan> (*choose)(const plan::Problem& problem, double deadline_ms);
};

// In the order of the tables. The last one is Tandem.
const std::vector<Method>& methods();

// Edgent's own search over one exit (Li et al. 2018, Algorithm 1): T(p) = Σ_{j<p} ES_j + Σ_{k≥p} ED_k + Input/B +
// D_{p−1}/B, by p: the first p of the exit's blocks run on the edge, to which the input goes first, the others on the
// device. Milliseconds; p from 0 (nothing is sent) to all of them. D is all tensors of a cut; as published, the
// answer's way back is not in it.
std::vector<double> edge_first_ms(const plan::Problem& problem, std::size_t exit);

}  // namespace tandem::edgent
