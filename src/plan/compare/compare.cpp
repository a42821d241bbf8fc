#include "plan/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "plan/judge/price.h"
#include "plan/problem/constraint_text.h"

namespace tandem::plan {
namespace {

constexpr double kRounding = 1e-9;

// Of the constraints and of the targets' memory.
std::vector<std::string> broken_limits(const Problem& problem, const Plan& plan) {
  std::vector<std::string> broken;
  for (std::size_t i = 0; i < problem.constraints.size(); ++i) {
    if (excess_of(problem, plan, i) > 0) broken.push_back(text_of(problem, problem.constraints[i]));
  }
  std::vector<double> bytes(problem.targets.size(), 0);
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    const std::size_t target = plan.decision.target_of(block);
    if (target != kNone) bytes[target] += problem.blocks[block].memory_bytes;
  }
  for (std::size_t target = 0; target < bytes.size(); ++target) {
    if (bytes[target] > problem.targets[target].memory_limit_bytes * (1 + kRounding))
      broken.push_back(fmt::format("the memory of {}", problem.targets[target].name));
  }
  return broken;
}

Compared compared(const Problem& problem, const Method& method, const CompareOptions& options) {
  Choice choice = method.choose(problem, options);
  Compared result{&method, std::nullopt, std::move(choice.why_not), std::move(choice.note), {}};
  if (!choice.decision) return result;
  result.plan = price(problem, *choice.decision);
  result.broken = broken_limits(problem, *result.plan);
  return result;
}

}  // namespace

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {
      {"neurosurgeon", "Kang et al., ASPLOS 2017, section 5, algorithm 1", choose_neurosurgeon},
      {"edgent", "Li et al., IEEE Transactions on Wireless Communications 2020, section III, algorithm 1",
       choose_edgent},
      {"spinn", "Laskaridis et al., MobiCom 2020, section 4, dynamic scheduler", choose_spinn},
      {"dads", "Hu et al., INFOCOM 2019, algorithms DSL and DSH", choose_dads},
      {"portend", "Ebrahimi et al., ICPADS 2023, its published program", choose_portend},
      {"exhaustive", "every decision, priced one by one", choose_exhaustive},
  };
  return all;
}

std::vector<const Method*> methods_named(const std::vector<std::string>& names) {
  std::vector<const Method*> chosen;
  for (const auto& method : methods()) {
    if (std::ranges::find(names, "all") != names.end() || std::ranges::find(names, method.name) != names.end())
      chosen.push_back(&method);
  }
  std::vector<std::string> known = {"all"};
  for (const auto& method : methods()) known.emplace_back(method.name);
  for (const auto& name : names) {
    if (std::ranges::find(known, name) == known.end())
      throw base::Error(base::ErrorKind::InvalidInput,
                        fmt::format("--compare {}: expected names of {}", name, fmt::join(known, ", ")));
  }
  return chosen;
}

std::vector<Compared> compare(const Problem& problem, const std::vector<const Method*>& methods,
                              const CompareOptions& options) {
  std::vector<Compared> results;
  for (const Method* method : methods) results.push_back(compared(problem, *method, options));
  return results;
}

}  // namespace tandem::plan
