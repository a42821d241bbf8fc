#include "tune/codecs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/statistics.h"
#include "base/unix_time.h"
#include "codec/frame.h"
#include "codec/klevel_fit.h"
#include "codec/open.h"
#include "tune/crossing.h"

namespace tandem::tune {
namespace {

using base::Error;
using base::ErrorKind;
using codec::Codec;
using CodecPointer = std::shared_ptr<const Codec>;

constexpr double kPoints = 100;

// ---- what a codec does to the answers

struct ExitCounts {
  std::size_t lost = 0;    // right before, wrong now
  std::size_t gained = 0;  // the other way round
  std::size_t differs = 0;
};

struct Trial {
  std::size_t samples = 0;
  double bytes = 0;  // of all frames
  std::vector<ExitCounts> exits;
  bool was_stopped = false;  // it lost too much to go on

  double loss_points(std::size_t exit) const {
    const double net = static_cast<double>(exits[exit].lost) - static_cast<double>(exits[exit].gained);
    return kPoints * net / static_cast<double>(samples);
  }
  double worst_loss_points() const {
    double worst = 0;
    for (std::size_t exit = 0; exit < exits.size(); ++exit) worst = std::max(worst, loss_points(exit));
    return worst;
  }
};

// The upper end of the one-sided 95 % interval of a difference of paired shares: Agresti and Min, "Simple improved
// confidence intervals for comparing matched proportions", Statistics in Medicine 24 (2005): Wald's interval with half
// an observation added to each cell.
double high_loss_points(const ExitCounts& counts, std::size_t samples) {
  constexpr double kQuantile = 1.645;
  const double all = static_cast<double>(samples) + 2;
  const double lost = static_cast<double>(counts.lost) + 0.5;
  const double gained = static_cast<double>(counts.gained) + 0.5;
  const double difference = (lost - gained) / all;
  const double variance = ((lost + gained) / all - difference * difference) / all;
  return kPoints * (difference + kQuantile * std::sqrt(variance));
}

// A part of the data at a cut, with what the exits say when nothing is changed.
struct Evidence {
  Features features;
  std::vector<std::vector<std::int64_t>> guesses;  // by sample, by exit
};

class Evaluator {
 public:
  Evaluator(Crossing& crossing, std::size_t tensor) : crossing_(crossing), tensor_(tensor) {}

  // Gives up as soon as the worst exit has lost more than `most_points` beyond doubt: three standard deviations.
  Trial run(const CodecPointer& codec, const Evidence& evidence, double most_points) const {
    Trial trial;
    trial.exits.resize(crossing_.exits().size());
    for (std::size_t sample = 0; sample < evidence.features.count(); ++sample) {
      const auto sent = crossing_.tensor_of(evidence.features, sample, tensor_);
      const auto frame = codec::encode(codec, sent);
      trial.bytes += static_cast<double>(frame.size());
      const auto arrived = codec::decode(codec, frame, sent.size());
      count(evidence, sample, crossing_.guesses(evidence.features, sample, tensor_, arrived), trial);
      trial.was_stopped = sample + 1 < evidence.features.count() && is_hopeless(trial, most_points);
      if (trial.was_stopped) break;
    }
    return trial;
  }

  // For a codec that decodes to the same values as one that has been tried.
  Trial same_but_for_bytes(const CodecPointer& codec, const Evidence& evidence, Trial trial) const {
    trial.bytes = 0;
    for (std::size_t sample = 0; sample < evidence.features.count(); ++sample) {
      const auto frame = codec::encode(codec, crossing_.tensor_of(evidence.features, sample, tensor_));
      trial.bytes += static_cast<double>(frame.size());
    }
    return trial;
  }

 private:
  static void count(const Evidence& evidence, std::size_t sample, const std::vector<std::int64_t>& guesses,
                    Trial& trial) {
    const std::int64_t label = evidence.features.labels[sample];
    ++trial.samples;
    for (std::size_t exit = 0; exit < guesses.size(); ++exit) {
      const bool was_right = evidence.guesses[sample][exit] == label;
      const bool is_right = guesses[exit] == label;
      trial.exits[exit].lost += was_right && !is_right ? 1 : 0;
      trial.exits[exit].gained += !was_right && is_right ? 1 : 0;
      trial.exits[exit].differs += guesses[exit] != evidence.guesses[sample][exit] ? 1 : 0;
    }
  }
  static bool is_hopeless(const Trial& trial, double most_points) {
    constexpr std::size_t kFewest = 50;
    constexpr double kDeviations = 3;
    if (trial.samples < kFewest) return false;
    return std::ranges::any_of(trial.exits, [&](const ExitCounts& counts) {
      const double changed = static_cast<double>(counts.lost + counts.gained);
      const double net = static_cast<double>(counts.lost) - static_cast<double>(counts.gained);
      return net - kDeviations * std::sqrt(changed) > most_points / kPoints * static_cast<double>(trial.samples);
    });
  }

  Crossing& crossing_;
  std::size_t tensor_;
};

// ---- codecs with a setting: the larger it is, the fewer bits

using MakeCodec = std::function<CodecPointer(int setting)>;

struct Family {
  int settings = 0;  // [0, settings)
  MakeCodec make;
};

// Remembers trials, so that several bounds share them.
class SettingSearch {
 public:
  SettingSearch(const Family& family, const Evaluator& evaluator, const Evidence& calibration, double most_points)
      : family_(family), evaluator_(evaluator), calibration_(calibration), most_points_(most_points) {}

  // The largest setting that loses at most so much; nothing when even the smallest loses more. On some hundred samples
  // loss is only nearly monotone, so a few settings beyond the one that is found get a chance too.
  std::optional<int> coarsest(double points) {
    int good = -1;
    int bad = family_.settings;
    while (bad - good > 1) {
      const int middle = (good + bad) / 2;
      (is_within(middle, points) ? good : bad) = middle;
    }
    constexpr int kBeyond = 3;
    for (int ahead = 1; ahead <= kBeyond && good + ahead < family_.settings; ++ahead) {
      if (is_within(good + ahead, points)) good += std::exchange(ahead, 0);
    }
    return good < 0 ? std::nullopt : std::optional(good);
  }
  const Trial& trial(int setting) const { return tried_.at(setting).trial; }
  const CodecPointer& codec(int setting) const { return tried_.at(setting).codec; }

 private:
  struct Tried {
    CodecPointer codec;
    Trial trial;
  };
  bool is_within(int setting, double points) {
    auto found = tried_.find(setting);
    if (found == tried_.end()) {
      const CodecPointer codec = family_.make(setting);
      found = tried_.emplace(setting, Tried{codec, evaluator_.run(codec, calibration_, most_points_)}).first;
    }
    const Trial& trial = found->second.trial;
    return !trial.was_stopped && trial.worst_loss_points() <= points;
  }

  const Family& family_;
  const Evaluator& evaluator_;
  const Evidence& calibration_;
  const double most_points_;
  std::map<int, Tried> tried_;
};

// Steps of the fitted codec: a quarter of an octave apart, from 1/32 to 16 root mean squares.
constexpr int kStepsPerOctave = 4;
double step_of(int setting) {
  return std::exp2(static_cast<double>(setting) / kStepsPerOctave) / 32;
}
constexpr int kSteps = 9 * kStepsPerOctave + 1;

std::span<const float> values_of(const Features& features, std::size_t tensor) {
  const auto& bytes = features.tensors[tensor];
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

Family klevel_family(const base::TensorType& type, std::span<const float> values) {
  return {kSteps,
          [type, values](int setting) { return codec::open(codec::fit_klevel(type, values, {step_of(setting)})); }};
}

Family jalad_family() {
  return {8, [](int setting) { return codec::open(fmt::format("jalad bits={}", 8 - setting)); }};
}

Family jpeg_family(const std::string& scale) {
  static constexpr int kQualities[] = {95, 90, 85, 80, 70, 60, 50, 40, 30, 20, 10};
  return {static_cast<int>(std::size(kQualities)),
          [scale](int setting) { return codec::open(fmt::format("jpeg quality={}{}", kQualities[setting], scale)); }};
}

// From the values of calibration to the 8 bits of ONNX's QuantizeLinear, for a stage that begins with DequantizeLinear.
CodecPointer static_int8(std::span<const float> values) {
  constexpr double kLevels = 255;
  const auto [least, greatest] = std::ranges::minmax(values);
  const double low = std::min(0.0, double{least});
  const double scale = std::max((std::max(0.0, double{greatest}) - low) / kLevels, 1e-30);
  return codec::open(fmt::format("int8 scale={} zero={}", static_cast<float>(scale), std::lround(-low / scale)));
}

// How a model's float input came from bytes, as codecs of pictures want to know it; empty: it takes bytes, or it is by
// channel.
std::string byte_scale(const base::TensorType& type, const std::string& pixels) {
  if (type.element != base::ElementType::Float32) return "";
  if (pixels == "symmetric") return fmt::format(" scale={} shift=-1", static_cast<float>(2.0 / 255));
  if (pixels == "unit") return fmt::format(" scale={} shift=0", static_cast<float>(1.0 / 255));
  return pixels == "none" ? " scale=1 shift=0" : "";
}

bool takes(const Codec& codec, const base::TensorType& type) {
  try {
    codec.check(type);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// ---- one tensor

class TensorSearch {
 public:
  TensorSearch(Crossing& crossing, std::size_t tensor, bool is_input, const Evidence& calibration, const Evidence& test,
               const CodecSearch& search, const std::string& pixels)
      : crossing_(crossing),
        type_(crossing.tensors()[tensor].type),
        tensor_(tensor),
        is_input_(is_input),
        calibration_(calibration),
        test_(test),
        search_(search),
        pixels_(pixels),
        evaluator_(crossing, tensor) {}

  // Rates without model, data and time.
  std::vector<cost::CodecRate> run() {
    if (type_.element == base::ElementType::Float32) {
      const auto values = values_of(calibration_.features, tensor_);
      find_settings(klevel_family(type_, values));
      if (search_.has_baselines) find_settings(jalad_family());
      try_bytes(values);
    } else {
      report(codec::open("lossless level=3"));
    }
    if (is_input_) try_pictures();
    return std::move(rates_);
  }

 private:
  void find_settings(const Family& family) {
    SettingSearch settings(family, evaluator_, calibration_, std::ranges::max(search_.losses));
    std::set<int> found;
    for (const double points : search_.losses) {
      if (const auto setting = settings.coarsest(points)) found.insert(*setting);
    }
    for (const int setting : found)
      report(settings.codec(setting), settings.trial(setting), evaluator_.run(settings.codec(setting), test_, kPoints));
  }

  void try_bytes(std::span<const float> values) {
    report(codec::open("fp16"));
    report(static_int8(values));
    const CodecPointer bytes = codec::open("int8");
    const Trial calibration = evaluator_.run(bytes, calibration_, kPoints);
    const Trial test = evaluator_.run(bytes, test_, kPoints);
    report(bytes, calibration, test);
    if (!search_.has_baselines) return;
    for (const char* packed : {"int8+zstd level=3", "int8+lz4"}) {
      const CodecPointer codec = codec::open(packed);
      report(codec, calibration, evaluator_.same_but_for_bytes(codec, test_, test));
    }
  }

  void try_pictures() {
    const std::string scale = byte_scale(type_, pixels_);
    const CodecPointer png = codec::open("png" + scale);
    if (!takes(*png, type_)) return;
    report(png);
    if (!scale.empty()) report(codec::open("uint8" + scale));
    find_settings(jpeg_family(scale));
  }

  void report(const CodecPointer& codec) {
    report(codec, evaluator_.run(codec, calibration_, kPoints), evaluator_.run(codec, test_, kPoints));
  }
  void report(const CodecPointer& codec, const Trial& calibration, const Trial& test) {
    cost::CodecRate rate;
    rate.tensor = crossing_.tensors()[tensor_].name;
    rate.codec = codec::id_of(*codec);
    rate.description = codec->description();
    rate.elements = base::element_count(type_.shape);
    rate.samples = test.samples;
    rate.bytes = test.bytes / static_cast<double>(test.samples);
    rate.calibration_loss_points = calibration.worst_loss_points();
    for (std::size_t exit = 0; exit < test.exits.size(); ++exit) {
      const ExitCounts& counts = test.exits[exit];
      rate.losses.push_back({crossing_.exits()[exit], test.loss_points(exit), high_loss_points(counts, test.samples),
                             kPoints * static_cast<double>(counts.differs) / static_cast<double>(test.samples)});
    }
    rates_.push_back(std::move(rate));
  }

  Crossing& crossing_;
  const base::TensorType type_;
  const std::size_t tensor_;
  const bool is_input_;
  const Evidence& calibration_;
  const Evidence& test_;
  const CodecSearch& search_;
  const std::string& pixels_;
  const Evaluator evaluator_;
  std::vector<cost::CodecRate> rates_;
};

// ---- all tensors, cut by cut

// The first cut that each tensor crosses.
struct FirstCrossing {
  model::Cut cut;
  std::vector<std::size_t> tensors;  // of the cut, by place in it
};

std::vector<FirstCrossing> first_crossings(const model::Model& model, const std::vector<std::string>& tensors) {
  std::set<std::string> wanted(tensors.begin(), tensors.end());
  std::vector<FirstCrossing> crossings;
  for (const model::Cut& cut : cuts_between_kernels(model)) {
    FirstCrossing crossing{cut, {}};
    for (std::size_t place = 0; place < cut.tensors.size(); ++place) {
      if (wanted.erase(model.graph().tensors[cut.tensors[place]].name) > 0) crossing.tensors.push_back(place);
    }
    if (!crossing.tensors.empty()) crossings.push_back(std::move(crossing));
  }
  if (!wanted.empty()) {
    throw Error(ErrorKind::NotFound, fmt::format("{}: tensor '{}' crosses no cut between kernels; `tandem inspect` "
                                                 "lists the cuts",
                                                 model.name(), *wanted.begin()));
  }
  return crossings;
}

bool is_input(const model::Model& model, const std::string& tensor) {
  const auto& graph = model.graph();
  return std::ranges::any_of(graph.inputs, [&](model::TensorId input) { return graph.tensors[input].name == tensor; });
}

data::Adapter adapter_of(const model::Model& model, const data::Part& part, const std::string& pixels) {
  const auto inputs = model.whole().inputs;
  if (inputs.size() != 1) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: {} inputs, expected one: a data set has one tensor a sample",
                                                     model.name(), inputs.size()));
  }
  return {part.sample_shape(), part.samples.element(), inputs[0].type, pixels};
}

Evidence collect(Crossing& crossing, const data::Part& part, const data::Adapter& adapter,
                 const std::function<void(std::size_t)>& progress) {
  Evidence evidence{crossing.collect(part, adapter, part.count(), progress), {}};
  for (std::size_t sample = 0; sample < part.count(); ++sample)
    evidence.guesses.push_back(crossing.guesses(evidence.features, sample, 0, {}));
  return evidence;
}

}  // namespace

std::vector<std::string> tensors_that_cross(const model::Model& model) {
  std::vector<std::string> names;
  for (const model::Cut& cut : cuts_between_kernels(model)) {
    for (const auto tensor : cut.tensors) {
      const std::string& name = model.graph().tensors[tensor].name;
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

void measure_codecs(const model::Model& model, engine::Engine& engine, const data::Dataset& dataset,
                    const std::string& data, const std::string& pixels, const std::vector<std::string>& tensors,
                    const CodecSearch& search, const KeepRates& keep, const profile::Progress& progress) {
  const data::Adapter adapter = adapter_of(model, dataset.test, pixels);
  std::size_t done = 0;
  for (const FirstCrossing& first : first_crossings(model, tensors)) {
    Crossing crossing(model, first.cut, engine);
    const auto show = [&](std::size_t) {
      progress("tuning " + crossing.tensors()[first.tensors.front()].name,
               static_cast<double>(done) / static_cast<double>(tensors.size()));
    };
    const Evidence calibration = collect(crossing, dataset.calibration, adapter, show);
    const Evidence test = collect(crossing, dataset.test, adapter, show);
    for (const std::size_t tensor : first.tensors) {
      const std::string& name = crossing.tensors()[tensor].name;
      progress("tuning " + name, static_cast<double>(done) / static_cast<double>(tensors.size()));
      TensorSearch one(crossing, tensor, is_input(model, name), calibration, test, search, pixels);
      auto rates = one.run();
      for (auto& rate : rates) {
        rate.model = model.digest();
        rate.data = data;
        rate.measured_at_s = base::unix_time_s();
      }
      keep(rates);
      ++done;
    }
  }
}

std::vector<cost::CodecTime> time_codecs(const model::Model& model, engine::Engine& engine,
                                         const data::Dataset& dataset, const std::string& pixels,
                                         const std::vector<cost::CodecRate>& rates,
                                         const std::vector<profile::Subject>& subjects,
                                         const profile::Progress& progress) {
  constexpr base::Milliseconds kTimeout{10.0 * 60 * 1000};
  const data::Adapter adapter = adapter_of(model, dataset.test, pixels);
  std::map<std::string, std::vector<const cost::CodecRate*>> by_tensor;
  std::vector<std::string> tensors;
  for (const auto& rate : rates) {
    auto& of_tensor = by_tensor[rate.tensor];
    if (of_tensor.empty()) tensors.push_back(rate.tensor);
    of_tensor.push_back(&rate);
  }
  std::vector<cost::CodecTime> times;
  for (const FirstCrossing& first : first_crossings(model, tensors)) {
    Crossing crossing(model, first.cut, engine);
    const Features features = crossing.collect(dataset.test, adapter, 1, [](std::size_t) {});
    for (const std::size_t place : first.tensors) {
      const base::Tensor sample = crossing.tensor_of(features, 0, place);
      for (const cost::CodecRate* rate : by_tensor.at(crossing.tensors()[place].name)) {
        progress("timing codecs of " + rate->tensor,
                 static_cast<double>(times.size()) / static_cast<double>(rates.size() * subjects.size()));
        const base::Tensor description =
            base::Tensor::of({base::ElementType::UInt8, {static_cast<std::int64_t>(rate->description.size())}},
                             std::span<const char>(rate->description));
        for (const profile::Subject& subject : subjects) {
          const auto deadline = base::Deadline::after(kTimeout);
          const auto fail = [&](const Error& error) -> Error {
            return {error.kind(), fmt::format("{}: {}", subject.identity.target, error.message())};
          };
          const auto digests = subject.access->upload_blobs({description, sample}, deadline);
          if (!digests) throw fail(digests.error());
          rpc::MeasureRequest request;
          request.runs = 9;
          request.codec = digests.value()[0];
          request.sample = digests.value()[1];
          request.sample_type = sample.type();
          const auto reply = subject.access->measure(request, deadline);
          if (!reply) throw fail(reply.error());
          times.push_back({subject.identity, rate->tensor, rate->codec, base::median(reply.value().encode_samples_ms),
                           base::median(reply.value().decode_samples_ms), base::unix_time_s()});
        }
      }
    }
  }
  return times;
}

}  // namespace tandem::tune
