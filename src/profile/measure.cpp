#include "profile/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/statistics.h"
#include "base/unix_time.h"
#include "cost/estimate.h"
#include "profile/attribution.h"
#include "profile/losses.h"

namespace tandem::profile {
namespace {

using base::Deadline;
using base::Error;
using base::Milliseconds;
using cost::LayerRange;

constexpr Milliseconds kDescribeTimeout{10'000};
constexpr Milliseconds kUploadTimeout{30.0 * 60 * 1000};
constexpr Milliseconds kMeasureTimeout{10.0 * 60 * 1000};
constexpr Milliseconds kProbeTimeout{2.0 * 60 * 1000};
constexpr std::size_t kSplitParts = 6;
constexpr std::size_t kFewestSamples = 6;  // however long they take: fewer have no confidence interval
constexpr std::size_t kEnoughSamples = 12;
constexpr std::size_t kMostSamples = 400;

template <class T>
T take(base::Result<T> result, const std::string& place) {
  if (!result) throw result.error().at(place);
  return std::move(result).take();
}

bool is_settled(const std::vector<double>& samples_ms, const MeasurementSettings& settings) {
  if (samples_ms.size() < kFewestSamples) return false;
  const double spent_ms = std::accumulate(samples_ms.begin(), samples_ms.end(), 0.0);
  if (spent_ms >= settings.longest_ms || samples_ms.size() >= kMostSamples) return true;
  const auto interval = base::median_interval(samples_ms);
  return samples_ms.size() >= kEnoughSamples &&
         interval.high - interval.low <= 2 * settings.relative_interval * base::median(samples_ms);
}

std::string upload(const model::Model& model, const std::vector<LayerRange>& ranges, const Subject& subject,
                   rpc::OfferMaker& offers) {
  const model::Part part = model.extract(ranges);
  const rpc::PartOffer offer = offers.make(part);
  const auto deadline = Deadline::after(kUploadTimeout);
  take(subject.access->upload(offer, rpc::tensors_of(part), deadline, {}), subject.identity.target);
  return offer.digest;
}

// The layers that make what the stage reads from other layers.
std::vector<LayerRange> layers_before(const model::Model& model, const std::vector<LayerRange>& ranges) {
  const model::Graph& graph = model.graph();
  std::vector<model::TensorId> read;
  for (const auto& range : ranges) {
    for (std::size_t layer = range.first; layer < range.last; ++layer)
      read.insert(read.end(), graph.layers[layer].inputs.begin(), graph.layers[layer].inputs.end());
  }
  std::erase_if(read, [&](model::TensorId id) {
    const std::size_t producer = graph.tensors[id].producer;
    return producer == model::kNoLayer || std::ranges::any_of(ranges, [&](const LayerRange& range) {
             return producer >= range.first && producer < range.last;
           });
  });
  return model::layers_for(graph, read);
}

// A request to run a stage, which it uploads with all that the run needs.
rpc::MeasureRequest request_for(const model::Model& model, const std::vector<LayerRange>& ranges,
                                const Subject& subject, rpc::OfferMaker& offers, const MeasurementSettings& settings) {
  rpc::MeasureRequest request;
  request.parts = {upload(model, ranges, subject, offers)};
  if (settings.inputs.empty()) return request;
  std::vector<base::Tensor> tensors;
  for (const auto& input : settings.inputs) tensors.push_back(input.tensor);
  const auto digests =
      take(subject.access->upload_blobs(tensors, Deadline::after(kUploadTimeout)), subject.identity.target);
  for (std::size_t i = 0; i < digests.size(); ++i)
    request.inputs.push_back({settings.inputs[i].name, tensors[i].type(), digests[i]});
  const auto before = layers_before(model, ranges);
  if (!before.empty()) request.preparation = {upload(model, before, subject, offers)};
  return request;
}

cost::Examination examine(const model::Model& model, const Subject& subject, rpc::OfferMaker& offers,
                          const MeasurementSettings& settings) {
  const std::size_t layers = model.graph().layers.size();
  rpc::MeasureRequest request = request_for(model, {{0, layers}}, subject, offers, settings);
  request.warmup_runs = 1;
  request.runs = settings.kernel_runs;
  request.examine = true;
  const auto reply = take(subject.access->measure(request, Deadline::after(kMeasureTimeout)), subject.identity.target);
  return {subject.identity,
          base::unix_time_s(),
          layers,
          attribute(model.graph(), reply.kernels),
          reply.load_ms,
          static_cast<double>(reply.resident_bytes),
          static_cast<double>(reply.peak_bytes)};
}

// One stage on one target, and its times so far.
class Series {
 public:
  Series(const model::Model& model, const Subject& subject, std::vector<LayerRange> ranges, const store::Store& store)
      : model_(model), subject_(subject) {
    time_.identity = subject.identity;
    time_.ranges = std::move(ranges);
    for (const auto& known : store.stage_times(subject.identity)) {
      if (known.ranges == time_.ranges) time_.samples_ms = known.samples_ms;
    }
  }

  const std::string& target() const { return subject_.identity.target; }
  bool is_settled(const MeasurementSettings& settings) const { return profile::is_settled(time_.samples_ms, settings); }

  // How much of the work is done, in [0, 1]: by samples until it is settled.
  double share(const MeasurementSettings& settings) const {
    if (is_settled(settings)) return 1;
    return std::min(0.9, static_cast<double>(time_.samples_ms.size()) / (2.0 * kEnoughSamples));
  }

  // One run: a request finds other data in the caches. Runs in a row would find their own there: on small networks they
  // take two thirds of the time, and parts of a network seem to take less than the whole.
  void measure(store::Store& store, rpc::OfferMaker& offers, const MeasurementSettings& settings) {
    auto answer = run_once(offers, settings);
    if (!answer && answer.error().kind() == base::ErrorKind::NotFound) {  // it was started anew, without its parts
      request_ = {};
      answer = run_once(offers, settings);
    }
    const auto reply = take(std::move(answer), target());
    if (reply.samples_ms.empty())
      throw Error(base::ErrorKind::InvalidInput, target() + ": timed a stage and sent no sample, expected one");
    cost::StageTime more{subject_.identity, time_.ranges, reply.samples_ms, base::unix_time_s()};
    store.append(more);
    time_.samples_ms.insert(time_.samples_ms.end(), reply.samples_ms.begin(), reply.samples_ms.end());
  }

 private:
  base::Result<rpc::MeasureReply> run_once(rpc::OfferMaker& offers, const MeasurementSettings& settings) {
    const bool is_first = request_.parts.empty();
    if (is_first) request_ = request_for(model_, time_.ranges, subject_, offers, settings);
    request_.warmup_runs = is_first ? 1 : 0;
    request_.runs = 1;
    return subject_.access->measure(request_, Deadline::after(kMeasureTimeout));
  }

  const model::Model& model_;
  const Subject& subject_;
  cost::StageTime time_;
  rpc::MeasureRequest request_;
};

void measure_in_turn(std::vector<Series>& all, store::Store& store, rpc::OfferMaker& offers,
                     const MeasurementSettings& settings, const std::function<void(double)>& progress,
                     const OnLoss& on_loss) {
  Losses losses(on_loss);
  bool is_done = all.empty();
  while (!is_done) {
    is_done = true;
    for (auto& series : all) {
      if (series.is_settled(settings) || losses.contain(series.target())) continue;
      is_done = false;
      losses.go_on(series.target(), [&] { series.measure(store, offers, settings); });
      double share = 0;
      for (const auto& each : all) share += each.share(settings);
      progress(share / static_cast<double>(all.size()));
    }
  }
}

// Of the kernels' time, the share before each layer.
std::vector<double> share_before(const cost::Examination& examination) {
  std::vector<double> before(examination.layer_count + 1, 0);
  for (const auto& kernel : examination.kernels) {
    if (!kernel.layers.empty()) before[kernel.layers.front() + 1] += kernel.median_ms;
  }
  std::partial_sum(before.begin(), before.end(), before.begin());
  for (double& share : before) share /= std::max(1e-12, before.back());
  return before;
}

}  // namespace

std::string fingerprint(const rpc::TargetDescription& description) {
  return fmt::format("{}, {}, {} cores, {:.0f} GB, governor {}, slowdown {}", description.architecture, description.cpu,
                     description.cores, static_cast<double>(description.memory_bytes) / 1e9, description.governor,
                     description.slowdown);
}

std::string engine_text(const rpc::TargetDescription& description) {
  return fmt::format("{}, {} {}, all optimizations", description.engine, description.threads,
                     description.threads == 1 ? "thread" : "threads");
}

Subject make_subject(const std::string& digest, const std::string& target, rpc::Access& access) {
  const auto description = take(access.describe(Deadline::after(kDescribeTimeout)), target);
  return {{digest, target, fingerprint(description), engine_text(description)}, &access};
}

std::vector<LayerRange> split_of(const model::Model& model, const cost::Examination& examination) {
  const auto ends = cost::ends_of_kernels(examination);
  const auto before = share_before(examination);
  std::vector<LayerRange> ranges;
  std::size_t first = 0;
  for (std::size_t part = 1; part < kSplitParts; ++part) {
    const double due = static_cast<double>(part) / kSplitParts;
    // Cuts of several tensors only where no other cut is near: they cost more, and few plans use them.
    const auto distance = [&](const model::Cut& cut) {
      return std::abs(before[cut.position] - due) + (cut.tensors.size() > 1 ? 0.5 / kSplitParts : 0);
    };
    const model::Cut* best = nullptr;
    for (const auto& cut : model.cuts()) {
      if (cut.position > first && ends[cut.position - 1] && (best == nullptr || distance(cut) < distance(*best)))
        best = &cut;
    }
    if (best == nullptr || distance(*best) > 1.0 / kSplitParts) continue;
    ranges.push_back({first, best->position});
    first = best->position;
  }
  ranges.push_back({first, examination.layer_count});
  return ranges;
}

bool is_complete(const store::Store& store, const cost::Identity& identity, const MeasurementSettings& settings) {
  const auto examination = store.examination(identity);
  if (!examination) return false;
  auto stages = store.stage_times(identity);
  std::erase_if(stages, [&](const cost::StageTime& time) { return !is_settled(time.samples_ms, settings); });
  if (cost::find_whole(stages, examination->layer_count) == nullptr) return false;
  std::vector<bool> is_covered(examination->layer_count, false);
  for (const auto& stage : stages) {
    const LayerRange& range = stage.ranges.front();
    const bool is_whole = range.last - range.first == examination->layer_count;
    if (is_whole && stages.size() > 1) continue;
    for (std::size_t layer = range.first; layer < range.last; ++layer) is_covered[layer] = true;
  }
  return std::ranges::find(is_covered, false) == is_covered.end();
}

void measure_stages(const model::Model& model, const std::vector<Subject>& subjects,
                    const std::vector<StageSubject>& stages, store::Store& store, rpc::OfferMaker& offers,
                    const MeasurementSettings& settings, const Progress& progress, const OnLoss& on_loss) {
  std::vector<Series> all;
  for (const auto& stage : stages) all.emplace_back(model, subjects[stage.subject], stage.ranges, store);
  measure_in_turn(
      all, store, offers, settings, [&](double share) { progress("timing stages", share); }, on_loss);
}

void measure_model(const model::Model& model, const std::vector<Subject>& subjects, store::Store& store,
                   rpc::OfferMaker& offers, const MeasurementSettings& settings, const Progress& progress,
                   const OnLoss& on_loss) {
  constexpr double kExaminationShare = 0.2;
  Losses losses(on_loss);
  std::vector<StageSubject> stages;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    progress(fmt::format("{}: examining the model", subjects[i].identity.target),
             kExaminationShare * static_cast<double>(i) / static_cast<double>(subjects.size()));
    auto examination = store.examination(subjects[i].identity);
    const bool is_known = losses.go_on(subjects[i].identity.target, [&] {
      if (examination) return;
      examination = examine(model, subjects[i], offers, settings);
      store.put(*examination);
    });
    if (!is_known) continue;
    const std::size_t layers = model.graph().layers.size();
    stages.push_back({i, {{0, layers}}});
    const auto split = split_of(model, *examination);
    if (split.size() == 1) continue;
    for (const auto& range : split) stages.push_back({i, {range}});
  }
  measure_stages(
      model, subjects, stages, store, offers, settings,
      [&](const std::string& doing, double share) {
        progress(doing, kExaminationShare + (1 - kExaminationShare) * share);
      },
      on_loss);
}

cost::LinkCosts measure_link(const rpc::Targets& targets, const fleet::Link& link) {
  const std::string& from = targets.fleet().targets[link.from].name;
  const std::string& to = targets.fleet().targets[link.to].name;
  const auto report = take(targets.at(link.from).probe({targets.machine_for(to)}, Deadline::after(kProbeTimeout)),
                           fmt::format("link {} → {}", from, to));
  const auto reading = [now = base::unix_time_s()](double value) {
    return cost::Reading{value, now, cost::Source::Probe};
  };
  const double jitter_ms = base::quantile(report.round_trips_ms, 0.75) - base::quantile(report.round_trips_ms, 0.25);
  return {from,
          to,
          reading(report.round_trip_ms),
          reading(jitter_ms),
          reading(report.upload_mbps),
          reading(report.download_mbps)};
}

}  // namespace tandem::profile
