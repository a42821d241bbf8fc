// A user's question to the planner: an objective and constraints, as text, and limits of the search.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::workspace {

struct Question {
  std::string objective;           // as plan::parse_objective reads it; empty: that of the problem
  std::vector<std::string> where;  // as plan::parse_constraint reads them
  std::optional<double> deadline_ms;
  std::string min_accuracy;  // percent: "92" or "92%"
  std::vector<std::string> use;
  std::vector<std::string> avoid;
  std::optional<double> max_accuracy_loss;  // percentage points
  std::string codecs = "all";               // "none", or names with commas
  double quantile = 0;                      // of the latency; 0: that of the problem
  bool forbids_relays = false;
  bool allows_parallel = false;
  bool allows_bypass = false;
  std::string solver;  // empty: the first suitable one
  double time_limit_s = 10;

  // Adds the question to a problem, and removes the codecs that it excludes. Throws Error(InvalidInput), quoting the
  // text, on malformed text and on what counts unknown figures, and Error(NotFound) on a codec that no tensor has.
  void apply_to(plan::Problem& problem) const;
  // For `count` plans; the time limit begins now.
  plan::SolveOptions options(std::size_t count) const;

 private:
  std::vector<std::string> constraints() const;
  void choose_codecs(plan::Problem& problem) const;
};

}  // namespace tandem::workspace
