#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/compare_report.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/plan_report.h"
#include "plan/problem/problem_json.h"
#include "plan/show/dot.h"
#include "plan/show/explain.h"
#include "plan/show/picture.h"
#include "report/png.h"
#include "workspace/planning.h"

namespace tandem::cli {
namespace {

constexpr int kInfeasible = 1;

struct Flags {
  workspace::Options workspace;
  std::string problem_path;
  workspace::PlanningOptions planning;
  std::string picture;
  std::string saved_problem;
  std::string output;
  bool json = false;
};

void check_picture(const std::string& path) {
  if (path.ends_with(".png") && !report::can_draw_png())
    refuse_option("--picture",
                  fmt::format("PNG needs {}, which is not installed (Debian: librsvg2-2): give a file name "
                              "that ends in .svg",
                              report::kPngLibrary));
  if (!path.ends_with(".svg") && !path.ends_with(".png") && !path.ends_with(".dot"))
    refuse_option("--picture", "expected a file name that ends in .svg, .png or .dot");
}

void check_usage(const Flags& flags) {
  const bool has_model = !flags.workspace.model.path.empty();
  if (flags.planning.verify > 0 && !has_model)
    refuse_option("--verify", "a problem file names no machines to time stages on: give MODEL and --fleet");
  if (has_model == !flags.problem_path.empty() || has_model == flags.workspace.fleet.path.empty())
    refuse_option("plan", "give either MODEL with --fleet FILE, or --problem FILE");
  if (!flags.picture.empty()) check_picture(flags.picture);
  plan::methods_named(flags.planning.compare);
  for (const auto& path : {flags.picture, flags.saved_problem, flags.output}) base::require_folder_of(path);
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
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("--map {}: expected LOW..HIGH in Mbit/s, such as 0.1..1000", text));
  return {low, high};
}

workspace::PlanReport ask(const Flags& flags) {
  if (!flags.problem_path.empty()) return workspace::ask(workspace::read_problem(flags.problem_path), flags.planning);
  workspace::Workspace workspace(flags.workspace);
  return workspace::ask(workspace, flags.planning);
}

[[noreturn]] void fail(const workspace::PlanReport& report, bool json) {
  if (json) print_json(to_json(report));
  fmt::print(stderr, "tandem: {}", base::printable_lines(plan::explain(report.problem, *report.clash)));
  exit_with(kInfeasible);
}

void draw(const workspace::PlanReport& report, const std::string& path) {
  const plan::Plan& best = report.solution.plans.front();
  if (path.ends_with(".dot")) return base::write_file(path, plan::to_dot(report.problem, best));
  const std::string svg = plan::to_svg(report.problem, best);
  base::write_file(path, path.ends_with(".png") ? report::to_png(svg) : svg);
}

void make_plan(const Flags& flags) {
  check_usage(flags);
  workspace::PlanReport report = ask(flags);
  if (!flags.saved_problem.empty()) base::write_file(flags.saved_problem, plan::to_json(report.problem).dump(1) + "\n");
  workspace::answer(report, flags.planning);
  if (report.clash) fail(report, flags.json);
  if (!flags.output.empty()) base::write_file(flags.output, to_json(report).dump(1) + "\n");
  if (!flags.picture.empty()) draw(report, flags.picture);
  flags.json ? print_json(to_json(report)) : print_text(to_text(report));
}

void add_source_flags(Command command, Flags& flags) {
  add_model_flags(command, flags.workspace.model, false);
  add_fleet_flags(command, flags.workspace.fleet, false);
  add_store_flag(command, flags.workspace.store);
  command.add_option(
      "--problem", flags.problem_path,
      "Plan this problem, a JSON file (docs/formats.md) or - for standard input, in place of a model and a fleet");
  command.add_option("--save-problem", flags.saved_problem, "Write the problem as JSON, to edit and plan by itself");
}

void add_map_flags(Command command, workspace::PlanningOptions& planning) {
  command.add_option_function<std::string>(
      "--map", [&planning](const std::string& text) { planning.map_mbps = parse_range(text); },
      "Also list the best plan at each bandwidth: LOW..HIGH in Mbit/s");
  command
      .add_option("--map-link", planning.map_links,
                  "Link whose bandwidth varies, FROM->TO; may be repeated (default: all that leave the first target)")
      .repeatable();
}

void add_answer_flags(Command command, Flags& flags) {
  command
      .add_option("--top", flags.planning.top,
                  "Number of plans to list, best first; the best is proven first, the others while time lasts")
      .range(1, 1000)
      .show_default();
  command
      .add_option("--verify", flags.planning.verify,
                  "Time the stages of this many best plans as they would run, keep the times, and choose by them")
      .range(1, 100);
  command.add_flag("--explain", flags.planning.explains,
                   "Explain the plan: its costs by place, why others lose, the binding constraints");
  command
      .add_option("--front", flags.planning.front,
                  "Also list the Pareto front: the plans that no other beats in both objectives")
      .count(2)
      .type_name("OBJECTIVE OBJECTIVE");
  add_map_flags(command, flags.planning);
  command
      .add_option("--compare", flags.planning.compare,
                  "Also list the plans that published methods would choose, and their costs: all, or names of " +
                      names_of_methods())
      .separated_by_commas();
  command.add_option("--picture", flags.picture, "Draw the best plan: FILE.svg, FILE.png, or FILE.dot for Graphviz");
  command.add_option("-o,--output", flags.output, "Write the plans to this file, for `tandem run --plan`");
  add_json_flag(command, flags.json);
}

}  // namespace

void add_plan(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand("plan", "Decide which target runs which layers, from profiles");
  add_source_flags(command, *flags);
  add_question_flags(command, flags->planning.question);
  add_answer_flags(command, *flags);
  command.set_footer(command.footer() + "\nPublished methods (--compare; docs/guide/compare.md):\n" +
                     sources_of_methods());
  command.callback([flags] { make_plan(*flags); });
}

}  // namespace tandem::cli
