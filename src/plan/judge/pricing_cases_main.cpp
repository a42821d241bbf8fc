// Prices for an evaluator that knows only docs/pricing.md to be compared with (tests/pricing/check.py):
//
//   pricing_cases SEED COUNT     random problems and decisions, with their prices, a line of JSON each
//   pricing_cases < CASES        the prices of cases that have a problem and a decision, a line each
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "plan/judge/pricing_cases.h"
#include "plan/problem/problem_json.h"

namespace tandem::plan {
namespace {

void print_cases(unsigned first_seed, unsigned count) {
  for (unsigned seed = first_seed; seed < first_seed + count; ++seed) {
    std::mt19937 random(seed);
    const PricingCase made = any_case(random);
    const base::Json line = {{"problem", to_json(made.problem)},
                             {"decision", to_json(made.problem, made.decision)},
                             {"price", price_json(made.problem, made.decision)}};
    fmt::print("{}\n", line.dump());
  }
}

void price_cases() {
  for (std::string line; std::getline(std::cin, line);) {
    const base::Json made = base::Json::parse(line);
    const Problem problem = problem_from_json(made.at("problem"), "case");
    fmt::print("{}\n", price_json(problem, decision_from_json(problem, made.at("decision"))).dump());
  }
}

}  // namespace
}  // namespace tandem::plan

int main(int count, char** arguments) try {
  if (count == 3) {
    tandem::plan::print_cases(static_cast<unsigned>(std::stoul(arguments[1])),
                              static_cast<unsigned>(std::stoul(arguments[2])));
  } else if (count == 1) {
    tandem::plan::price_cases();
  } else {
    fmt::print(stderr, "usage: pricing_cases [SEED COUNT]\n");
    return 2;
  }
} catch (const tandem::base::Error& error) {
  fmt::print(stderr, "pricing_cases: {}\n", error.message());
  return tandem::base::exit_code_of(error.kind());
} catch (const std::exception& error) {
  fmt::print(stderr, "pricing_cases: {}\n", error.what());
  return 2;
}
