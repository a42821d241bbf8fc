#include "plan/problem/plan.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "workspace/fleet_access.h"
#include "cli/plan_report.h"
#include "workspace/question.h"
#include "plan/ask/native_plans.h"
#include "plan/ask/verified.h"
#include "plan/make/encodings.h"
#include "plan/problem/accuracy.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/problem_json.h"
#include "plan/show/explain.h"
#include "plan/show/picture.h"

namespace tandem::cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kLargestProblemBytes = 512u << 20;
constexpr int kInfeasible = 1;

struct Flags {
  ModelFlags model;
  FleetFlags fleet;
  QuestionFlags question;
  std::string problem_path;
  std::size_t top = 3;
  std::size_t verify = 0;
  bool explain = false;
  std::vector<std::string> front;  // two objectives
  std::string map;                 // "LOW..HIGH"
  std::vector<std::string> map_links;
  std::string picture;
  std::string saved_problem;
  std::string output;
  bool json = false;
};

void check_usage(const Flags& flags) {
  const bool has_model = !flags.model.path.empty();
  if (flags.verify > 0 && !has_model)
    throw CLI::ValidationError("--verify",
                               "a problem file names no machines to time stages on: give MODEL and --fleet");
  if (has_model == !flags.problem_path.empty() || has_model == flags.fleet.fleet_path.empty())
    throw CLI::ValidationError("plan", "give either MODEL with --fleet FILE, or --problem FILE");
  if (!flags.picture.empty() && !flags.picture.ends_with(".svg") && !flags.picture.ends_with(".dot"))
    throw CLI::ValidationError("--picture", "expected a file name that ends in .svg or .dot");
}

plan::Problem read_problem(const std::string& path) {
  return plan::problem_from_json(base::parse_json(base::read_file(path, kLargestProblemBytes), path), path);
}

// Times the stages of the best plans; the store knows more afterwards.
void verify(PlanReport& report, const Flags& flags, const model::Model& model, engine::Engine& engine,
            store::Store& store) {
  const FleetAccess access(flags.fleet, engine);
  warn_of_stale(costs_from_store(model, access.fleet(), store), access);
  const auto planner = [&](const KnownCosts& known) {
    plan::Problem problem = make_problem(model, access.fleet(), known);
    flags.question.apply_to(problem);
    plan::spare_accuracy(problem);
    return plan::solve(problem, flags.question.options(flags.verify)).plans;
  };
  report.verified = verify_plans(model, access, store, planner);
}

void ask_of_fleet(PlanReport& report, const Flags& flags) {
  const auto engine = flags.model.make_engine();
  const model::Model model = flags.model.load(*engine);
  store::Store store = flags.fleet.open_store();
  report.digest = model.digest();
  if (flags.verify > 0) verify(report, flags, model, *engine, store);
  const fleet::Fleet fleet = fleet::read_fleet(flags.fleet.fleet_path);
  report.known = costs_from_store(model, fleet, store);
  report.problem = make_problem(model, fleet, report.known);
  warn_of_guesses(report.known, fleet);
}

// Without its answers: the problem, and where it comes from.
PlanReport ask(const Flags& flags) {
  PlanReport report;
  if (!flags.problem_path.empty()) {
    report.problem = read_problem(flags.problem_path);
  } else {
    ask_of_fleet(report, flags);
  }
  report.with_all_codecs = report.problem;
  QuestionFlags whatever_is_lost = flags.question;
  whatever_is_lost.max_accuracy_loss.reset();
  whatever_is_lost.apply_to(report.with_all_codecs);
  flags.question.apply_to(report.problem);
  if (!report.known.models.empty()) plan::spare_accuracy(report.problem);
  report.objective = plan::text_of(report.problem, report.problem.objective);
  return report;
}

// What was verified is what is listed; where the latency decides, the measured one does.
void take_verified(PlanReport& report) {
  if (report.verified.empty()) return;
  if (report.problem.objective.kind == plan::ObjectiveKind::Latency) {
    std::vector<double> latency_ms;
    for (const auto& each : report.verified) latency_ms.push_back(each.verified_ms);
    std::vector<VerifiedPlan> ordered;
    for (const std::size_t index : plan::order_verified(latency_ms)) ordered.push_back(report.verified[index]);
    report.verified = std::move(ordered);
  }
  report.solution.plans.clear();
  for (const auto& each : report.verified) report.solution.plans.push_back(each.plan);
}

void solve(PlanReport& report, const Flags& flags) {
  const plan::SolveOptions options = flags.question.options(flags.top);
  const auto start = std::chrono::steady_clock::now();
  report.solution = plan::solve(report.problem, options);
  report.solve_us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  report.natives = plan::native_plans(report.problem);
  take_verified(report);
}

// Codecs that lose accuracy are of use where one of the objectives counts it.
const plan::Problem& problem_of_front(const PlanReport& report, const Front& front) {
  const auto counts = [](const plan::Objective& objective) {
    return objective.kind == plan::ObjectiveKind::Accuracy || objective.error_weight > 0;
  };
  const bool is_silent = !plan::counts_accuracy(report.problem);
  return is_silent && (counts(front.first) || counts(front.second)) ? report.with_all_codecs : report.problem;
}

Front make_front(const PlanReport& report, const Flags& flags) {
  Front front;
  front.first_text = flags.front[0];
  front.second_text = flags.front[1];
  front.first = plan::parse_objective(report.problem, front.first_text);
  front.second = plan::parse_objective(report.problem, front.second_text);
  front.points =
      plan::pareto_front(problem_of_front(report, front), front.first, front.second, flags.question.options(1));
  return front;
}

std::pair<double, double> parse_range(const std::string& text) {
  const auto dots = text.find("..");
  double low = 0;
  double high = 0;
  const char* const end = text.data() + text.size();
  const bool is_range = dots != std::string::npos &&
                        std::from_chars(text.data(), text.data() + dots, low).ptr == text.data() + dots &&
                        std::from_chars(text.data() + dots + 2, end, high).ptr == end;
  if (!is_range || !(low > 0 && low < high && high <= 1e9))
    throw Error(ErrorKind::InvalidInput,
                fmt::format("--map {}: expected LOW..HIGH in Mbit/s, such as 0.1..1000", text));
  return {low, high};
}

// Those that the flags name; by default all that lead out of the first target.
std::vector<std::size_t> links_to_map(const plan::Problem& problem, const std::vector<std::string>& names) {
  std::vector<std::size_t> links;
  for (const auto& name : names) {
    const auto named = plan::parse_objective(problem, fmt::format("upload({})", name)).links;
    links.insert(links.end(), named.begin(), named.end());
  }
  for (std::size_t i = 0; names.empty() && i < problem.links.size(); ++i) {
    if (problem.links[i].from == 0) links.push_back(i);
  }
  if (links.empty()) throw Error(ErrorKind::NotFound, "--map: there is no link whose bandwidth could vary");
  return links;
}

void analyse(PlanReport& report, const Flags& flags) {
  const plan::Problem& problem = report.problem;
  if (flags.explain) {
    report.binds = plan::what_binds(problem, report.solution.plans.front(), flags.question.options(1));
    report.codecs = explain_codecs(report.with_all_codecs, problem, report.solution.plans.front(),
                                   report.known.codecs.rates, flags.question.options(1));
  }
  if (!flags.front.empty()) report.front = make_front(report, flags);
  if (flags.map.empty()) return;
  const auto [low, high] = parse_range(flags.map);
  report.map = plan::plan_map(problem, links_to_map(problem, flags.map_links), low, high, flags.question.options(1));
}

[[noreturn]] void explain_failure(PlanReport& report, const Flags& flags) {
  if (!report.solution.is_proven) {
    throw Error(ErrorKind::DeadlineExceeded,
                fmt::format("no plan was found in {} s, and none was ruled out: give a longer --time-limit",
                            flags.question.time_limit_s));
  }
  report.clash = plan::why_infeasible(report.problem, flags.question.options(1));
  if (flags.json) print_json(to_json(report));
  fmt::print(stderr, "tandem: {}", plan::explain(report.problem, *report.clash));
  throw CLI::RuntimeError(kInfeasible);
}

void draw(const PlanReport& report, const std::string& path) {
  const plan::Plan& best = report.solution.plans.front();
  const bool is_svg = path.ends_with(".svg");
  base::write_file(path, is_svg ? plan::to_svg(report.problem, best) : plan::to_dot(report.problem, best));
}

void make_plan(const Flags& flags) {
  check_usage(flags);
  PlanReport report = ask(flags);
  if (!flags.saved_problem.empty()) base::write_file(flags.saved_problem, plan::to_json(report.problem).dump(1) + "\n");
  solve(report, flags);
  if (report.solution.plans.empty()) explain_failure(report, flags);
  analyse(report, flags);
  if (!flags.output.empty()) base::write_file(flags.output, to_json(report).dump(1) + "\n");
  if (!flags.picture.empty()) draw(report, flags.picture);
  flags.json ? print_json(to_json(report)) : print_text(to_text(report));
}

void add_source_flags(CLI::App& command, Flags& flags) {
  flags.model.add_to(command, false);
  flags.fleet.add_to(command, false);
  command.add_option("--problem", flags.problem_path,
                     "Plan this problem instead of a model and a fleet: a JSON file (docs/formats.md)");
  command.add_option("--save-problem", flags.saved_problem,
                     "Write the problem as JSON, to be edited and planned alone");
}

void add_answer_flags(CLI::App& command, Flags& flags) {
  command.add_option("--top", flags.top, "How many plans to list, best first")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--verify", flags.verify,
                  "Time the stages of so many best plans as they would run, keep the times, and choose by them")
      ->check(CLI::Range(1, 100));
  command.add_flag("--explain", flags.explain, "Say what the plan costs where, why others lose, and what binds");
  command.add_option("--front", flags.front, "Also list the plans that no other beats in both of two objectives")
      ->expected(2)
      ->type_name("OBJECTIVE OBJECTIVE");
  command.add_option("--map", flags.map, "Also list which plan is best at which bandwidth: LOW..HIGH in Mbit/s");
  command
      .add_option("--map-link", flags.map_links,
                  "Link whose bandwidth varies, FROM->TO; may be repeated (default: all out of the first target)")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--picture", flags.picture, "Draw the best plan: FILE.svg, or FILE.dot for Graphviz");
  command.add_option("-o,--output", flags.output, "Write the plans to this file, for `tandem run --plan`");
  add_json_flag(command, flags.json);
}

}  // namespace

void add_plan(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand("plan", "Decide which target runs which layers, from profiles");
  add_source_flags(*command, *flags);
  flags->question.add_to(*command);
  add_answer_flags(*command, *flags);
  command->callback([flags] { make_plan(*flags); });
}

}  // namespace tandem::cli
