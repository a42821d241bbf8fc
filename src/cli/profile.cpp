#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/fleet_access.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cost/exchange.h"
#include "profile/measure.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kLargestProfileBytes = std::size_t{1} << 30;
constexpr base::Milliseconds kDescribeTimeout{10'000};

struct Flags {
  ModelFlags model;
  FleetFlags fleet;
  bool json = false;
  bool again = false;
  bool links_only = false;
};

class Profiler {
 public:
  Profiler(const Flags& flags, engine::Engine& engine)
      : flags_(flags),
        model_(flags.model.load(engine)),
        access_(flags.fleet, engine),
        store_(flags.fleet.open_store()),
        digest_(model_.digest()) {}

  void run() {
    if (!flags_.links_only) measure_targets();
    for (const auto& link : access_.fleet().links) measure_link(link);
    flags_.json ? print_as_json() : print_tables();
  }

 private:
  void measure_targets() {
    const auto& targets = access_.fleet().targets;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (!flags_.again && is_fresh(i)) continue;
      const auto show = [&](const std::string& doing, double share) {
        progress_.show(fmt::format("{}: {}", targets[i].name, doing),
                       (static_cast<double>(i) + share) / static_cast<double>(targets.size()));
      };
      store_.put(profile::measure_model(model_, digest_, targets[i].name, *access_.targets()[i], offers_, {}, show));
    }
  }

  // Measured before, on this very machine with this very engine.
  bool is_fresh(std::size_t target) {
    const auto known = store_.model_costs(digest_, access_.fleet().targets[target].name);
    if (!known) return false;
    const auto description = access_.targets()[target]->describe(base::Deadline::after(kDescribeTimeout));
    return description && profile::fingerprint(description.value()) == known->machine &&
           description.value().engine == known->engine;
  }

  void measure_link(const cost::Link& link) {
    progress_.show(
        fmt::format("link {} → {}", access_.fleet().targets[link.from].name, access_.fleet().targets[link.to].name), 1);
    store_.put(profile::measure_link(access_.fleet(), link, *access_.targets()[link.from]));
  }

  cost::Costs gather() const {
    cost::Costs costs;
    for (const auto& target : access_.fleet().targets) {
      if (auto known = store_.model_costs(digest_, target.name)) costs.models.push_back(std::move(*known));
    }
    for (const auto& link : access_.fleet().links) {
      auto known = store_.link_costs(access_.fleet().targets[link.from].name, access_.fleet().targets[link.to].name);
      if (known) costs.links.push_back(std::move(*known));
    }
    return costs;
  }

  void print_as_json() const { print_json(cost::to_json(gather())); }

  void print_tables() const {
    const cost::Costs costs = gather();
    Table targets({"target", ">whole model ms", ">95 % interval", ">per stage ms", "machine"});
    for (const auto& each : costs.models) {
      targets.add({each.target, human_ms(each.whole_ms),
                   fmt::format("{}–{}", human_ms(each.whole_low_ms), human_ms(each.whole_high_ms)),
                   human_ms(each.stage_overhead_ms), each.machine});
    }
    Table links({"link", ">round trip ms", ">up Mbit/s", ">down Mbit/s"});
    for (const auto& each : costs.links) {
      links.add({fmt::format("{} → {}", each.from, each.to), human_ms(each.round_trip_ms),
                 fmt::format("{:.1f}", each.upload_mbps), fmt::format("{:.1f}", each.download_mbps)});
    }
    print_text(targets.text() + "\n" + links.text());
  }

  const Flags& flags_;
  ProgressBar progress_;
  model::Model model_;
  FleetAccess access_;
  cost::Store store_;
  std::string digest_;
  rpc::OfferMaker offers_;
};

struct ExchangeFlags {
  FleetFlags fleet;
  std::string path;
};

void add_export(CLI::App& profile) {
  const auto flags = std::make_shared<ExchangeFlags>();
  CLI::App* command = profile.add_subcommand("export", "Write everything in the cost store as JSON");
  flags->fleet.add_store_to(*command);
  command->add_option("-o,--output", flags->path, "File to write (default: stdout)");
  command->callback([flags] {
    const base::Json json = cost::to_json(cost::read_all(flags->fleet.open_store()));
    flags->path.empty() ? print_json(json) : base::write_file(flags->path, json.dump(1) + "\n");
  });
}

void add_import(CLI::App& profile) {
  const auto flags = std::make_shared<ExchangeFlags>();
  CLI::App* command = profile.add_subcommand("import", "Add profiles from a JSON file to the cost store");
  command->add_option("file", flags->path, "JSON file that `tandem profile export` wrote")->required();
  flags->fleet.add_store_to(*command);
  command->callback([flags] {
    const base::Json json = base::parse_json(base::read_file(flags->path, kLargestProfileBytes), flags->path);
    cost::Store store = flags->fleet.open_store();
    cost::write_all(store, cost::costs_from_json(json, flags->path));
  });
}

void run_profile(const Flags& flags) {
  const auto engine = flags.model.make_engine();
  Profiler(flags, *engine).run();
}

}  // namespace

void add_profile(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command =
      application.add_subcommand("profile", "Measure a model on every target of a fleet, and the links between them");
  flags->model.add_to(*command);
  flags->fleet.add_to(*command);
  command->add_flag("--again", flags->again, "Measure targets again that were measured before");
  command->add_flag("--links-only", flags->links_only, "Measure the links only");
  add_json_flag(*command, flags->json);
  command->get_option("model")->required(false);  // `export` and `import` need neither
  command->get_option("--fleet")->required(false);
  add_export(*command);
  add_import(*command);
  command->callback([flags, command] {
    if (!command->get_subcommands().empty()) return;
    if (flags->model.path.empty()) throw CLI::RequiredError("model");
    if (flags->fleet.fleet_path.empty()) throw CLI::RequiredError("--fleet");
    run_profile(*flags);
  });
}

}  // namespace tandem::cli
