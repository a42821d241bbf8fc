#include "profile/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/statistics.h"
#include "profile/attribution.h"

namespace tandem::profile {
namespace {

using base::Deadline;
using base::Error;
using base::Milliseconds;

constexpr Milliseconds kUploadTimeout{30.0 * 60 * 1000};
constexpr Milliseconds kMeasureTimeout{10.0 * 60 * 1000};
constexpr Milliseconds kProbeTimeout{2.0 * 60 * 1000};
constexpr std::size_t kSplitParts = 4;
constexpr std::size_t kFewestSamples = 12;
constexpr std::size_t kMostSamples = 400;

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class T>
T take(base::Result<T> result, const std::string& place) {
  if (!result) throw Error(result.error().kind(), fmt::format("{}: {}", place, result.error().message()));
  return std::move(result).take();
}

// Layer ranges of about equal work, split at one-tensor cuts only.
std::vector<std::pair<std::size_t, std::size_t>> even_split(const model::Model& model,
                                                            const std::vector<bool>& ends_kernel) {
  const auto& layers = model.graph().layers;
  std::vector<double> work(layers.size() + 1, 0);
  for (std::size_t i = 0; i < layers.size(); ++i)
    work[i + 1] = work[i] + static_cast<double>(layers[i].multiply_accumulates);
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  std::size_t first = 0;
  for (const auto& cut : model.cuts()) {
    const double share = work[cut.position] / work.back();
    const bool is_due = share >= static_cast<double>(ranges.size() + 1) / kSplitParts;
    if (cut.tensors.size() != 1 || !is_due || !ends_kernel[cut.position - 1] || ranges.size() + 1 == kSplitParts)
      continue;
    ranges.emplace_back(first, cut.position);
    first = cut.position;
  }
  ranges.emplace_back(first, layers.size());
  return ranges;
}

class ModelMeasurement {
 public:
  ModelMeasurement(const model::Model& model, const std::string& target, rpc::Access& access, rpc::OfferMaker& offers,
                   const Settings& settings, const Progress& progress)
      : model_(model), target_(target), access_(access), offers_(offers), settings_(settings), progress_(progress) {}

  cost::ModelCosts run(const std::string& digest) {
    cost::ModelCosts costs;
    const auto description = take(access_.describe(Deadline::after(kMeasureTimeout)), target_);
    costs.model = digest;
    costs.target = target_;
    costs.machine = fingerprint(description);
    costs.engine = description.engine;
    costs.measured_at_s = now_s();
    whole_ = {upload(0, model_.graph().layers.size(), 0.0)};
    const Attribution layers = attribute(model_.graph(), time_kernels());
    costs.ends_kernel = layers.ends_kernel;
    upload_split(layers.ends_kernel);
    repeat();
    summarise(costs, layers);
    return costs;
  }

 private:
  std::string upload(std::size_t first, std::size_t last, double share) {
    progress_("sending the model", share);
    const model::Part part = model_.extract(first, last);
    const rpc::PartOffer offer = offers_.make(part);
    take(access_.upload(offer, rpc::tensors_of(part), Deadline::after(kUploadTimeout), {}), target_);
    return offer.digest;
  }

  std::vector<rpc::KernelTime> time_kernels() {
    progress_("timing kernels", 0.1);
    const rpc::MeasureRequest request{whole_, 2, settings_.kernel_runs, true};
    return take(access_.measure(request, Deadline::after(kMeasureTimeout)), target_).kernels;
  }

  void upload_split(const std::vector<bool>& ends_kernel) {
    for (const auto& [first, last] : even_split(model_, ends_kernel)) split_.push_back(upload(first, last, 0.2));
  }

  void measure_into(const std::vector<std::string>& parts, int warmup_runs, int runs, std::vector<double>& samples) {
    const rpc::MeasureRequest request{parts, warmup_runs, runs, false};
    const auto reply = take(access_.measure(request, Deadline::after(kMeasureTimeout)), target_);
    samples.insert(samples.end(), reply.samples_ms.begin(), reply.samples_ms.end());
  }

  // The whole and the split in turn, so that a drift of the machine touches both alike.
  void repeat() {
    const auto start = std::chrono::steady_clock::now();
    while (true) {
      const int runs = whole_ms_.empty() ? 3 : 4;
      measure_into(whole_, 1, runs, whole_ms_);
      if (split_.size() > 1) measure_into(split_, 1, runs, split_ms_);
      const double elapsed_ms = Milliseconds(std::chrono::steady_clock::now() - start).count();
      progress_("timing runs", 0.25 + 0.75 * std::min(1.0, elapsed_ms / settings_.longest_ms));
      const auto interval = base::median_interval(whole_ms_);
      const bool is_narrow = interval.high - interval.low <= 2 * settings_.relative_interval * base::median(whole_ms_);
      const bool is_enough = whole_ms_.size() >= kFewestSamples && is_narrow;
      if (is_enough || elapsed_ms >= settings_.longest_ms || whole_ms_.size() >= kMostSamples) return;
    }
  }

  void summarise(cost::ModelCosts& costs, const Attribution& layers) const {
    const auto interval = base::median_interval(whole_ms_);
    costs.whole_ms = base::median(whole_ms_);
    costs.whole_low_ms = interval.low;
    costs.whole_high_ms = interval.high;
    if (split_.size() > 1) {
      const double extra = base::median(split_ms_) - costs.whole_ms;
      costs.stage_overhead_ms = std::clamp(extra / static_cast<double>(split_.size() - 1), 0.0, costs.whole_ms / 2);
    }
    const double sum = std::accumulate(layers.layer_ms.begin(), layers.layer_ms.end(), 0.0);
    const double scale = sum > 0 ? (costs.whole_ms - costs.stage_overhead_ms) / sum : 0;
    for (const double time : layers.layer_ms) costs.layer_ms.push_back(time * scale);
  }

  const model::Model& model_;
  const std::string& target_;
  rpc::Access& access_;
  rpc::OfferMaker& offers_;
  const Settings& settings_;
  const Progress& progress_;
  std::vector<std::string> whole_;
  std::vector<std::string> split_;
  std::vector<double> whole_ms_;
  std::vector<double> split_ms_;
};

}  // namespace

std::string fingerprint(const rpc::TargetDescription& description) {
  return fmt::format("{}, {}, {} cores, {} threads, slowdown {}", description.architecture, description.cpu,
                     description.cores, description.threads, description.slowdown);
}

cost::ModelCosts measure_model(const model::Model& model, const std::string& digest, const std::string& target,
                               rpc::Access& access, rpc::OfferMaker& offers, const Settings& settings,
                               const Progress& progress) {
  return ModelMeasurement(model, target, access, offers, settings, progress).run(digest);
}

cost::LinkCosts measure_link(const cost::Fleet& fleet, const cost::Link& link, rpc::Access& near_end) {
  const std::string& from = fleet.targets[link.from].name;
  const std::string& to = fleet.targets[link.to].name;
  const auto report = take(near_end.probe(to, Deadline::after(kProbeTimeout)), fmt::format("link {} → {}", from, to));
  return {from, to, now_s(), report.round_trip_ms, report.upload_mbps, report.download_mbps};
}

}  // namespace tandem::profile
