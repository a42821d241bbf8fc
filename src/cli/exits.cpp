#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/progress.h"
#include "base/statistics.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "workspace/requests.h"
#include "cli/exits_add.h"
#include "workspace/fleet_access.h"
#include "cli/table.h"
#include "plan/make/from_costs.h"
#include "plan/problem/policies.h"
#include "tune/exits.h"

namespace tandem::cli {
namespace {

struct Flags {
  ModelFlags model;
  FleetFlags store;
  DataFlags data;
  std::string confidence;
  double loss_points = 0.5;
  bool again = false;
  bool json = false;
};

// Thresholds found on the calibration part, and what they come to on either part.
struct Choice {
  exits::Confidence confidence = exits::Confidence::MaximumSoftmax;
  exits::ThresholdPolicy calibration;
  exits::ThresholdPolicy test;
};

class Report {
 public:
  explicit Report(const Flags& flags)
      : flags_(flags), engine_(flags.model.make_engine()), model_(flags.model.load(*engine_)) {
    measure();
    costs_ = plan::exit_costs(model_.graph(), model::exits_of(model_));
    choose();
  }

  void print() const { flags_.json ? print_as_json() : print_for_people(); }

 private:
  void measure() {
    store::Store store = flags_.store.open_store();
    const std::string digest = model_.digest();
    const auto known = [&](data::Role role) { return store.exit_statistics(digest, flags_.data.key(), name_of(role)); };
    auto calibration = known(data::Role::Calibration);
    auto test = known(data::Role::Test);
    if (flags_.again || !calibration || !test) {
      base::ProgressBar progress;
      const auto dataset = flags_.data.read(model_);
      auto measured = tune::measure_exits({model_, *engine_, dataset, flags_.data.pixels},
                                          [&](const std::string& doing, double share) { progress.show(doing, share); });
      store.write_together([&] {
        store.put(measured.calibration);
        store.put(measured.test);
      });
      calibration = std::move(measured.calibration);
      test = std::move(measured.test);
    }
    calibration_ = std::move(*calibration);
    test_ = std::move(*test);
  }

  void choose() {
    for (const auto confidence : exits::kConfidences) {
      if (!flags_.confidence.empty() && confidence != exits::parse_confidence(flags_.confidence)) continue;
      Choice choice = choose(confidence);
      if (!choice_ || choice.calibration.mean_cost < choice_->calibration.mean_cost) choice_ = std::move(choice);
    }
  }

  Choice choose(exits::Confidence confidence) const {
    const auto calibration = exits::samples_of(calibration_, confidence);
    const auto test = exits::samples_of(test_, confidence);
    Choice choice{confidence, {}, {}};
    choice.calibration =
        exits::cheapest(calibration, costs_, right_percent(calibration_.exits.back()) - flags_.loss_points);
    choice.test = exits::evaluate(test, costs_, choice.calibration);
    return choice;
  }

  static std::size_t right_count(const exits::ExitRecord& exit) {
    return static_cast<std::size_t>(std::ranges::count(exit.is_right, true));
  }
  static double right_percent(const exits::ExitRecord& exit) {
    return 100.0 * static_cast<double>(right_count(exit)) / static_cast<double>(exit.is_right.size());
  }
  // 95 %, binomial.
  base::Interval interval_of(double percent) const {
    const auto count = static_cast<double>(test_.sample_count());
    return base::binomial_interval(static_cast<std::size_t>(percent / 100 * count + 0.5), test_.sample_count());
  }
  // The trunk up to the last exit, which no head slows down.
  double full_cost() const { return costs_.trunk_cost.back() + costs_.head_cost.back(); }
  double cost_alone(std::size_t exit) const { return costs_.trunk_cost[exit] + costs_.head_cost[exit]; }

  base::Json json_of(std::size_t exit) const {
    const auto& record = test_.exits[exit];
    const auto interval = interval_of(right_percent(record));
    return {{"name", record.name},
            {"test_accuracy_percent", right_percent(record)},
            {"test_low_percent", interval.low},
            {"test_high_percent", interval.high},
            {"calibration_accuracy_percent", right_percent(calibration_.exits[exit])},
            {"temperature", record.temperature},
            {"multiply_accumulates", cost_alone(exit)},
            {"head_multiply_accumulates", costs_.head_cost[exit]},
            {"share_of_full", cost_alone(exit) / full_cost()}};
  }

  void print_as_json() const {
    base::Json json = {{"model", model_.name()},
                       {"data", flags_.data.key()},
                       {"calibration_samples", calibration_.sample_count()},
                       {"test_samples", test_.sample_count()},
                       {"exits", base::Json::array()}};
    for (std::size_t exit = 0; exit < test_.exits.size(); ++exit) json["exits"].push_back(json_of(exit));
    const auto interval = interval_of(choice_->test.accuracy);
    base::Json policy = {{"confidence", exits::name_of(choice_->confidence)},
                         {"loss_points", flags_.loss_points},
                         {"calibration_accuracy_percent", choice_->calibration.accuracy},
                         {"test_accuracy_percent", choice_->test.accuracy},
                         {"test_low_percent", interval.low},
                         {"test_high_percent", interval.high},
                         {"calibration_share_of_full", choice_->calibration.mean_cost / full_cost()},
                         {"test_share_of_full", choice_->test.mean_cost / full_cost()},
                         {"exits", base::Json::array()}};
    for (std::size_t i = 0; i < choice_->test.exits.size(); ++i) {
      policy["exits"].push_back({{"exit", test_.exits[choice_->test.exits[i]].name},
                                 {"threshold", threshold(i)},
                                 {"share", choice_->test.shares[i]}});
    }
    json["policy"] = std::move(policy);
    print_json(json);
  }

  double threshold(std::size_t i) const {
    return i < choice_->test.thresholds.size() ? choice_->test.thresholds[i] : 0;
  }

  void print_for_people() const {
    Table exits({"exit", ">right", ">95 % interval", ">calibration", ">temperature", ">multiply-adds", ">of full",
                 ">its head"});
    for (std::size_t exit = 0; exit < test_.exits.size(); ++exit) {
      const auto& record = test_.exits[exit];
      const auto interval = interval_of(right_percent(record));
      exits.add({record.name, fmt::format("{:.2f} %", right_percent(record)),
                 fmt::format("{:.2f}–{:.2f}", interval.low, interval.high),
                 fmt::format("{:.2f} %", right_percent(calibration_.exits[exit])),
                 fmt::format("{:.2f}", record.temperature), human_count(cost_alone(exit)),
                 fmt::format("{:.1f} %", 100 * cost_alone(exit) / full_cost()), human_count(costs_.head_cost[exit])});
    }
    print_text(fmt::format("{}: {} samples of the test part, {} of the calibration part\n{}", flags_.data.key(),
                           test_.sample_count(), calibration_.sample_count(), exits.text()));
    print_policy();
  }

  void print_policy() const {
    const auto interval = interval_of(choice_->test.accuracy);
    print_text(fmt::format(
        "\nstop at the first exit that is sure enough ({}): at most {} points below the last exit, chosen on the "
        "calibration part\n",
        exits::name_of(choice_->confidence), flags_.loss_points));
    Table stops({"exit", ">threshold", ">stop here"});
    for (std::size_t i = 0; i < choice_->test.exits.size(); ++i) {
      stops.add({test_.exits[choice_->test.exits[i]].name,
                 i < choice_->test.thresholds.size() ? fmt::format("{:.3f}", threshold(i)) : "–",
                 fmt::format("{:.1f} %", 100 * choice_->test.shares[i])});
    }
    print_text(
        fmt::format("{}on the test part: {:.2f} % right ({:.2f}–{:.2f}), the last exit alone {:.2f} %; {:.2f} × "
                    "the compute of the full network, heads counted\n",
                    stops.text(), choice_->test.accuracy, interval.low, interval.high,
                    right_percent(test_.exits.back()), choice_->test.mean_cost / full_cost()));
  }

  const Flags& flags_;
  std::unique_ptr<engine::Engine> engine_;
  model::Model model_;
  exits::ExitStatistics calibration_;
  exits::ExitStatistics test_;
  exits::ExitCosts costs_;
  std::optional<Choice> choice_;
};

void add_report(CLI::App& exits) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = exits.add_subcommand(
      "report", "Accuracy, share and cost of each exit, and where to stop; keeps the statistics for plans");
  flags->model.add_to(*command);
  flags->store.add_store_to(*command);
  flags->data.add_to(*command, true);
  command->add_option("--loss", flags->loss_points, "Percentage points that may be lost against the last exit")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--confidence", flags->confidence,
                      "softmax, margin or entropy (default: what costs least on the calibration part)");
  command->add_flag("--again", flags->again, "Ask the exits again, although the store knows their answers");
  add_json_flag(*command, flags->json);
  command->callback([flags] { Report(*flags).print(); });
}

}  // namespace

void add_exits(CLI::App& application) {
  CLI::App* exits = application.add_subcommand("exits", "Early exits of a model: adding them, and what they are worth");
  exits->require_subcommand(1);
  add_exits_add(*exits);
  add_report(*exits);
}

}  // namespace tandem::cli
