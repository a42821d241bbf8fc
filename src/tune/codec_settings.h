// Codecs with a setting, and the search for the coarsest setting within a bound on its loss. One thread at a time.
// Private to tune/.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/tensor.h"
#include "tune/codec_trial.h"

namespace tandem::tune {

// One codec in each of its settings [0, settings): the larger the setting, the fewer the bits.
struct CodecFamily {
  int settings = 0;
  std::function<CodecPointer(int setting)> make;
};
// Fitted to `values`, samples of `type`; steps are a quarter of an octave apart, from 1/32 to 16 root mean squares.
CodecFamily klevel_family(const base::TensorType& type, std::span<const float> values);
CodecFamily jalad_family();
CodecFamily jpeg_family(const std::string& scale);  // " scale=S shift=T", or nothing

class SettingSearch {
 public:
  // Tries settings on `calibration`, and ends a trial that surely loses more than `most_points`, the largest bound that
  // coarsest() will be called with. The arguments must outlive the search.
  SettingSearch(const CodecFamily& family, const Evaluator& evaluator, const Evidence& calibration, double most_points)
      : family_(family), evaluator_(evaluator), calibration_(calibration), most_points_(most_points) {}

  // The largest setting that loses at most `points`; nothing when even the smallest loses more. By bisection, as if the
  // loss rose with the setting. On a few hundred samples that is only roughly so: the next few settings are tried too.
  std::optional<int> coarsest(double points);

  // Of a setting that coarsest() returned.
  const Trial& trial(int setting) const { return tried_.at(setting).trial; }
  const CodecPointer& codec(int setting) const { return tried_.at(setting).codec; }

 private:
  struct Tried {
    CodecPointer codec;
    Trial trial;
  };
  const Tried& tried(int setting);  // each setting once, for all bounds
  bool is_within(int setting, double points);

  const CodecFamily& family_;
  const Evaluator& evaluator_;
  const Evidence& calibration_;
  const double most_points_;
  std::map<int, Tried> tried_;
};

}  // namespace tandem::tune
