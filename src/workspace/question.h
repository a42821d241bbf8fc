// What a user asks of the planner beyond the least latency: flags that make an objective and constraints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

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
  std::optional<double> max_accuracy_loss;  // percentage points
  std::string codecs = "all";               // "none", or names with commas
  double quantile = 0;
  bool forbids_relays = false;
  std::string solver;
  double time_limit_s = 10;

  void add_to(CLI::App& command);              // all of them, and what they mean in the help's footer
  void add_constraints_to(CLI::App& command);  // only --where and what is about codecs

  // Adds to what the problem says already; leaves it the codecs that were asked for. Throws Error(InvalidInput),
  // quoting the text, when one makes no sense, and Error(NotFound) for a codec that no tensor has.
  void apply_to(plan::Problem& problem) const;
  // For `count` plans; the time limit begins now.
  plan::SolveOptions options(std::size_t count) const;

 private:
  std::vector<std::string> constraints() const;
  void choose_codecs(plan::Problem& problem) const;
};

}  // namespace tandem::cli
