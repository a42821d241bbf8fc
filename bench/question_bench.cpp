// How far the planner gets with limits on large networks: sixty questions, thirty for each network. A question counts
// as proven when its best plan is; the gap is the one that a search leaves when its time is over. Times are processor
// time of this thread, so that a busy machine does not change them.
//
//   question_bench [--networks densenet201,nasnetlarge] [--seconds 10] [--top 1] [--only TEXT] [--solver NAME] [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/command_line.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "plan/solve/solve.h"
#include "question_cases.h"
#include "zoo/zoo.h"

namespace tandem::bench {
namespace {

struct Flags {
  std::vector<std::string> networks = {"densenet201", "nasnetlarge"};
  double seconds = 10;
  int top = 1;
  std::string only;  // questions that contain this text
  std::string solver;
  bool json = false;
};

struct Row {
  std::string network;
  std::string question;
  bool is_answered = false;  // a plan, or the proof that there is none
  bool is_proven = false;
  double gap = 1;
  double cost = 0;
  double seconds = 0;
  std::string solver;
};

double cpu_seconds() {
  return base::steady_clock().thread_time().count() / 1000;
}

Row ask(const std::string& network, const QuestionCase& question, const Flags& flags) {
  const double start = cpu_seconds();
  plan::SolveOptions options;
  options.count = static_cast<std::size_t>(flags.top);
  options.solver = flags.solver;
  options.must_stop = [&] { return cpu_seconds() - start > flags.seconds; };
  const plan::Solution solution = plan::solve(question.problem, options);
  Row row{network, question.text, solution.is_proven, solution.is_proven, 1, 0, cpu_seconds() - start, solution.solver};
  if (!solution.plans.empty()) {
    row.is_answered = true;
    row.cost = solution.plans.front().cost;
  }
  if (solution.is_proven || row.is_answered) row.gap = solution.plans.empty() ? 0 : solution.gap(0);
  return row;
}

model::Model network_of_zoo(const std::string& name) {
  const auto engine = engine::onnx_runtime({});
  return engine::complete(model::Source::from_part(zoo::build(name), name), *engine);
}

void print(const Row& row) {
  fmt::print("{:<12} {:<52} {:>10} {:>9} {:>8.3f} {:>10.4f}  {}\n", row.network, row.question,
             row.is_proven ? "proven" : (row.is_answered ? "answered" : "nothing"),
             row.is_answered ? fmt::format("{:.3f} %", 100 * row.gap) : "", row.seconds, row.cost, row.solver);
  std::fflush(stdout);
}

base::Json json_of(const Row& row) {
  return {{"network", row.network},     {"question", row.question}, {"is_answered", row.is_answered},
          {"is_proven", row.is_proven}, {"gap", row.gap},           {"cost", row.cost},
          {"cpu_s", row.seconds},       {"solver", row.solver}};
}

void print_summary(const std::vector<Row>& rows) {
  const auto count = [&](const auto& holds) { return std::ranges::count_if(rows, holds); };
  fmt::print("{} of {} answered, {} proven in 1 s, {} proven, gap at most 1 % in {}\n", count(&Row::is_answered),
             rows.size(), count([](const Row& row) { return row.is_proven && row.seconds <= 1; }),
             count(&Row::is_proven), count([](const Row& row) { return row.gap <= 0.01; }));
}

void run(const Flags& flags) {
  std::vector<Row> rows;
  if (!flags.json)
    fmt::print("{:<12} {:<52} {:>10} {:>9} {:>8} {:>10}\n", "network", "question", "answer", "gap", "cpu s", "cost");
  for (const auto& name : flags.networks) {
    const model::Model network = network_of_zoo(name);
    for (const auto& question : question_cases(comparable_machines(network.graph()))) {
      if (question.text.find(flags.only) == std::string::npos) continue;
      rows.push_back(ask(name, question, flags));
      if (!flags.json) print(rows.back());
    }
  }
  if (!flags.json) return print_summary(rows);
  base::Json list = base::Json::array();
  for (const auto& row : rows) list.push_back(json_of(row));
  fmt::print("{}\n", list.dump(1));
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  tandem::cli::CommandLine command_line("How far the planner gets with limits on large networks");
  tandem::cli::Command application = command_line.root();
  tandem::bench::Flags flags;
  application.add_option("--networks", flags.networks).separated_by_commas();
  application.add_option("--seconds", flags.seconds).range(0.001, 3600.0).show_default();
  application.add_option("--top", flags.top).range(1, 1000).show_default();
  application.add_option("--only", flags.only, "Questions that contain this text");
  application.add_option("--solver", flags.solver, "One that takes all questions asked");
  application.add_flag("--json", flags.json);
  if (const auto code = command_line.parse(argc, argv)) return *code;
  try {
    tandem::bench::run(flags);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("question_bench", failure);
  }
}
