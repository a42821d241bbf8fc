// What a user asks of the planner beyond the least latency: flags that make an objective and constraints.
#pragma once

#include <string>
#include <vector>

#include "plan/problem.h"
#include "plan/solve.h"

namespace CLI {
class App;
}

namespace tandem::cli {

struct QuestionFlags {
  std::string objective;
  std::vector<std::string> where;
  std::string deadline;
  std::string min_accuracy;
  std::vector<std::string> use;
  std::vector<std::string> avoid;
  double quantile = 0;
  bool forbids_relays = false;
  std::string solver;
  double time_limit_s = 10;

  void add_to(CLI::App& command);              // all of them, and what they mean in the help's footer
  void add_constraints_to(CLI::App& command);  // only --where

  // Adds to what the problem says already. Throws Error(InvalidInput), quoting the text, when one makes no sense.
  void apply_to(plan::Problem& problem) const;
  // For `count` plans; the time limit begins now.
  plan::SolveOptions options(std::size_t count) const;

 private:
  std::vector<std::string> constraints() const;
};

}  // namespace tandem::cli
