// Published methods, asked the same question as the planner: the plan that each would choose by its own costs, and the
// price of that plan by plan/judge. For `tandem plan --compare`. docs/guide/compare.md has their differences. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct CompareOptions {
  std::function<bool()> must_stop;       // polled by methods that try many plans; empty: never
  std::size_t most_decisions = 200'000;  // that a method may try
};

// A method's answer: a decision, or why there is none.
struct Choice {
  std::optional<Decision> decision;
  std::string why_not;
  std::string note;  // a departure from the publication that changed this answer
};

struct Method {
  const char* name;
  const char* source;  // publication and section
  Choice (*choose)(const Problem& problem, const CompareOptions& options);
};

// neurosurgeon, edgent, spinn, dads, portend, exhaustive.
const std::vector<Method>& methods();
// By name; "all" stands for every one. Throws Error(InvalidInput) on another name.
std::vector<const Method*> methods_named(const std::vector<std::string>& names);

struct Compared {
  const Method* method = nullptr;
  std::optional<Plan> plan;
  std::string why_not;
  std::string note;
  std::vector<std::string> broken;  // limits, in words; none: it is feasible
};

// In the order of `methods`. The problem must have passed check().
std::vector<Compared> compare(const Problem& problem, const std::vector<const Method*>& methods,
                              const CompareOptions& options = {});

Choice choose_neurosurgeon(const Problem& problem, const CompareOptions& options);
Choice choose_edgent(const Problem& problem, const CompareOptions& options);
Choice choose_spinn(const Problem& problem, const CompareOptions& options);
Choice choose_dads(const Problem& problem, const CompareOptions& options);
Choice choose_portend(const Problem& problem, const CompareOptions& options);
Choice choose_exhaustive(const Problem& problem, const CompareOptions& options);

}  // namespace tandem::plan
