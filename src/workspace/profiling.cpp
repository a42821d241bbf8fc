#include "workspace/profiling.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

#include "base/error.h"
#include "base/figures.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/statistics.h"
#include "store/store.h"
#include "workspace/lost_targets.h"
#include "workspace/profile_page.h"
#include "workspace/replicas.h"
#include "workspace/workspace.h"

namespace tandem::workspace {
namespace {

constexpr std::size_t kLargestProfileBytes = std::size_t{1} << 30;

store::FileStamp stamp_of(const ModelOptions& options) {
  std::error_code error;
  store::FileStamp stamp;
  stamp.path = std::filesystem::absolute(options.path).string();
  stamp.settings = fmt::format("order={} {}", model::kOrderVersion, fmt::join(options.shapes, " "));
  stamp.size_bytes = static_cast<std::int64_t>(std::filesystem::file_size(options.path, error));
  stamp.modified_ns = std::filesystem::last_write_time(options.path, error).time_since_epoch().count();
  return stamp;
}

// A model file: its digest, from the store if possible, and the model itself, loaded at its first use.
class LazyModel {
 public:
  LazyModel(ModelOptions options, engine::Engine& engine, store::Store& store)
      : options_(std::move(options)), engine_(engine) {
    const store::FileStamp stamp = stamp_of(options_);
    // Given inputs may replace values of the model itself.
    const auto known = options_.inputs.empty() ? store.known_digest(stamp) : std::nullopt;
    digest_ = known ? *known : get().digest();
    // External data may change while the model file does not.
    if (!known && options_.inputs.empty() && get().is_one_file()) store.remember_digest(stamp, digest_);
  }

  const std::string& digest() const { return digest_; }
  std::string name() const { return std::filesystem::path(options_.path).stem().string(); }
  const model::Model& get() {
    if (!model_) {
      model_.emplace(load_model(options_, engine_));
      if (!digest_.empty()) model_->remember_digest(digest_);
    }
    return *model_;
  }

 private:
  ModelOptions options_;
  engine::Engine& engine_;
  std::string digest_;
  std::optional<model::Model> model_;
};

double unattributed_percent(const cost::Examination& examination) {
  double unattributed_ms = 0;
  double sum_ms = 0;
  for (const auto& kernel : examination.kernels) {
    sum_ms += kernel.median_ms;
    if (kernel.layers.empty()) unattributed_ms += kernel.median_ms;
  }
  return sum_ms > 0 ? 100 * unattributed_ms / sum_ms : 0;
}

WholeTime whole_time(const std::string& model, const cost::Examination& examination, const cost::StageTime& whole) {
  return {.model = model,
          .target = examination.identity.target,
          .timing = cost::timing_of(whole),
          .p5_ms = base::quantile(whole.samples_ms, 0.05),
          .runs = whole.samples_ms.size(),
          .unattributed_percent = unattributed_percent(examination),
          .load_ms = examination.load_ms,
          .peak_bytes = static_cast<double>(examination.peak_bytes)};
}

class Profiler {
 public:
  explicit Profiler(const ProfileOptions& options)
      : options_(options),
        engine_(make_engine(options.model)),
        access_(read_fleet(options.fleet), options.fleet.slowdown, *engine_),
        store_(store_path(options.store)) {}

  ProfileResult run() {
    for (const auto& link : access_.targets().fleet().links) measure_link(link);
    for (std::size_t i = 0; i < options_.models.size(); ++i) profile_or_note(i);
    if (!result_.failure) result_.failure = lost_.first();
    return std::move(result_);
  }

 private:
  void profile_or_note(std::size_t index) try { profile_model(index); } catch (const base::Error& error) {
    if (options_.models.size() == 1) throw;
    const std::string& path = options_.models[index];
    const auto named = error.message().starts_with(path) ? error : error.at(path);
    base::log(base::LogLevel::Error, "{}", named.message());
    if (!result_.failure) result_.failure = named;
  }

  void profile_model(std::size_t index) {
    ModelOptions options = options_.model;
    options.path = options_.models[index];
    options.inputs = options_.input.files;
    LazyModel model(std::move(options), *engine_, store_);
    const auto subjects = access_.subjects(model.digest(), lost_.listener(), lost_.targets());
    if (index == 0) warn_of_unlike_replicas(subjects, access_.targets());
    keep_inputs(model);
    if (!options_.links_only) measure(model, subjects, index);
    gather(model, subjects);
    if (options_.makes_page) result_.page = profile_page(model.get(), access_.targets().fleet(), store_);
  }

  void keep_inputs(LazyModel& model) {
    inputs_ = {};
    if (!options_.input.files.empty() || !options_.input.data.name.empty()) {
      inputs_ = given_inputs(options_.input, model.get());
      if (store_.remember_inputs(model.digest(), inputs_)) return;
      base::log(base::LogLevel::Warning, "{}: the inputs are used, but not kept for later measurements: more than {}",
                model.name(), base::human_bytes(store::Store::kMostInputBytes));
    } else {
      inputs_ = store_.inputs_of(model.digest());
    }
  }

  void measure(LazyModel& model, const std::vector<profile::Subject>& subjects, std::size_t index) {
    std::vector<profile::Subject> open;
    for (const auto& subject : subjects) {
      if (options_.again) store_.forget(subject.identity);
      if (profile::is_complete(store_, subject.identity, options_.settings)) continue;
      warn_if_measured_elsewhere(subject);
      open.push_back(subject);
    }
    if (open.empty()) return;
    rpc::OfferMaker offers;
    const auto show = [&](const std::string& doing, double share) {
      progress_.show(fmt::format("{}: {}", model.name(), doing),
                     (static_cast<double>(index) + share) / static_cast<double>(options_.models.size()));
    };
    profile::MeasurementSettings settings = options_.settings;
    settings.inputs = inputs_;
    run_on({inputs_, inputs_.empty()}, model.get(),
           [&] { profile::measure_model(model.get(), open, store_, offers, settings, show, lost_.listener()); });
    for (const auto& subject : open) {
      if (!lost_.contains(subject.identity.target)) warn_if_contradictory(model.get().graph(), subject.identity);
    }
  }

  void warn_if_contradictory(const model::Graph& graph, const cost::Identity& identity) const {
    const auto stages = store_.stage_times(identity);
    const auto costs = cost::estimate(graph, *store_.examination(identity), stages);
    const std::size_t count = cost::count_contradictions(graph, costs, stages);
    if (count == 0) return;
    base::log(base::LogLevel::Warning,
              "'{}': times contradict each other: {} of {} stages are predicted outside the interval of their own "
              "times; something else was running there; `--again` measures anew",
              identity.target, count, stages.size());
  }

  void warn_if_measured_elsewhere(const profile::Subject& subject) const {
    const auto older = store_.latest_examination(subject.identity.model, subject.identity.target);
    if (!older || older->identity == subject.identity) return;
    base::log(base::LogLevel::Warning, "'{}' was measured on {}; {}: now it is {}; {}, and is measured again",
              subject.identity.target, older->identity.machine, older->identity.engine, subject.identity.machine,
              subject.identity.engine);
  }

  void measure_link(const fleet::Link& link) {
    const auto& targets = access_.targets().fleet().targets;
    progress_.show(fmt::format("link {} → {}", targets[link.from].name, targets[link.to].name), 0);
    const auto is_lost = [&](std::size_t target) { return lost_.contains(targets[target].name); };
    if (is_lost(link.from) || is_lost(link.to)) return;
    try {
      const auto measured = profile::measure_link(access_.targets(), link);
      store_.put(measured);
      result_.costs.links.push_back(measured);
    } catch (const base::Error& error) {
      if (!base::is_loss(error.kind())) throw;
      note_lost_end(link, error);
    }
  }

  // The end that does not answer is lost. Where both do, only the link between them is.
  void note_lost_end(const fleet::Link& link, const base::Error& error) {
    constexpr base::Milliseconds kHealthLimit{5'000};
    for (const std::size_t end : {link.from, link.to}) {
      const auto health = access_.targets().at(end).check_health(base::Deadline::after(kHealthLimit));
      if (!health) return lost_.add(access_.targets().fleet().targets[end].name, error);
    }
    base::log(base::LogLevel::Error, "{}: the rest is measured", error.message());
    if (!result_.failure) result_.failure = error;
  }

  void gather(const LazyModel& model, const std::vector<profile::Subject>& subjects) {
    for (const auto& subject : subjects) {
      const auto examination = store_.examination(subject.identity);
      if (!examination) continue;
      const auto stages = store_.stage_times(subject.identity);
      if (const auto* whole = cost::find_whole(stages, examination->layer_count))
        result_.wholes.push_back(whole_time(model.name(), *examination, *whole));
      result_.costs.examinations.push_back(*examination);
      result_.costs.stages.insert(result_.costs.stages.end(), stages.begin(), stages.end());
    }
  }

  const ProfileOptions& options_;
  std::unique_ptr<engine::Engine> engine_;
  base::ProgressBar progress_;
  FleetAccess access_;
  store::Store store_;
  LostTargets lost_;
  std::vector<base::NamedTensor> inputs_;  // of the model at hand; none: made up
  ProfileResult result_;
};

}  // namespace

ProfileResult profile_models(const ProfileOptions& options) {
  return Profiler(options).run();
}

void import_costs(const std::filesystem::path& file, const std::string& store) {
  const base::Json json = base::parse_json(base::read_file(file, kLargestProfileBytes), file.string());
  store::Store into(store_path(store));
  store::write_all(into, store::costs_from_json(json, file.string()));
}

}  // namespace tandem::workspace
