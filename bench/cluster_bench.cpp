// Eight boards of three kinds without an order: the time to the best plan, and the loss by the order of the file. Times
// are processor time of this thread, so that a busy machine does not change them.
//
//   cluster_bench [--layers 96] [--seconds 10] [--only TEXT] [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/command_line.h"
#include "cluster_cases.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/objective_text.h"
#include "plan/solve/solve.h"

namespace tandem::bench {
namespace {

struct Flags {
  int layers = 96;
  double seconds = 10;
  std::string only;  // questions that contain this text
  bool json = false;
};

struct Question {
  const char* objective;
  const char* constraint;  // "": none
  bool has_memory_limits;
  std::size_t count;
};
constexpr Question kQuestions[] = {{"latency", "", false, 1},    {"latency", "", true, 1},
                                   {"latency", "", false, 5},    {"latency", "use at most 2 of boards", false, 1},
                                   {"throughput", "", false, 1}, {"throughput", "", true, 1},
                                   {"throughput", "", false, 5}, {"throughput", "use at most 4 of boards", false, 1}};

std::string text_of(const Question& question) {
  std::string text = question.objective;
  if (question.constraint[0] != '\0') text += fmt::format("; {}", question.constraint);
  if (question.has_memory_limits) text += "; memory";
  return question.count > 1 ? fmt::format("{}; {} plans", text, question.count) : text;
}

double cpu_seconds() {
  return base::steady_clock().thread_time().count() / 1000;
}

struct Answer {
  double cost = 0;  // ms
  double gap = 1;
  bool is_proven = false;
  double seconds = 0;
  std::string solver;
};

Answer ask(plan::Problem problem, const Question& question, double limit) {
  problem.objective = plan::parse_objective(problem, question.objective);
  if (question.constraint[0] != '\0') problem.constraints = {plan::parse_constraint(problem, question.constraint)};
  for (std::size_t i = 0; i < problem.targets.size() && !question.has_memory_limits; ++i)
    problem.targets[i].memory_limit_bytes = plan::kUnlimited;
  const double start = cpu_seconds();
  const auto solution =
      plan::solve(problem, {.count = question.count, .must_stop = [&] { return cpu_seconds() - start > limit; }});
  if (solution.plans.empty()) throw base::Error(base::ErrorKind::NotFound, "no plan");
  const bool is_proven = solution.proven == solution.plans.size();
  return {solution.plans[0].cost, solution.gap(0), is_proven, cpu_seconds() - start, solution.solver};
}

struct Row {
  int layers = 0;
  std::string question;
  Answer free, ordered;
  double loss() const { return ordered.cost / free.cost - 1; }
};

void print(const Row& row) {
  fmt::print("{:>6}  {:<40} {:>8} {:>8.3f} s {:>12.4f} {:>10}  {:>7.2f} %  {}\n", row.layers, row.question,
             row.free.is_proven ? "proven" : fmt::format("{:.2f} %", 100 * row.free.gap), row.free.seconds,
             row.free.cost, fmt::format("{:.4f}", row.ordered.cost), 100 * row.loss(), row.free.solver);
  std::fflush(stdout);
}

base::Json json_of(const Row& row) {
  return {{"layers", row.layers},
          {"question", row.question},
          {"is_proven", row.free.is_proven},
          {"gap", row.free.gap},
          {"seconds", row.free.seconds},
          {"cost_ms", row.free.cost},
          {"ordered_ms", row.ordered.cost},
          {"order_loss", row.loss()},
          {"solver", row.free.solver}};
}

void run(const Flags& flags) {
  base::Json rows = base::Json::array();
  if (!flags.json)
    fmt::print("layers  {:<40} {:>8} {:>10} {:>12} {:>10}  {:>9}  solver\n", "question", "", "time", "best ms",
               "in order", "loss");
  const plan::Problem cluster = vision_transformer(static_cast<std::size_t>(flags.layers));
  for (const Question& question : kQuestions) {
    if (text_of(question).find(flags.only) == std::string::npos) continue;
    const Row row{flags.layers, text_of(question), ask(cluster, question, flags.seconds),
                  ask(in_order_of_file(cluster), question, flags.seconds)};
    flags.json ? rows.push_back(json_of(row)) : print(row);
  }
  if (flags.json) fmt::print("{}\n", rows.dump(2));
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  tandem::cli::CommandLine command_line("Plans for boards without an order");
  tandem::cli::Command application = command_line.root();
  tandem::bench::Flags flags;
  application.add_option("--layers", flags.layers, "Sublayers of the model").range(1, 100'000).show_default();
  application.add_option("--seconds", flags.seconds).range(0.001, 3600.0).show_default();
  application.add_option("--only", flags.only, "Questions that contain this text");
  application.add_flag("--json", flags.json);
  if (const auto code = command_line.parse(argc, argv)) return *code;
  try {
    tandem::bench::run(flags);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("cluster_bench", failure);
  }
}
