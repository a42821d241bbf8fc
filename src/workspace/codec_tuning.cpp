#include "workspace/codec_tuning.h"

#include <algorithm>

#include "base/figures.h"
#include "base/log.h"
#include "base/progress.h"
#include "tune/codec_times.h"
#include "tune/cuts.h"
#include "workspace/lost_targets.h"

namespace tandem::workspace {
namespace {

using Rates = std::vector<cost::CodecRate>;

Rates rates_on(Workspace& workspace, const DataOptions& data) {
  Rates rates = workspace.store().codec_rates_of(workspace.model().digest());
  std::erase_if(rates, [&](const cost::CodecRate& rate) { return rate.data != data.key(); });
  const auto order = tune::tensors_that_cross(workspace.model());
  std::ranges::stable_sort(
      rates, {}, [&](const cost::CodecRate& rate) { return std::ranges::find(order, rate.tensor) - order.begin(); });
  return rates;
}

std::vector<std::string> unknown_tensors(Workspace& workspace, const TuningOptions& options) {
  auto tensors = options.search.tensors.empty() ? tune::tensors_that_cross(workspace.model()) : options.search.tensors;
  const Rates known = rates_on(workspace, options.data);
  std::erase_if(tensors, [&](const std::string& tensor) {
    return std::ranges::find(known, tensor, &cost::CodecRate::tensor) != known.end();
  });
  return tensors;
}

std::vector<tune::CodecTiming> untimed(const Rates& rates, const std::vector<profile::Subject>& subjects,
                                       const std::vector<cost::CodecTime>& known) {
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

std::optional<base::Error> time_on_targets(Workspace& workspace, const DataOptions& data, const tune::Study& study,
                                           const profile::Progress& show) {
  const std::string& digest = workspace.model().digest();
  LostTargets lost;
  const auto subjects = workspace.access().subjects(digest, lost.listener());
  const Rates rates = rates_on(workspace, data);
  const auto keep = [&](const cost::CodecTime& time) { workspace.store().put(time); };
  tune::time_codecs(study, untimed(rates, subjects, workspace.store().codec_times_of(digest)), keep, show,
                    lost.listener());
  return lost.first();
}

// Settings are chosen on the calibration part.
void warn_of_few_samples(const data::Dataset& dataset, const std::vector<double>& losses) {
  const double finest_points = cost::finest_loss_points(dataset.calibration.count());
  if (losses.empty() || std::ranges::min(losses) >= finest_points) return;
  base::log(
      base::LogLevel::Warning,
      "{} of the calibration part cannot tell a loss of less than {:.2g} points from none (95 %), --losses asks for "
      "{:g}: more samples tell finer",
      base::counted(dataset.calibration.count(), "sample"), finest_points, std::ranges::min(losses));
}

}  // namespace

std::optional<base::Error> tune_codecs(Workspace& workspace, const TuningOptions& options) {
  if (options.again) workspace.store().forget_codec_rates(workspace.model().digest(), options.data.key());
  tune::CodecSearch search = options.search;
  search.tensors = unknown_tensors(workspace, options);
  const auto [dataset, pictures] = read_data(options.data, workspace.model());
  warn_of_few_samples(dataset, search.losses);
  const tune::Study study{workspace.model(), workspace.engine(), dataset, pictures};
  base::ProgressBar progress;
  const auto show = [&](const std::string& doing, double share) { progress.show(doing, share); };
  const auto keep = [&](const Rates& rates) {
    workspace.store().write_together([&] {
      for (const auto& rate : rates) workspace.store().put(rate);
    });
  };
  tune::measure_codecs(study, search, keep, show);
  if (workspace.fleet().targets.empty()) return std::nullopt;
  return time_on_targets(workspace, options.data, study, show);
}

CodecFindings codec_findings(Workspace& workspace, const DataOptions& data) {
  return {rates_on(workspace, data), workspace.store().codec_times_of(workspace.model().digest())};
}

}  // namespace tandem::workspace
