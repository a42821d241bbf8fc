// Questions to the planner of the kind that people put to large networks: a limit, or two together, slack or tight, on
// three comparable machines. Used by question_bench. Costs are made up from multiply-accumulates and bytes.
#pragma once

#include <string>
#include <vector>

#include "model/graph.h"
#include "plan/problem/problem.h"

namespace tandem::bench {

// A device, an edge (2 × as fast) and a cloud (3 ×), each layer somewhat off, on links of 500 to 1,000 Mbit/s.
plan::Problem comparable_machines(const model::Graph& graph, unsigned seed = 7);

struct QuestionCase {
  std::string text;  // "throughput; compute(cloud) <= 60%"
  plan::Problem problem;
};

// Thirty questions. Limits follow the machines' times for the whole model, so that most of them have an answer.
std::vector<QuestionCase> question_cases(const plan::Problem& machines);

}  // namespace tandem::bench
