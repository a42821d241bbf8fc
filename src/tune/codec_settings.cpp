#include "tune/codec_settings.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "codec/klevel_fit.h"
#include "codec/open.h"

namespace tandem::tune {
namespace {

constexpr int kStepsPerOctave = 4;
constexpr int kSteps = 9 * kStepsPerOctave + 1;

double step_of(int setting) {
  return std::exp2(static_cast<double>(setting) / kStepsPerOctave) / 32;
}

}  // namespace

CodecFamily klevel_family(const base::TensorType& type, std::span<const float> values) {
  return {kSteps,
          [type, values](int setting) { return codec::open(codec::fit_klevel(type, values, {step_of(setting)})); }};
}

CodecFamily jalad_family() {
  return {8, [](int setting) { return codec::open(fmt::format("jalad bits={}", 8 - setting)); }};
}

CodecFamily jpeg_family(const std::string& scale) {
  static constexpr int kQualities[] = {95, 90, 85, 80, 70, 60, 50, 40, 30, 20, 10};
  return {static_cast<int>(std::size(kQualities)),
          [scale](int setting) { return codec::open(fmt::format("jpeg quality={}{}", kQualities[setting], scale)); }};
}

std::optional<int> SettingSearch::coarsest(double points) {
  int good = -1;  // within the bound
  int bad = family_.settings;
  while (bad - good > 1) {
    const int middle = (good + bad) / 2;
    (is_within(middle, points) ? good : bad) = middle;
  }
  constexpr int kBeyond = 3;
  for (int setting = good + 1; setting <= good + kBeyond && setting < family_.settings; ++setting) {
    if (is_within(setting, points)) good = setting;
  }
  return good < 0 ? std::nullopt : std::optional(good);
}

const SettingSearch::Tried& SettingSearch::tried(int setting) {
  const auto found = tried_.find(setting);
  if (found != tried_.end()) return found->second;
  const CodecPointer codec = family_.make(setting);
  return tried_.emplace(setting, Tried{codec, evaluator_.run(codec, calibration_, most_points_)}).first->second;
}

bool SettingSearch::is_within(int setting, double points) {
  const Trial& trial = tried(setting).trial;
  return !trial.was_stopped && trial.worst_loss_points() <= points;
}

}  // namespace tandem::tune
