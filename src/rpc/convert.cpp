#include "rpc/convert.h"

#include <cmath>
#include <string>

#include <fmt/format.h>

#include "base/digest.h"
#include "rpc/agent.pb.h"
#include "rpc/protobuf_limits.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

// For weights of one part, and all else that grows with a model: the largest published networks have some thousands.
constexpr std::size_t kEntries = 100'000;
constexpr std::size_t kRank = 64;
constexpr int kMostRuns = 1'000'000;
constexpr std::int64_t kMostMemory = std::int64_t{1} << 60;

std::string checked_name(const char* what, const std::string& name, const Limits& limits) {
  if (name.size() <= limits.name_bytes) return name;
  throw Error(ErrorKind::ResourceExhausted,
              fmt::format("{} of {} bytes, expected at most {}", what, name.size(), limits.name_bytes));
}

std::vector<std::string> checked_names(const char* what, const google::protobuf::RepeatedPtrField<std::string>& names,
                                       const Limits& limits) {
  std::vector<std::string> checked;
  for (const std::string& name : names) checked.push_back(checked_name(what, name, limits));
  return checked;
}

std::string checked_digest(const std::string& digest) {
  if (base::is_digest(digest)) return digest;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("digest '{}', expected 64 hexadecimal digits", digest.substr(0, 80)));
}

template <class Number>
Number checked_range(const char* what, Number value, Number lowest, Number highest) {
  if (value >= lowest && value <= highest) return value;
  throw Error(ErrorKind::InvalidInput, fmt::format("{} {}, expected {} to {}", what, value, lowest, highest));
}

double checked_time(const char* what, double value) {
  return checked_range(what, value, 0.0, 1e12);
}

std::vector<double> checked_times(const google::protobuf::RepeatedField<double>& samples) {
  std::vector<double> times;
  for (const double sample : samples) times.push_back(checked_time("a sample", sample));
  return times;
}

void set_type(const std::string& name, const base::TensorType& type, v1::TypeEntry& entry) {
  entry.set_name(name);
  entry.set_element(static_cast<std::int32_t>(type.element));
  entry.mutable_shape()->Assign(type.shape.begin(), type.shape.end());
}

void set_weight(const WeightOffer& weight, v1::TypeEntry& entry) {
  set_type(weight.name, weight.type, entry);
  entry.set_digest(weight.digest);
}

base::NamedType named_type_of(const v1::TypeEntry& entry, const Limits& limits) {
  if (static_cast<std::size_t>(entry.shape_size()) > limits.rank) {
    throw Error(ErrorKind::ResourceExhausted, fmt::format("tensor '{}': {} dimensions, expected at most {}",
                                                          entry.name().substr(0, 80), entry.shape_size(), limits.rank));
  }
  base::NamedType named{
      checked_name("a tensor's name", entry.name(), limits),
      {static_cast<base::ElementType>(entry.element()), {entry.shape().begin(), entry.shape().end()}}};
  base::element_count(named.type.shape);  // throws
  return named;
}

WeightOffer weight_of(const v1::TypeEntry& entry, const Limits& limits) {
  base::NamedType named = named_type_of(entry, limits);
  const std::size_t size = base::size_bytes(named.type);
  if (size > limits.weight_bytes) {
    throw Error(ErrorKind::ResourceExhausted,
                fmt::format("weight '{}' of {} bytes, expected at most {}", named.name, size, limits.weight_bytes));
  }
  return {std::move(named.name), std::move(named.type), checked_digest(entry.digest())};
}

}  // namespace

v1::TargetDescription to_message(const TargetDescription& description) {
  v1::TargetDescription message;
  message.set_name(description.name);
  message.set_architecture(description.architecture);
  message.set_cpu(description.cpu);
  message.set_cores(description.cores);
  message.set_memory_bytes(description.memory_bytes);
  message.set_engine(description.engine);
  message.set_threads(description.threads);
  message.set_slowdown(description.slowdown);
  message.set_version(description.version);
  message.set_governor(description.governor);
  return message;
}

TargetDescription from_message(const v1::TargetDescription& message, const Limits& limits) {
  TargetDescription description;
  description.name = checked_name("a target's name", message.name(), limits);
  description.architecture = checked_name("an architecture", message.architecture(), limits);
  description.cpu = checked_name("a cpu", message.cpu(), limits);
  description.cores = checked_range("cores", message.cores(), 0, 1 << 20);
  description.memory_bytes = checked_range("memory", message.memory_bytes(), std::int64_t{0}, kMostMemory);
  description.engine = checked_name("an engine", message.engine(), limits);
  description.threads = checked_range("threads", message.threads(), 0, 1 << 20);
  description.slowdown = checked_range("slowdown", message.slowdown(), 1e-6, 1e6);
  description.version = checked_name("a version", message.version(), limits);
  description.governor = checked_name("a governor", message.governor(), limits);
  return description;
}

v1::PartOffer to_message(const PartOffer& part) {
  v1::PartOffer message;
  message.set_digest(part.digest);
  message.set_graph(part.graph);
  for (const WeightOffer& weight : part.weights) set_weight(weight, *message.add_weights());
  for (const base::NamedType& input : part.inputs) set_type(input.name, input.type, *message.add_inputs());
  for (const base::NamedType& output : part.outputs) set_type(output.name, output.type, *message.add_outputs());
  return message;
}

PartOffer from_message(const v1::PartOffer& message, const Limits& limits) {
  PartOffer part;
  part.digest = checked_digest(message.digest());
  part.graph = message.graph();
  for (const v1::TypeEntry& entry : message.weights()) part.weights.push_back(weight_of(entry, limits));
  for (const v1::TypeEntry& entry : message.inputs()) part.inputs.push_back(named_type_of(entry, limits));
  for (const v1::TypeEntry& entry : message.outputs()) part.outputs.push_back(named_type_of(entry, limits));
  return part;
}

v1::MeasureRequest to_message(const MeasureRequest& request) {
  v1::MeasureRequest message;
  message.mutable_parts()->Assign(request.parts.begin(), request.parts.end());
  message.set_warmup_runs(request.warmup_runs);
  message.set_runs(request.runs);
  message.set_examine(request.examine);
  for (const WeightOffer& input : request.inputs) set_weight(input, *message.add_inputs());
  message.mutable_preparation()->Assign(request.preparation.begin(), request.preparation.end());
  if (request.codec.empty()) return message;
  message.set_codec(request.codec);
  set_weight({"", request.sample_type, request.sample}, *message.mutable_sample());
  return message;
}

MeasureRequest from_message(const v1::MeasureRequest& message, const Limits& limits) {
  MeasureRequest request;
  if (static_cast<std::size_t>(message.parts_size()) > limits.parts) {
    throw Error(ErrorKind::ResourceExhausted,
                fmt::format("{} parts to measure, expected at most {}", message.parts_size(), limits.parts));
  }
  for (const std::string& part : message.parts()) request.parts.push_back(checked_digest(part));
  for (const v1::TypeEntry& entry : message.inputs()) request.inputs.push_back(weight_of(entry, limits));
  for (const std::string& part : message.preparation()) request.preparation.push_back(checked_digest(part));
  request.warmup_runs = checked_range("warm-up runs", message.warmup_runs(), 0, kMostRuns);
  request.runs = checked_range("runs", message.runs(), 1, kMostRuns);
  request.examine = message.examine();
  if (message.codec().empty()) return request;
  request.codec = checked_digest(message.codec());
  WeightOffer sample = weight_of(message.sample(), limits);
  request.sample = std::move(sample.digest);
  request.sample_type = std::move(sample.type);
  return request;
}

v1::MeasureReply to_message(const MeasureReply& reply) {
  v1::MeasureReply message;
  message.mutable_samples_ms()->Assign(reply.samples_ms.begin(), reply.samples_ms.end());
  for (const KernelTime& kernel : reply.kernels) {
    v1::KernelTime& entry = *message.add_kernels();
    entry.set_name(kernel.name);
    entry.set_op_type(kernel.op_type);
    entry.set_median_ms(kernel.median_ms);
    entry.mutable_inputs()->Assign(kernel.inputs.begin(), kernel.inputs.end());
    entry.mutable_outputs()->Assign(kernel.outputs.begin(), kernel.outputs.end());
  }
  message.set_load_ms(reply.load_ms);
  message.set_resident_bytes(reply.resident_bytes);
  message.set_peak_bytes(reply.peak_bytes);
  message.mutable_encode_samples_ms()->Assign(reply.encode_samples_ms.begin(), reply.encode_samples_ms.end());
  message.mutable_decode_samples_ms()->Assign(reply.decode_samples_ms.begin(), reply.decode_samples_ms.end());
  message.set_encoded_bytes(reply.encoded_bytes);
  return message;
}

MeasureReply from_message(const v1::MeasureReply& message, const Limits& limits) {
  MeasureReply reply;
  reply.samples_ms = checked_times(message.samples_ms());
  reply.encode_samples_ms = checked_times(message.encode_samples_ms());
  reply.decode_samples_ms = checked_times(message.decode_samples_ms());
  reply.encoded_bytes = checked_range("encoded bytes", message.encoded_bytes(), std::int64_t{0}, kMostMemory);
  for (const v1::KernelTime& kernel : message.kernels()) {
    reply.kernels.push_back({checked_name("a kernel's name", kernel.name(), limits),
                             checked_name("an operator's name", kernel.op_type(), limits),
                             checked_time("a kernel's time", kernel.median_ms()),
                             checked_names("a kernel's input", kernel.inputs(), limits),
                             checked_names("a kernel's output", kernel.outputs(), limits)});
  }
  reply.load_ms = checked_time("a load time", message.load_ms());
  reply.resident_bytes = checked_range("memory", message.resident_bytes(), std::int64_t{0}, kMostMemory);
  reply.peak_bytes = checked_range("memory", message.peak_bytes(), std::int64_t{0}, kMostMemory);
  return reply;
}

v1::LinkReport to_message(const LinkReport& report) {
  v1::LinkReport message;
  message.set_round_trip_ms(report.round_trip_ms);
  message.set_upload_mbps(report.upload_mbps);
  message.set_download_mbps(report.download_mbps);
  message.mutable_round_trips_ms()->Assign(report.round_trips_ms.begin(), report.round_trips_ms.end());
  return message;
}

LinkReport from_message(const v1::LinkReport& message, const Limits&) {
  LinkReport report;
  report.round_trip_ms = checked_time("a round trip", message.round_trip_ms());
  report.upload_mbps = checked_time("a bandwidth", message.upload_mbps());
  report.download_mbps = checked_time("a bandwidth", message.download_mbps());
  for (const double sample : message.round_trips_ms())
    report.round_trips_ms.push_back(checked_time("a round trip", sample));
  return report;
}

v1::Digests to_message(const std::vector<std::string>& digests) {
  v1::Digests message;
  message.mutable_digests()->Assign(digests.begin(), digests.end());
  return message;
}

std::vector<std::string> from_message(const v1::Digests& message) {
  std::vector<std::string> digests;
  for (const std::string& digest : message.digests()) digests.push_back(checked_digest(digest));
  return digests;
}

std::span<const FieldLimit> part_offer_limits() {
  static const FieldLimit type[] = {{3, kRank}};
  static const FieldLimit fields[] = {{3, kEntries, type}, {4, kEntries, type}, {5, kEntries, type}};
  return fields;
}

std::span<const FieldLimit> measure_request_limits() {
  static const FieldLimit type[] = {{3, kRank}};
  static const FieldLimit fields[] = {{1, kEntries}, {6, 1, type}, {7, kEntries, type}, {8, kEntries}};
  return fields;
}

std::span<const FieldLimit> measure_reply_limits() {
  static const FieldLimit kernel[] = {{1, 1}};
  constexpr auto kRuns = static_cast<std::size_t>(kMostRuns);
  static const FieldLimit fields[] = {{1, kRuns}, {2, kEntries, kernel}, {6, kRuns}, {7, kRuns}};
  return fields;
}

std::span<const FieldLimit> digests_limits() {
  static const FieldLimit fields[] = {{1, kEntries}};
  return fields;
}

std::span<const FieldLimit> link_report_limits() {
  static const FieldLimit fields[] = {{4, kEntries}};
  return fields;
}

}  // namespace tandem::rpc
