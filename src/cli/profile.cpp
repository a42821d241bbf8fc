#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/statistics.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "workspace/fleet_access.h"
#include "workspace/profile_page.h"
#include "cli/table.h"
#include "cost/estimate.h"
#include "profile/measure.h"
#include "store/exchange.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kLargestProfileBytes = std::size_t{1} << 30;

struct Flags {
  ModelFlags model;
  std::vector<std::string> paths;
  FleetFlags fleet;
  double precision_percent = 2;
  std::string longest = "6s";
  std::string report;
  bool json = false;
  bool again = false;
  bool links_only = false;
};

// A model of the command line: loaded only when something needs it.
class LazyModel {
 public:
  LazyModel(const Flags& flags, const std::string& path, engine::Engine& engine, store::Store& store)
      : flags_(flags.model), engine_(engine) {
    flags_.path = path;
    const store::FileStamp stamp = stamp_of(path, flags_.shapes);
    auto known = store.known_digest(stamp);
    digest_ = known ? *known : get().digest();
    // External data may change while the file stays as it is.
    if (!known && get().is_one_file()) store.remember_digest(stamp, digest_);
  }

  const std::string& digest() const { return digest_; }
  const std::string& path() const { return flags_.path; }
  const model::Model& get() {
    if (!model_) {
      model_.emplace(flags_.load(engine_));
      if (!digest_.empty()) model_->remember_digest(digest_);
    }
    return *model_;
  }

 private:
  static store::FileStamp stamp_of(const std::string& path, const std::vector<std::string>& shapes) {
    std::error_code error;
    store::FileStamp stamp;
    stamp.path = std::filesystem::absolute(path).string();
    stamp.settings = fmt::format("{}", fmt::join(shapes, " "));
    stamp.size_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    stamp.modified_ns = std::filesystem::last_write_time(path, error).time_since_epoch().count();
    return stamp;
  }

  ModelFlags flags_;
  engine::Engine& engine_;
  std::string digest_;
  std::optional<model::Model> model_;
};

class Profiler {
 public:
  Profiler(const Flags& flags, engine::Engine& engine)
      : flags_(flags), engine_(engine), access_(flags.fleet, engine), store_(flags.fleet.open_store()) {
    settings_.relative_interval = flags.precision_percent / 100;
    settings_.longest_ms = parse_milliseconds(flags.longest, "--longest");
  }

  void run() {
    for (const auto& link : access_.fleet().links) measure_link(link);
    for (std::size_t i = 0; i < flags_.paths.size(); ++i) profile_model(i);
    flags_.json ? print_json(store::to_json(gathered_)) : print_tables();
  }

 private:
  void profile_model(std::size_t index) {
    LazyModel model(flags_, flags_.paths[index], engine_, store_);
    const auto subjects = make_subjects(model.digest());
    if (!flags_.links_only) measure(model, subjects, index);
    gather(model, subjects);
    if (!flags_.report.empty()) base::write_file(flags_.report, profile_report(model.get(), access_.fleet(), store_));
  }

  std::vector<profile::Subject> make_subjects(const std::string& digest) const {
    std::vector<profile::Subject> subjects;
    for (std::size_t i = 0; i < access_.targets().size(); ++i)
      subjects.push_back(profile::make_subject(digest, access_.fleet().targets[i].name, *access_.targets()[i]));
    return subjects;
  }

  void measure(LazyModel& model, const std::vector<profile::Subject>& subjects, std::size_t index) {
    std::vector<profile::Subject> open;
    for (const auto& subject : subjects) {
      if (flags_.again) store_.forget(subject.identity);
      if (profile::is_complete(store_, subject.identity, settings_)) continue;
      say_if_stale(subject);
      open.push_back(subject);
    }
    if (open.empty()) return;
    rpc::OfferMaker offers;
    const auto show = [&](const std::string& doing, double share) {
      progress_.show(fmt::format("{}: {}", std::filesystem::path(model.path()).stem().string(), doing),
                     (static_cast<double>(index) + share) / static_cast<double>(flags_.paths.size()));
    };
    profile::measure_model(model.get(), open, store_, offers, settings_, show);
  }

  void say_if_stale(const profile::Subject& subject) const {
    const auto older = store_.latest_examination(subject.identity.model, subject.identity.target);
    if (!older || older->identity == subject.identity) return;
    base::log(base::LogLevel::Warning, "'{}' was measured on {}; {}: now it is {}; {}, and is measured again",
              subject.identity.target, older->identity.machine, older->identity.engine, subject.identity.machine,
              subject.identity.engine);
  }

  void measure_link(const fleet::Link& link) {
    const auto& targets = access_.fleet().targets;
    progress_.show(fmt::format("link {} → {}", targets[link.from].name, targets[link.to].name), 0);
    gathered_.links.push_back(profile::measure_link(access_.fleet(), link, *access_.targets()[link.from]));
    store_.put(gathered_.links.back());
  }

  void gather(const LazyModel& model, const std::vector<profile::Subject>& subjects) {
    for (const auto& subject : subjects) {
      const auto examination = store_.examination(subject.identity);
      if (!examination) continue;
      const auto stages = store_.stage_times(subject.identity);
      if (const auto* whole = cost::find_whole(stages, examination->layer_count)) add_row(model, *examination, *whole);
      gathered_.examinations.push_back(*examination);
      gathered_.stages.insert(gathered_.stages.end(), stages.begin(), stages.end());
    }
  }

  void add_row(const LazyModel& model, const cost::Examination& examination, const cost::StageTime& whole) {
    const cost::Timing timing = cost::timing_of(whole);
    double unattributed_ms = 0;
    double sum_ms = 0;
    for (const auto& kernel : examination.kernels) {
      sum_ms += kernel.median_ms;
      if (kernel.layers.empty()) unattributed_ms += kernel.median_ms;
    }
    rows_.add({std::filesystem::path(model.path()).stem().string(), examination.identity.target,
               human_ms(timing.median_ms), fmt::format("{}–{}", human_ms(timing.low_ms), human_ms(timing.high_ms)),
               human_ms(timing.p95_ms), human_ms(timing.p99_ms), fmt::format("{}", whole.samples_ms.size()),
               fmt::format("{:.1f} %", sum_ms > 0 ? 100 * unattributed_ms / sum_ms : 0), human_ms(examination.load_ms),
               human_bytes(examination.peak_bytes), timing.is_noisy ? "noisy" : ""});
    if (!timing.is_noisy) return;
    base::log(base::LogLevel::Warning,
              "'{}' was noisy: runs of the whole model took {} to {} ms around a median of {}: something else was "
              "running there; `--again` measures anew",
              examination.identity.target, human_ms(base::quantile(whole.samples_ms, 0.05)), human_ms(timing.p95_ms),
              human_ms(timing.median_ms));
  }

  void print_tables() const {
    Table links({"link", ">round trip ms", ">jitter ms", ">up Mbit/s", ">down Mbit/s"});
    for (const auto& each : gathered_.links) {
      links.add({fmt::format("{} → {}", each.from, each.to), human_ms(each.round_trip_ms.value),
                 human_ms(each.jitter_ms.value), fmt::format("{:.1f}", each.upload_mbps.value),
                 fmt::format("{:.1f}", each.download_mbps.value)});
    }
    print_text((flags_.paths.empty() ? "" : rows_.text() + "\n") + links.text());
  }

  const Flags& flags_;
  engine::Engine& engine_;
  base::ProgressBar progress_;
  FleetAccess access_;
  store::Store store_;
  profile::MeasurementSettings settings_;
  store::Costs gathered_;
  Table rows_{{"model", "target", ">whole ms", ">95 % interval", ">p95 ms", ">p99 ms", ">runs", ">unattributed",
               ">load ms", ">peak memory", ""}};
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
    const base::Json json = store::to_json(store::read_all(flags->fleet.open_store()));
    flags->path.empty()
        ? print_json(json)
        : base::write_file(flags->path, json.dump(1, ' ', false, base::Json::error_handler_t::replace) + "\n");
  });
}

void add_import(CLI::App& profile) {
  const auto flags = std::make_shared<ExchangeFlags>();
  CLI::App* command = profile.add_subcommand("import", "Add profiles from a JSON file to the cost store");
  command->add_option("file", flags->path, "JSON file that `tandem profile export` wrote")->required();
  flags->fleet.add_store_to(*command);
  command->callback([flags] {
    const base::Json json = base::parse_json(base::read_file(flags->path, kLargestProfileBytes), flags->path);
    store::Store store = flags->fleet.open_store();
    store::write_all(store, store::costs_from_json(json, flags->path));
  });
}

void check_usage(const Flags& flags) {
  if (flags.paths.empty() && !flags.links_only) throw CLI::RequiredError("MODEL (or --links-only)");
  if (flags.fleet.fleet_path.empty()) throw CLI::RequiredError("--fleet");
  if (!flags.report.empty() && flags.paths.size() != 1)
    throw CLI::ValidationError("--report", "the page is about one model: give one");
}

void run_profile(const Flags& flags) {
  check_usage(flags);
  const auto engine = flags.model.make_engine();
  Profiler(flags, *engine).run();
}

}  // namespace

void add_profile(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand(
      "profile", "Measure models on every target of a fleet, and the links between them; goes on where it was stopped");
  command->add_option("models", flags->paths, "ONNX files");
  flags->model.add_settings_to(*command);
  flags->fleet.add_to(*command, false);  // `export` and `import` need neither
  command
      ->add_option("--precision", flags->precision_percent,
                   "Repeat until the 95 % interval of the median is within so many percent of it …")
      ->check(CLI::Range(0.1, 50.0))
      ->capture_default_str();
  command->add_option("--longest", flags->longest, "… or so much time went into the runs of one stage")
      ->capture_default_str();
  command->add_flag("--again", flags->again, "Forget what was measured of these models here, and measure anew");
  command->add_flag("--links-only", flags->links_only, "Measure the links only");
  command->add_option("--report", flags->report,
                      "Write what is known of the model as a page for the browser: FILE.html");
  add_json_flag(*command, flags->json);
  add_export(*command);
  add_import(*command);
  command->callback([flags, command] {
    if (command->get_subcommands().empty()) run_profile(*flags);
  });
}

}  // namespace tandem::cli
