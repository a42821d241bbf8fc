#include "train/training.h"

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/figures.h"
#include "base/file.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/progress.h"
#include "base/statistics.h"
#include "data/read.h"
#include "model/model.h"
#include "model/program.h"
#include "train/pictures.h"
#include "train/trainer.h"

namespace tandem::train {
namespace {

using data::Role;

constexpr std::size_t kQuickSamples = 2000;  // of the calibration part, after each epoch

data::Dataset read_data(const Settings& settings, const model::Source& source) {
  const auto inputs = model::read_program(source).inputs;
  const auto [pictures, note] =
      picture_input(settings, source, inputs.size() == 1 ? inputs[0].type : base::TensorType{});
  auto options = data::options_for(pictures);
  options.calibration_share = settings.calibration_share;
  options.limit = settings.limit;
  data::Dataset dataset = data::read(settings.data, options);
  if (!note.empty() && holds_pictures(dataset)) base::log(base::LogLevel::Warning, "{}", note);
  return dataset;
}

// Reports progress: a bar on a terminal, a line for each epoch elsewhere.
class Progress {
 public:
  explicit Progress(const Settings& settings) : epochs_(settings.epochs) {}

  // The bar starts at this epoch.
  void start(int epochs_done) { first_ = done_ = epochs_done; }

  void show(const std::string& doing, double share) {
    bar_.show(doing + last_, (done_ - first_ + share) / std::max(epochs_ - first_, 1));
  }

  void end_epoch(const EpochRecord& record) {
    done_ = record.epoch;
    const std::string accuracy = fmt::format("{:.1f}", fmt::join(record.calibration_accuracy, ", "));
    last_ = fmt::format(", calibration accuracy {} %", accuracy);
    if (::isatty(STDERR_FILENO) != 0) return;
    fmt::print(stderr, "epoch {} of {}: loss {:.4f}, calibration accuracy by exit {} %, {:.0f} images/s\n",
               record.epoch, epochs_, record.train_loss, accuracy, record.images_per_second);
  }

 private:
  base::ProgressBar bar_;
  int epochs_;
  int first_ = 0;
  int done_ = 0;
  std::string last_;
};

void write_log(const std::vector<EpochRecord>& curve, const std::filesystem::path& path) {
  std::string lines;
  for (const auto& record : curve) lines += to_json(record).dump() + "\n";
  base::write_file(path, lines);
}

class Training {
 public:
  explicit Training(const Settings& settings)
      : settings_(settings),
        source_(model::Source::read(settings.model, settings.shapes)),
        data_(read_data(settings, source_)),
        additions_(add_exits()),
        trainer_(make_trainer()),
        progress_(settings) {}

  Summary run() {
    if (settings_.resume) resume();
    progress_.start(trainer_.epochs_done());
    while (trainer_.epochs_done() < settings_.epochs) run_epoch();
    model::write_onnx(trainer_.trained(), settings_.output);
    Summary summary = evaluate();
    std::error_code ignored;
    std::filesystem::remove(settings_.checkpoint, ignored);
    return summary;
  }

 private:
  // Deterministic, so that a resumed training has the same graph.
  std::optional<Additions> add_exits() {
    if (!settings_.add_exits) return std::nullopt;
    Growth growth = [&] {
      base::ProgressBar bar;
      return train::add_exits(settings_, source_, data_,
                              [&](const std::string& doing, double share) { bar.show(doing, share); });
    }();
    fmt::print(stderr, "{}", base::printable_lines(to_text(growth.additions)));
    source_ = std::move(growth.source);
    return std::move(growth.additions);
  }

  Trainer make_trainer() const {
    base::ProgressBar bar;
    return Trainer(settings_, source_, data_, [&](const std::string& doing, double share) { bar.show(doing, share); });
  }

  void resume() {
    const Checkpoint checkpoint = read_checkpoint(settings_.checkpoint, trainer_.decided_by());
    curve_ = checkpoint.curve;
    trainer_.restore(checkpoint, static_cast<int>(curve_.size()));
  }

  void run_epoch() {
    EpochRecord record =
        trainer_.run_epoch([this](const std::string& doing, double share) { progress_.show(doing, share); });
    record.calibration_accuracy = trainer_.accuracy(Role::Calibration, kQuickSamples);
    curve_.push_back(record);
    Checkpoint checkpoint = trainer_.checkpoint();
    checkpoint.curve = curve_;
    write_checkpoint(checkpoint, settings_.checkpoint);
    if (!settings_.log.empty()) write_log(curve_, settings_.log);
    progress_.end_epoch(record);
  }

  Summary evaluate() {
    progress_.show("evaluating", 1);
    const auto calibration = trainer_.accuracy(Role::Calibration);
    const auto test = trainer_.accuracy(Role::Test);
    Summary summary{settings_.output.string(), data_.train.count(), data_.calibration.count(), data_.test.count()};
    for (std::size_t i = 0; i < trainer_.exits().size(); ++i)
      summary.exits.push_back({trainer_.exits()[i], calibration[i], test[i]});
    summary.curve = curve_;
    summary.additions = additions_;
    return summary;
  }

  const Settings& settings_;
  model::Source source_;
  data::Dataset data_;
  std::optional<Additions> additions_;
  Trainer trainer_;
  Progress progress_;
  std::vector<EpochRecord> curve_;
};

double total_seconds(const Summary& summary) {
  double seconds = 0;
  for (const auto& record : summary.curve) seconds += record.seconds;
  return seconds;
}

double median_speed(const Summary& summary) {
  std::vector<double> speeds;
  for (const auto& record : summary.curve) speeds.push_back(record.images_per_second);
  return base::median(speeds);
}

}  // namespace

Summary run_training(const Settings& settings) {
  for (const auto& path : {settings.output, settings.checkpoint, settings.log}) base::require_folder_of(path);
  return Training(settings).run();
}

std::string to_text(const Summary& summary) {
  std::string text = summary.additions ? to_text(*summary.additions) : "";
  text += fmt::format("{}: {} of {} in {:.0f} s, {:.0f} images/s\n", summary.output,
                      base::counted(summary.curve.size(), "epoch"), base::counted(summary.train_samples, "sample"),
                      total_seconds(summary), median_speed(summary));
  std::size_t width = 4;
  for (const auto& exit : summary.exits) width = std::max(width, exit.name.size());
  text += fmt::format("percent right on {} calibration samples and on {} test samples:\n", summary.calibration_samples,
                      summary.test_samples);
  for (const auto& exit : summary.exits)
    text += fmt::format("  {:<{}}  {:6.2f}  {:6.2f}\n", exit.name, width, exit.calibration, exit.test);
  return text;
}

base::Json to_json(const Summary& summary) {
  base::Json exits = base::Json::array();
  for (const auto& exit : summary.exits)
    exits.push_back({{"name", exit.name}, {"calibration_accuracy", exit.calibration}, {"test_accuracy", exit.test}});
  base::Json curve = base::Json::array();
  for (const auto& record : summary.curve) curve.push_back(to_json(record));
  base::Json json = {{"output", summary.output},
                     {"train_samples", summary.train_samples},
                     {"calibration_samples", summary.calibration_samples},
                     {"test_samples", summary.test_samples},
                     {"seconds", total_seconds(summary)},
                     {"images_per_second", median_speed(summary)},
                     {"exits", exits},
                     {"curve", curve}};
  if (summary.additions) json["added_exits"] = to_json(*summary.additions);
  return json;
}

}  // namespace tandem::train
