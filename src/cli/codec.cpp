// `tandem codec`: what codecs there are, what each costs and loses on a model's tensors.
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "workspace/requests.h"
#include "workspace/fleet_access.h"
#include "cli/table.h"
#include "codec/open.h"
#include "store/exchange.h"
#include "tune/codec_times.h"
#include "tune/codecs.h"
#include "tune/cuts.h"

namespace tandem::cli {
namespace {

struct Flags {
  ModelFlags model;
  FleetFlags fleet;
  DataFlags data;
  std::vector<std::string> tensors;
  std::vector<double> losses = tune::CodecSearch{}.losses;
  bool fitted_only = false;
  bool again = false;
  bool shows_all = false;
  bool json = false;
};

using Rates = std::vector<cost::CodecRate>;

double most_disagreement(const cost::CodecRate& rate) {
  double most = 0;
  for (const auto& loss : rate.losses) most = std::max(most, loss.disagreement);
  return most;
}

base::Json row_of(const cost::CodecRate& rate) {
  base::Json losses = base::Json::array();
  for (const auto& loss : rate.losses) losses.push_back(store::json_of(loss));
  return {{"tensor", rate.tensor},
          {"codec", rate.codec},
          {"elements", rate.elements},
          {"mean_bytes", rate.bytes},
          {"bits_per_element", rate.bits_per_element()},
          {"calibration_loss_points", rate.calibration_loss_points},
          {"worst_loss_points", rate.worst_loss_points()},
          {"description_bytes", rate.description.size()},
          {"test_samples", rate.samples},
          {"losses", std::move(losses)}};
}

base::Json row_of(const cost::CodecTime& time) {
  return {{"target", time.identity.target},
          {"tensor", time.tensor},
          {"codec", time.codec},
          {"encode_ms", time.encode_ms},
          {"decode_ms", time.decode_ms}};
}

// What the store knows, as tables.
class Report {
 public:
  Report(const Flags& flags, Rates rates, std::vector<cost::CodecTime> times)
      : flags_(flags), rates_(std::move(rates)), times_(std::move(times)) {
    for (const auto& rate : rates_) {
      if (std::ranges::find(tensors_, rate.tensor) == tensors_.end()) tensors_.push_back(rate.tensor);
    }
  }

  void print() const {
    if (flags_.json) return print_as_json();
    print_text(flags_.shows_all ? everything() : overview());
  }

 private:
  void print_as_json() const {
    base::Json json = {{"model", flags_.model.path}, {"rates", base::Json::array()}, {"times", base::Json::array()}};
    for (const auto& rate : rates_) json["rates"].push_back(row_of(rate));
    for (const auto& time : times_) json["times"].push_back(row_of(time));
    print_json(json);
  }

  std::string overview() const {
    std::vector<std::string> headings{"tensor", ">elements"};
    for (const double points : flags_.losses) headings.push_back(fmt::format(">≤ {:g} points", points));
    headings.insert(headings.end(), {">lost on test", ">JALAD", ">int8+zstd"});
    Table table(headings);
    const double points = flags_.losses.back();
    for (const auto& tensor : tensors_) {
      const auto first = std::ranges::find(rates_, tensor, &cost::CodecRate::tensor);
      std::vector<std::string> row{tensor, std::to_string(first->elements)};
      for (const double bound : flags_.losses)
        row.push_back(bits(cost::smallest_within(rates_, tensor, "klevel", bound)));
      const auto* fitted = cost::smallest_within(rates_, tensor, "klevel", points);
      row.push_back(fitted == nullptr ? "–" : fmt::format("{:.2f}", fitted->worst_loss_points()));
      row.push_back(bits(cost::smallest_within(rates_, tensor, "jalad", points)));
      row.push_back(bits(cost::smallest_within(rates_, tensor, "int8+zstd", points)));
      table.add(row);
    }
    return fmt::format(
        "bits per element of the fitted codec by what it may lose on the calibration part, in percentage points at the "
        "exit that suffers most; what the last of them lost on the test part, and what others need for it\n{}"
        "\n`--all` shows every codec and setting.\n",
        table.text());
  }
  static std::string bits(const cost::CodecRate* rate) {
    return rate == nullptr ? "–" : fmt::format("{:.3f}", rate->bits_per_element());
  }

  std::string everything() const {
    std::set<std::string> targets;
    for (const auto& time : times_) targets.insert(time.identity.target);
    std::vector<std::string> headings{"tensor",       "codec", ">bits/element", ">bytes",
                                      ">calibration", ">test", ">at most",      ">other answers"};
    for (const auto& target : targets) headings.push_back(">" + target + " enc + dec");
    Table table(headings);
    for (const auto& rate : rates_) {
      std::vector<std::string> row{rate.tensor,
                                   rate.codec,
                                   fmt::format("{:.3f}", rate.bits_per_element()),
                                   fmt::format("{:.0f}", rate.bytes),
                                   fmt::format("{:.2f}", rate.calibration_loss_points),
                                   fmt::format("{:.2f}", rate.worst_loss_points()),
                                   fmt::format("{:.2f}", rate.highest_loss_points()),
                                   fmt::format("{:.2f} %", most_disagreement(rate))};
      for (const auto& target : targets) row.push_back(time_of(rate, target));
      table.add(row);
    }
    return fmt::format(
        "accuracy lost in percentage points at the exit that suffers most: on the calibration part, by which settings "
        "were chosen; on the test part; at most that, with 95 % confidence\n{}",
        table.text());
  }
  std::string time_of(const cost::CodecRate& rate, const std::string& target) const {
    for (const auto& time : times_) {
      if (time.identity.target != target || time.tensor != rate.tensor || time.codec != rate.codec) continue;
      return fmt::format("{} + {}", human_ms(time.encode_ms), human_ms(time.decode_ms));
    }
    return "–";
  }

  const Flags& flags_;
  const Rates rates_;
  const std::vector<cost::CodecTime> times_;
  std::vector<std::string> tensors_;
};

class Tuning {
 public:
  explicit Tuning(const Flags& flags)
      : flags_(flags),
        engine_(flags.model.make_engine()),
        model_(flags.model.load(*engine_)),
        store_(flags.fleet.open_store()) {}

  void run() {
    if (flags_.again) store_.forget_codec_rates(model_.digest(), flags_.data.key());
    const auto wanted = flags_.tensors.empty() ? tune::tensors_that_cross(model_) : flags_.tensors;
    const auto dataset = flags_.data.read(model_);
    base::ProgressBar progress;
    const auto show = [&](const std::string& doing, double share) { progress.show(doing, share); };
    const tune::Study study{model_, *engine_, dataset, flags_.data.pixels};
    const auto keep = [&](const Rates& rates) {
      store_.write_together([&] {
        for (const auto& rate : rates) store_.put(rate);
      });
    };
    tune::measure_codecs(study, {unknown(wanted), flags_.losses, !flags_.fitted_only}, keep, show);
    if (!flags_.fleet.fleet_path.empty()) time_on_targets(study, show);
  }
  Report report() const { return {flags_, rates(), store_.codec_times_of(model_.digest())}; }

 private:
  Rates rates() const {
    Rates rates = store_.codec_rates_of(model_.digest());
    std::erase_if(rates, [&](const cost::CodecRate& rate) { return rate.data != flags_.data.key(); });
    const auto order = tune::tensors_that_cross(model_);
    std::ranges::stable_sort(
        rates, {}, [&](const cost::CodecRate& rate) { return std::ranges::find(order, rate.tensor) - order.begin(); });
    return rates;
  }
  std::vector<std::string> unknown(std::vector<std::string> tensors) const {
    const Rates known = rates();
    std::erase_if(tensors, [&](const std::string& tensor) {
      return std::ranges::find(known, tensor, &cost::CodecRate::tensor) != known.end();
    });
    return tensors;
  }

  void time_on_targets(const tune::Study& study, const profile::Progress& show) {
    const FleetAccess access(flags_.fleet, *engine_);
    std::vector<profile::Subject> subjects;
    for (std::size_t i = 0; i < access.fleet().targets.size(); ++i)
      subjects.push_back(profile::make_subject(model_.digest(), access.fleet().targets[i].name, *access.targets()[i]));
    const auto keep = [&](const cost::CodecTime& time) { store_.put(time); };
    tune::time_codecs(study, untimed(rates(), subjects), keep, show);
  }
  std::vector<tune::CodecTiming> untimed(const Rates& rates, const std::vector<profile::Subject>& subjects) const {
    const auto known = store_.codec_times_of(model_.digest());
    std::vector<tune::CodecTiming> timings;
    for (const auto& rate : rates) {
      for (const auto& subject : subjects) {
        const bool is_known = std::ranges::any_of(known, [&](const cost::CodecTime& time) {
          return time.identity == subject.identity && time.tensor == rate.tensor && time.codec == rate.codec;
        });
        if (!is_known) timings.push_back({rate, subject});
      }
    }
    return timings;
  }

  const Flags& flags_;
  std::unique_ptr<engine::Engine> engine_;
  model::Model model_;
  store::Store store_;
};

void add_list(CLI::App& codec) {
  CLI::App* command = codec.add_subcommand("list", "The codecs that need no fitting, and the one that does");
  command->callback([] {
    Table table({"codec", "what it does"});
    table.add({"klevel", "a few levels, fitted to a tensor by `tandem codec tune`, and entropy coding in contexts"});
    for (const auto& listing : codec::listings()) table.add({listing.description, listing.meaning});
    print_text(table.text());
  });
}

void add_shared_flags(CLI::App& command, Flags& flags) {
  command
      .add_option("--losses", flags.losses,
                  "Percentage points that may be lost on the calibration part: of every codec with a setting, the "
                  "coarsest for each")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command.add_flag("--all", flags.shows_all, "Show every codec and setting, not the overview");
  add_json_flag(command, flags.json);
}

void add_tune(CLI::App& codec) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = codec.add_subcommand(
      "tune", "Find what each codec costs and loses on each tensor that may cross a link; keeps it for plans");
  flags->model.add_to(*command);
  flags->fleet.add_to(*command, false);
  flags->data.add_to(*command, true);
  command->add_option("--tensors", flags->tensors, "Only these (default: all that cross where the model can be cut)")
      ->delimiter(',');
  command->add_flag("--fitted-only", flags->fitted_only, "Leave JALAD, int8+zstd and int8+lz4 out");
  command->add_flag("--again", flags->again, "Forget what the store knows of this model and data, and begin anew");
  add_shared_flags(*command, *flags);
  command->footer(
      "Settings are chosen on the calibration part of the data and reported on its test part. Tensors that the store "
      "knows already are not tried again, so a stopped run goes on where it was. With --fleet, encoding and decoding "
      "are timed on its targets: plans offer codecs whose time is known on one of them at least.");
  command->callback([flags] {
    std::ranges::sort(flags->losses);
    Tuning tuning(*flags);
    tuning.run();
    tuning.report().print();
  });
}

void add_show(CLI::App& codec) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = codec.add_subcommand("show", "What `tune` found, from the store");
  flags->model.add_to(*command);
  flags->fleet.add_store_to(*command);
  flags->data.add_to(*command, true);
  add_shared_flags(*command, *flags);
  command->callback([flags] {
    std::ranges::sort(flags->losses);
    Tuning(*flags).report().print();
  });
}

}  // namespace

void add_codec(CLI::App& application) {
  CLI::App* codec = application.add_subcommand("codec", "How tensors that cross a link are encoded, and what it costs");
  codec->require_subcommand(1);
  add_list(*codec);
  add_tune(*codec);
  add_show(*codec);
}

}  // namespace tandem::cli
