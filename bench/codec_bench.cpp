// The speed of codecs, and of requests that send encoded tensors.
//
//   codec_bench [--runs 60] [--json]
//     encodes and decodes a synthetic tensor of 3.2 MB, sparse as after a ReLU, on one core, codecs in turn
//   codec_bench MODEL.onnx --data fashion-mnist --store costs.db [--loss 1] [--tensors a,b]
//     the same with codecs that `tandem codec tune` found: for each tensor, the smallest that lost at most LOSS points
//   codec_bench --link 100
//     sends the 3.2 MB from one agent to another over an emulated link of 100 Mbit/s, as raw float32 and encoded, in
//     turn: the whole request, encoding and decoding included
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/private_folder.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "codec/frame.h"
#include "codec/open.h"
#include "codec/quantize.h"
#include "codec/test_klevel.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"
#include "tune/crossing.h"
#include "tune/cuts.h"
#include "tune/study.h"
#include "two_targets.h"
#include "workspace/data_options.h"

namespace tandem::bench {
namespace {

using base::Tensor;
using base::TensorType;
using CodecPointer = std::shared_ptr<const codec::Codec>;

const TensorType kLargeType{base::ElementType::Float32, {1, 256, 56, 56}};
constexpr double kLargeStep = 1;  // about one bit for each element of the synthetic tensor

struct Options {
  std::string model;
  std::string data;
  std::string store;
  std::vector<std::string> tensors;
  double loss_points = 1;
  double link_mbps = 0;
  int runs = 60;
  bool as_json = false;
};

Tensor large_tensor(unsigned seed) {
  return Tensor::of<float>(kLargeType, codec::sparse_features(256, 56, 56, 1, seed));
}

CodecPointer large_klevel() {
  return codec::open(codec::fit_klevel(kLargeType, codec::sparse_features(256, 56, 56, 6, 2), {kLargeStep}));
}

double seconds(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// ---- speed on one core

struct Subject {
  std::string tensor;
  CodecPointer codec;
  std::vector<Tensor> samples;
  double bytes = 0;  // of all samples' frames
  std::vector<double> encode_mbs{};
  std::vector<double> decode_mbs{};
};

// One round: all samples once. Speeds are in bytes of float32.
void run_round(Subject& subject) {
  double encode_s = 0;
  double decode_s = 0;
  double raw_bytes = 0;
  subject.bytes = 0;
  for (const Tensor& sample : subject.samples) {
    std::vector<std::byte> frame;
    Tensor arrived;
    encode_s += seconds([&] { frame = codec::encode(subject.codec, sample); });
    decode_s += seconds([&] { arrived = codec::decode(subject.codec, frame, sample.size()); });
    raw_bytes += static_cast<double>(sample.size());
    subject.bytes += static_cast<double>(frame.size());
  }
  subject.encode_mbs.push_back(raw_bytes / 1e6 / encode_s);
  subject.decode_mbs.push_back(raw_bytes / 1e6 / decode_s);
}

base::Json json_of(const std::vector<double>& samples) {
  const auto interval = base::median_interval(samples);
  return {{"median", base::median(samples)}, {"low", interval.low}, {"high", interval.high}};
}

std::string text_of(const std::vector<double>& samples) {
  const auto interval = base::median_interval(samples);
  return fmt::format("{:.0f} ({:.0f}–{:.0f})", base::median(samples), interval.low, interval.high);
}

void print_speeds(const std::vector<Subject>& subjects, const std::vector<double>& quantizer_gbs, bool as_json) {
  base::Json json = {{"quantizer_gb_per_s", json_of(quantizer_gbs)}, {"codecs", base::Json::array()}};
  if (!as_json)
    fmt::print("{:<28} {:<34} {:>8}  {:>20} {:>20}\n", "tensor", "codec", "bits", "encode MB/s", "decode MB/s");
  for (const Subject& subject : subjects) {
    double elements = 0;
    for (const Tensor& sample : subject.samples) elements += static_cast<double>(sample.size()) / sizeof(float);
    const double bits = 8 * subject.bytes / elements;
    const std::string id = codec::id_of(*subject.codec);
    json["codecs"].push_back({{"tensor", subject.tensor},
                              {"codec", id},
                              {"bits_per_element", bits},
                              {"encode_mb_per_s", json_of(subject.encode_mbs)},
                              {"decode_mb_per_s", json_of(subject.decode_mbs)}});
    if (!as_json) {
      fmt::print("{:<28} {:<34} {:>8.3f}  {:>20} {:>20}\n", subject.tensor, id, bits, text_of(subject.encode_mbs),
                 text_of(subject.decode_mbs));
    }
  }
  if (as_json) return fmt::print("{}\n", json.dump(2));
  fmt::print("the quantiser alone: {:.1f} GB/s of float32 ({:.1f}–{:.1f})\n", base::median(quantizer_gbs),
             base::median_interval(quantizer_gbs).low, base::median_interval(quantizer_gbs).high);
}

void measure_speeds(std::vector<Subject> subjects, const Options& options) {
  std::vector<double> quantizer_gbs;
  const Tensor large = large_tensor(7);
  const auto values = large.values<float>().first(1u << 18);  // stays in the caches, as a chunk does
  std::vector<std::uint8_t> levels(values.size());
  for (int round = 0; round < options.runs; ++round) {
    constexpr int kRepeats = 20;
    const double taken = seconds([&] {
      for (int i = 0; i < kRepeats; ++i) codec::quantize(values, {1.5f, 0.3f, 8}, levels.data());
    });
    quantizer_gbs.push_back(kRepeats * static_cast<double>(values.size_bytes()) / 1e9 / taken);
    for (Subject& subject : subjects) run_round(subject);
  }
  print_speeds(subjects, quantizer_gbs, options.as_json);
}

std::vector<Subject> made_up_subjects() {
  std::vector<Subject> subjects;
  std::vector<CodecPointer> codecs{large_klevel()};
  for (const char* description : {"fp16", "int8", "jalad bits=3", "int8+zstd level=3", "int8+lz4"})
    codecs.push_back(codec::open(description));
  for (const auto& codec : codecs) subjects.push_back({"made up, 3.2 MB", codec, {large_tensor(7)}});
  return subjects;
}

constexpr const char* kComparedFamilies[] = {"klevel", "jalad", "int8+zstd"};

// The smallest of each codec that lost little enough; empty: none did.
std::vector<CodecPointer> codecs_for(const std::string& tensor, const std::vector<cost::CodecRate>& rates,
                                     double loss_points) {
  std::vector<CodecPointer> codecs;
  for (const char* family : kComparedFamilies) {
    const auto* rate = cost::smallest_within(rates, tensor, family, loss_points);
    if (rate != nullptr) codecs.push_back(codec::open(rate->description));
  }
  return codecs;
}

std::vector<Subject> tuned_subjects(const Options& options) {
  constexpr std::size_t kSamples = 100;
  const auto engine = engine::onnx_runtime({1});
  const auto model = engine::load_model(options.model, *engine);
  const auto rates = store::Store(options.store).codec_rates_of(model.digest());
  const auto [dataset, pictures] = workspace::read_data({.name = options.data, .limit = kSamples}, model);
  const auto adapter = tune::adapter_of({model, *engine, dataset, pictures});
  auto tensors = options.tensors.empty() ? tune::tensors_that_cross(model) : options.tensors;
  std::erase_if(tensors,
                [&](const std::string& tensor) { return codecs_for(tensor, rates, options.loss_points).empty(); });
  std::vector<Subject> subjects;
  for (const auto& first : tune::first_crossings(model, tensors)) {
    tune::BeforeCut before(model, first.cut, *engine);
    const auto features = before.collect(dataset.test, adapter, dataset.test.count(), [](std::size_t) {});
    for (const std::size_t place : first.tensors) {
      const std::string& name = features.tensors[place].name;
      std::vector<Tensor> samples;
      for (std::size_t i = 0; i < features.count(); ++i) samples.push_back(features.tensor_of(i, place));
      for (const auto& codec : codecs_for(name, rates, options.loss_points)) subjects.push_back({name, codec, samples});
    }
  }
  return subjects;
}

// ---- over a link

// Takes 3.2 MB, sends as much over the cut, and answers with 1 kB.
void write_model(const std::filesystem::path& path) {
  model::GraphBuilder builder("large_crossing");
  builder.input("input", kLargeType);
  builder.node("Relu", {"input"}, {}, "large");
  builder.node("GlobalAveragePool", {"large"}, {}, "answer");
  builder.output("answer", {base::ElementType::Float32, {1, 256, 1, 1}});
  const auto part = builder.finish();
  base::write_file(path, part.graph);
}

// A codec on the link, null: raw float32, and its requests.
struct LinkSubject {
  CodecPointer codec;
  Runner runner;
  std::vector<double> times_faster{};  // than raw, by round

  std::string id() const { return codec ? codec::id_of(*codec) : "raw"; }
  double bits() const {
    if (!codec) return 32;
    const Tensor tensor = large_tensor(7);
    return 8.0 * static_cast<double>(codec::encode(codec, tensor).size()) /
           static_cast<double>(tensor.values<float>().size());
  }
};

LinkSubject link_subject(TwoTargets& machines, const CodecPointer& codec) {
  plan::Plan plan = machines.any_split_at(1);
  if (!codec) return {codec, Runner(machines, plan)};
  const std::string id = codec::id_of(*codec);
  plan.stages.at(0).sent = {{"large", id}};
  return {codec, Runner(machines, plan, {{{"large", id}, codec->description()}})};
}

void print_link(const std::vector<LinkSubject>& subjects, bool as_json) {
  base::Json json = base::Json::array();
  for (const LinkSubject& subject : subjects) {
    json.push_back({{"codec", subject.id()},
                    {"bits_per_element", subject.bits()},
                    {"latency_ms", json_of(subject.runner.samples_ms)},
                    {"times_faster_than_raw", json_of(subject.times_faster)}});
    if (!as_json) {
      fmt::print("{:<34} {:>7.3f} bits  {:>18} ms  {:.1f} × faster than raw\n", subject.id(), subject.bits(),
                 text_of(subject.runner.samples_ms), base::median(subject.times_faster));
    }
  }
  if (as_json) fmt::print("{}\n", json.dump(2));
}

void measure_link(const Options& options) {
  const base::PrivateFolder folder("codec-bench");
  const auto path = folder.path() / "large.onnx";
  write_model(path);
  TwoTargets machines(path.string(), {1, 1});
  machines.set_link(options.link_mbps, 1);
  std::vector<LinkSubject> subjects;
  for (const auto& codec : {CodecPointer(), codec::open("int8"), codec::open("fp16"), large_klevel()})
    subjects.push_back(link_subject(machines, codec));
  for (int round = 0; round < options.runs; ++round) {
    const std::vector<base::NamedTensor> inputs{{"input", large_tensor(static_cast<unsigned>(round))}};
    for (LinkSubject& subject : subjects) {
      subject.runner.run(inputs);
      subject.times_faster.push_back(subjects[0].runner.samples_ms.back() / subject.runner.samples_ms.back());
    }
  }
  print_link(subjects, options.as_json);
}

int run(int argument_count, char** arguments) {
  Options options;
  cli::CommandLine command_line("The speed of codecs, and of requests that send encoded tensors.", "codec_bench");
  cli::Command application = command_line.root();
  application.add_option("MODEL", options.model, "Measure the codecs that `tandem codec tune` found for this model");
  application.add_option("--data", options.data, "Its data set");
  application.add_option("--store", options.store, "The cost store that holds the rates");
  application.add_option("--tensors", options.tensors, "Only these").separated_by_commas();
  application.add_option("--loss", options.loss_points, "Points lost on the calibration part, at most").show_default();
  application.add_option("--link", options.link_mbps, "Send over an emulated link, Mbit/s");
  application.add_option("--runs", options.runs, "Rounds").show_default().range(1, 100'000);
  application.add_flag("--json", options.as_json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  if (options.link_mbps > 0) {
    measure_link(options);
  } else {
    measure_speeds(options.model.empty() ? made_up_subjects() : tuned_subjects(options), options);
  }
  return 0;
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  try {
    return tandem::bench::run(argument_count, arguments);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("codec_bench", failure);
  }
}
