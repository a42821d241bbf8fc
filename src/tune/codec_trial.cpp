#include "tune/codec_trial.h"

#include <algorithm>
#include <cmath>

#include "codec/frame.h"

namespace tandem::tune {
namespace {

double net_loss(const ExitCounts& counts) {
  return static_cast<double>(counts.lost) - static_cast<double>(counts.gained);
}

void count(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& now, std::int64_t label,
           Trial& trial) {
  ++trial.samples;
  for (std::size_t exit = 0; exit < now.size(); ++exit) {
    const bool was_right = before[exit] == label;
    const bool is_right = now[exit] == label;
    trial.exits[exit].lost += was_right && !is_right ? 1 : 0;
    trial.exits[exit].gained += !was_right && is_right ? 1 : 0;
    trial.exits[exit].differs += now[exit] != before[exit] ? 1 : 0;
  }
}

bool is_hopeless(const Trial& trial, double most_points) {
  constexpr std::size_t kFewest = 50;
  constexpr double kDeviations = 3;
  if (trial.samples < kFewest) return false;
  return std::ranges::any_of(trial.exits, [&](const ExitCounts& counts) {
    const auto changed = static_cast<double>(counts.lost + counts.gained);
    return net_loss(counts) - kDeviations * std::sqrt(changed) >
           most_points / kPoints * static_cast<double>(trial.samples);
  });
}

}  // namespace

double Trial::loss_points(std::size_t exit) const {
  return kPoints * net_loss(exits[exit]) / static_cast<double>(samples);
}

double Trial::high_loss_points(std::size_t exit) const {
  constexpr double kQuantile = 1.645;
  const double all = static_cast<double>(samples) + 2;
  const double lost = static_cast<double>(exits[exit].lost) + 0.5;
  const double gained = static_cast<double>(exits[exit].gained) + 0.5;
  const double difference = (lost - gained) / all;
  const double variance = ((lost + gained) / all - difference * difference) / all;
  return kPoints * (difference + kQuantile * std::sqrt(variance));
}

double Trial::worst_loss_points() const {
  double worst = 0;
  for (std::size_t exit = 0; exit < exits.size(); ++exit) worst = std::max(worst, loss_points(exit));
  return worst;
}

Evidence evidence_of(BeforeCut& before, BehindCut& behind, const data::Part& part, const data::Adapter& adapter,
                     const std::function<void(std::size_t)>& progress) {
  Evidence evidence{before.collect(part, adapter, part.count(), progress), {}};
  for (std::size_t sample = 0; sample < part.count(); ++sample)
    evidence.guesses.push_back(behind.guesses(evidence.features, sample));
  return evidence;
}

Trial Evaluator::run(const CodecPointer& codec, const Evidence& evidence, double most_points) const {
  const Features& features = evidence.features;
  Trial trial;
  trial.exits.resize(behind_.exits().size());
  for (std::size_t sample = 0; sample < features.count(); ++sample) {
    const auto sent = features.tensor_of(sample, tensor_);
    const auto frame = codec::encode(codec, sent);
    trial.bytes += static_cast<double>(frame.size());
    const auto arrived = codec::decode(codec, frame, sent.size());
    count(evidence.guesses[sample], behind_.guesses(features, sample, tensor_, arrived), features.labels[sample],
          trial);
    trial.was_stopped = sample + 1 < features.count() && is_hopeless(trial, most_points);
    if (trial.was_stopped) break;
  }
  return trial;
}

Trial Evaluator::same_but_for_bytes(const CodecPointer& codec, const Evidence& evidence, Trial trial) const {
  trial.bytes = 0;
  for (std::size_t sample = 0; sample < evidence.features.count(); ++sample) {
    const auto frame = codec::encode(codec, evidence.features.tensor_of(sample, tensor_));
    trial.bytes += static_cast<double>(frame.size());
  }
  return trial;
}

}  // namespace tandem::tune
