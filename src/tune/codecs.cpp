#include "tune/codecs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "base/unix_time.h"
#include "codec/finite.h"
#include "codec/open.h"
#include "tune/codec_settings.h"
#include "tune/codec_trial.h"
#include "tune/crossing.h"
#include "tune/cuts.h"

namespace tandem::tune {
namespace {

using codec::Codec;

std::span<const float> values_of(const Features& features, std::size_t tensor) {
  const auto& bytes = features.values[tensor];
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

// The 8 bits of ONNX's QuantizeLinear, scaled to calibration values, for a stage that begins with DequantizeLinear.
CodecPointer static_int8(std::span<const float> values) {
  constexpr double kLevels = 255;
  const auto [least, greatest] = std::ranges::minmax(values);
  const double low = std::min(0.0, double{least});
  const double scale = std::clamp((std::max(0.0, double{greatest}) - low) / kLevels, 1e-30, 1e30);
  const long zero = std::lround(std::min(-low / scale, kLevels));
  return codec::open(fmt::format("int8 scale={} zero={}", static_cast<float>(scale), zero));
}

// The scale of a model's float input over the bytes of pictures, as parameters of a picture codec; empty: the model
// takes bytes, or channels have different scales.
std::string byte_scale(const base::TensorType& type, const input::Preprocessing& pictures) {
  const auto is_even = [](const std::array<double, 3>& values) {
    return values[0] == values[1] && values[1] == values[2];
  };
  if (type.element != base::ElementType::Float32 || !is_even(pictures.mean) || !is_even(pictures.deviation)) return "";
  return fmt::format(" scale={} shift={}", static_cast<float>(pictures.scale / pictures.deviation[0]),
                     static_cast<float>(0 - pictures.mean[0] / pictures.deviation[0]));
}

bool takes(const Codec& codec, const base::TensorType& type) {
  try {
    codec.check(type);
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

bool is_input(const model::Model& model, const std::string& tensor) {
  const auto& graph = model.graph();
  return std::ranges::any_of(graph.inputs, [&](model::TensorId input) { return graph.tensors[input].name == tensor; });
}

// Both parts of the data at a cut.
struct EvidenceOfCut {
  Evidence calibration;
  Evidence test;
};

bool is_finite(const Features& features, std::size_t tensor) {
  return features.tensors[tensor].type.element != base::ElementType::Float32 ||
         codec::are_finite(values_of(features, tensor));
}

// Whether codecs may be tried on a tensor: they are fitted to numbers, and would have nothing to lose.
bool is_finite(const EvidenceOfCut& evidence, std::size_t tensor) {
  if (is_finite(evidence.calibration.features, tensor) && is_finite(evidence.test.features, tensor)) return true;
  base::log(base::LogLevel::Warning,
            "tensor '{}': no codec is tried on it, since it has NaN or infinity on the data; plans send it raw",
            evidence.test.features.tensors[tensor].name);
  return false;
}

// Tries codecs on one tensor of a cut. The arguments must outlive it.
class TensorSearch {
 public:
  TensorSearch(const Study& study, const CodecSearch& search, BehindCut& behind, const EvidenceOfCut& evidence,
               std::size_t tensor)
      : study_(study),
        search_(search),
        behind_(behind),
        evidence_(evidence),
        place_(tensor),
        tensor_(evidence.test.features.tensors[tensor]),
        evaluator_(behind, tensor) {}

  std::vector<cost::CodecRate> run() {
    if (tensor_.type.element == base::ElementType::Float32) {
      try_floats(values_of(evidence_.calibration.features, place_));
    } else {
      report(codec::open("lossless level=3"));
    }
    if (is_input(study_.model, tensor_.name)) try_pictures();
    return std::move(rates_);
  }

 private:
  void try_floats(std::span<const float> values) {
    find_settings(klevel_family(tensor_.type, values));
    if (search_.has_baselines) find_settings(jalad_family());
    report(codec::open("fp16"));
    report(static_int8(values));
    try_packed_bytes();
  }

  // The codes of "int8", and the same codes compressed.
  void try_packed_bytes() {
    const CodecPointer bytes = codec::open("int8");
    const Trial calibration = evaluator_.run(bytes, evidence_.calibration);
    const Trial test = evaluator_.run(bytes, evidence_.test);
    report(*bytes, calibration, test);
    if (!search_.has_baselines) return;
    for (const char* packed : {"int8+zstd level=3", "int8+lz4"}) {
      const CodecPointer codec = codec::open(packed);
      report(*codec, calibration, evaluator_.same_but_for_bytes(codec, evidence_.test, test));
    }
  }

  void try_pictures() {
    const std::string scale = byte_scale(tensor_.type, study_.pictures);
    const CodecPointer png = codec::open("png" + scale);
    if (!takes(*png, tensor_.type)) return;
    report(png);
    if (!scale.empty()) report(codec::open("uint8" + scale));
    find_settings(jpeg_family(scale));
  }

  void find_settings(const CodecFamily& family) {
    SettingSearch settings(family, evaluator_, evidence_.calibration, std::ranges::max(search_.losses));
    std::set<int> found;
    for (const double points : search_.losses) {
      if (const auto setting = settings.coarsest(points)) found.insert(*setting);
    }
    for (const int setting : found) {
      const CodecPointer& codec = settings.codec(setting);
      report(*codec, settings.trial(setting), evaluator_.run(codec, evidence_.test));
    }
  }

  void report(const CodecPointer& codec) {
    report(*codec, evaluator_.run(codec, evidence_.calibration), evaluator_.run(codec, evidence_.test));
  }
  void report(const Codec& codec, const Trial& calibration, const Trial& test) {
    const auto samples = static_cast<double>(test.samples);
    cost::CodecRate rate;
    rate.model = study_.model.digest();
    rate.tensor = tensor_.name;
    rate.data = study_.dataset.name;
    rate.codec = codec::id_of(codec);
    rate.description = codec.description();
    rate.measured_at_s = base::unix_time_s();
    rate.elements = base::element_count(tensor_.type.shape);
    rate.samples = test.samples;
    rate.bytes = test.bytes / samples;
    rate.calibration_loss_points = calibration.worst_loss_points();
    for (std::size_t exit = 0; exit < test.exits.size(); ++exit) {
      rate.losses.push_back({behind_.exits()[exit], test.loss_points(exit), test.high_loss_points(exit),
                             kPoints * static_cast<double>(test.exits[exit].differs) / samples});
    }
    rates_.push_back(std::move(rate));
  }

  const Study& study_;
  const CodecSearch& search_;
  const BehindCut& behind_;
  const EvidenceOfCut& evidence_;
  const std::size_t place_;
  const base::NamedType& tensor_;
  const Evaluator evaluator_;
  std::vector<cost::CodecRate> rates_;
};

}  // namespace

void measure_codecs(const Study& study, const CodecSearch& search, const KeepRates& keep,
                    const profile::Progress& progress) {
  const data::Adapter adapter = adapter_of(study);
  std::size_t done = 0;
  const auto show = [&](const std::string& tensor) {
    progress("tuning " + tensor, static_cast<double>(done) / static_cast<double>(search.tensors.size()));
  };
  for (const FirstCrossing& first : first_crossings(study.model, search.tensors)) {
    BeforeCut before(study.model, first.cut, study.engine);
    BehindCut behind(study.model, first.cut, study.engine);
    const auto collect = [&](const data::Part& part) {
      const std::string& name = before.tensors()[first.tensors.front()].name;
      return evidence_of(before, behind, part, adapter, [&](std::size_t) { show(name); });
    };
    const EvidenceOfCut evidence{collect(study.dataset.calibration), collect(study.dataset.test)};
    for (const std::size_t tensor : first.tensors) {
      show(before.tensors()[tensor].name);
      if (is_finite(evidence, tensor)) keep(TensorSearch(study, search, behind, evidence, tensor).run());
      ++done;
    }
  }
}

}  // namespace tandem::tune
