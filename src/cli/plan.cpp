#include "plan/plan.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/fleet_access.h"
#include "cli/table.h"
#include "plan/chain.h"

namespace tandem::cli {
namespace {

struct Flags {
  ModelFlags model;
  FleetFlags fleet;
  std::size_t top = 3;
  bool json = false;
  std::string output;
};

base::Json json_of(const std::vector<plan::Plan>& plans) {
  base::Json list = base::Json::array();
  for (const auto& each : plans) list.push_back(plan::to_json(each));
  return list;
}

void add_rows(Table& table, const std::string& label, const plan::Plan& plan) {
  double compute_ms = 0;
  double exchange_ms = 0;
  double sent_bytes = 0;
  for (const auto& stage : plan.stages) {
    compute_ms += stage.compute_ms;
    exchange_ms += stage.exchange_ms;
    sent_bytes += stage.sent_bytes;
  }
  table.add({label, plan.summary(), human_ms(plan.latency_ms), human_ms(compute_ms), human_ms(exchange_ms),
             human_bytes(sent_bytes)});
}

void print_table(const std::vector<plan::Plan>& best, const std::vector<plan::Plan>& native) {
  Table table({"", "plan (layers)", ">predicted ms", ">compute ms", ">links ms", ">sent"});
  for (std::size_t i = 0; i < best.size(); ++i) add_rows(table, fmt::format("{}", i + 1), best[i]);
  for (const auto& each : native) add_rows(table, "native", each);
  print_text(table.text());
}

void make_plan(const Flags& flags) {
  const auto engine = flags.model.make_engine();
  const model::Model model = flags.model.load(*engine);
  const cost::Fleet fleet = cost::read_fleet(flags.fleet.fleet_path);
  const std::string digest = model.digest();
  const plan::Problem problem = problem_from_store(model, digest, fleet, flags.fleet.open_store());
  const auto start = std::chrono::steady_clock::now();
  const auto best = plan::solve_chain(problem, flags.top);
  const double solve_us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  const auto native = plan::native_plans(problem);
  const base::Json json = {{"format", "tandem.plan"},        {"version", 1},         {"model", digest},
                           {"objective", "latency"},         {"solve_us", solve_us}, {"plans", json_of(best)},
                           {"native_plans", json_of(native)}};
  if (!flags.output.empty()) base::write_file(flags.output, json.dump(1) + "\n");
  flags.json ? print_json(json) : print_table(best, native);
}

}  // namespace

void add_plan(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand("plan", "Decide which target runs which layers, from profiles");
  flags->model.add_to(*command);
  flags->fleet.add_to(*command);
  command->add_option("--top", flags->top, "How many plans to list, best first")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("-o,--output", flags->output, "Write the plans to this file, for `tandem run --plan`");
  add_json_flag(*command, flags->json);
  command->callback([flags] { make_plan(*flags); });
}

}  // namespace tandem::cli
