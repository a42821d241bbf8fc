#include "plan/problem/problem_reader.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tandem::plan {
namespace {

using base::Json;
using base::JsonView;

constexpr int kVersion = 1;
constexpr std::size_t kMostBlocks = 100'000;
constexpr std::size_t kMostTargets = 100'000;
constexpr std::size_t kMostLinks = 1'000'000;
constexpr std::size_t kMostBlockTimes = 20'000'000;  // of all targets: one entry may stand for many
constexpr std::size_t kMostCodecTimes = 10'000'000;
constexpr double kMostMs = 1e18;
constexpr double kMostBytes = 1e18;
constexpr double kMostWatts = 1e9;
constexpr double kMostPrice = 1e12;
constexpr std::size_t kMostSegments = 1'000'000;  // of a target
constexpr double kLeastTemperature = 1e-6;
constexpr double kMostTemperature = 1e18;
constexpr double kLeastMbps = 1e-9;
constexpr double kMostMbps = 1e18;
constexpr const char* kInput = "input";

double read_ms(const JsonView& view) {
  return view.number(0, kMostMs);
}

double read_bytes(const JsonView& view) {
  return view.number(0, kMostBytes);
}

Wait read_wait(const JsonView& view) {
  view.allow_only({"above_bytes", "ms"});
  return {read_bytes(view["above_bytes"]), read_ms(view["ms"])};
}

class ProblemReader {
 public:
  explicit ProblemReader(const JsonView& root) : root_(root) {}

  ProblemParts read() {
    root_.allow_only({"format",           "version",      "tiers",
                      "blocks",           "input_bytes",  "tensors",
                      "targets",          "links",        "exits",
                      "confidence",       "policies",     "exit_statistics",
                      "answer_bytes",     "header_bytes", "exit_header_bytes",
                      "relays",           "parallel",     "bypass",
                      "latency_quantile", "objective",    "constraints"});
    if (root_["format"].string() != "tandem.problem") root_["format"].fail("tandem.problem");
    root_["version"].integer(kVersion, kVersion);
    read_tiers();
    read_blocks();
    read_targets();
    read_links();
    read_all_tensors();
    read_exits();
    read_scalars();
    return {std::move(problem_), std::move(exits_)};
  }

 private:
  void read_tiers();
  void read_blocks();
  void read_targets();
  void read_links();
  void read_all_tensors();
  void read_exits();
  void read_scalars();

  Block read_block(const JsonView& view, std::size_t index, bool has_layers);
  void read_target(const JsonView& view);
  void add_targets(const JsonView& view, Target target);
  void add_target(Target target, const std::string& name);
  std::vector<std::size_t> targets_called(const JsonView& view) const;
  void read_link(const JsonView& view);
  Segment read_segment(const JsonView& view);
  void read_chain(const JsonView& input_bytes);
  Tensor read_tensor(const JsonView& view);
  void read_producer(const JsonView& view, Tensor& tensor);
  void read_consumers(const JsonView& view, Tensor& tensor);
  void read_encodings(const JsonView& view, Tensor& tensor);
  Encoding read_encoding(const JsonView& view);
  std::vector<double> read_codec_ms(const JsonView& object, std::string_view key);

  JsonView root_;
  Problem problem_;
  Names tiers_{"tier"};
  Names blocks_{"block"};
  Names targets_{"target"};
  Names exits_{"exit"};
  std::unordered_map<std::string, std::vector<std::size_t>> kinds_, members_;  // targets by kind and by tier
  std::size_t segments_ = 0;     // of all targets: one entry may stand for many
  std::size_t codec_times_ = 0;  // allocated so far: a short file may ask for many
};

void ProblemReader::read_tiers() {
  if (const auto tiers = root_.find("tiers")) {
    for (const auto& view : tiers->items(kMostTiers)) problem_.tiers.push_back(tiers_.add(view));
    return;
  }
  problem_.tiers = {"device", "edge", "cloud"};
  for (const auto& tier : problem_.tiers) tiers_.add(tier, root_);
}

void ProblemReader::read_blocks() {
  const auto views = root_["blocks"].items(kMostBlocks);
  if (views.empty()) root_["blocks"].fail("at least one block");
  const bool has_layers = views[0].find("layers").has_value();
  for (const auto& view : views) problem_.blocks.push_back(read_block(view, problem_.blocks.size(), has_layers));
}

Block ProblemReader::read_block(const JsonView& view, std::size_t index, bool has_layers) {
  view.allow_only({"name", "layers", "memory_bytes", "output_bytes"});
  Block block{"", index, index + 1, number_or(view, "memory_bytes", 0, 0, kMostBytes)};
  if (const auto name = view.find("name")) {
    block.name = blocks_.add(*name);
  } else {
    blocks_.add(block.name = fmt::format("block{}", index), view);
  }
  if (!has_layers && !view.find("layers")) return block;
  if (!has_layers) view["layers"].fail("no layers, as at the first block");
  const auto layers = view["layers"].items(2);
  if (layers.size() != 2) view["layers"].fail("the first and the last layer, both included");
  constexpr std::int64_t kLastLayer = 1'000'000'000;
  const std::int64_t first = layers[0].integer(0, kLastLayer);
  block.first = static_cast<std::size_t>(first);
  block.last = static_cast<std::size_t>(layers[1].integer(first, kLastLayer)) + 1;
  return block;
}

void ProblemReader::read_targets() {
  const auto views = root_["targets"].items(kMostTargets);
  if (views.empty()) root_["targets"].fail("at least one target");
  for (const auto& view : views) read_target(view);
}

void ProblemReader::read_target(const JsonView& view) {
  view.allow_only({"name", "tier", "kind", "count", "block_ms", "stage_overhead_ms", "exit_ms", "load",
                   "memory_limit_bytes", "compute_watts", "send_watts", "receive_watts", "price_per_hour", "segments",
                   "replicas"});
  Target target;
  const auto kind = view.find("kind");
  if (kind) target.kind = kind->string(kLongestName);
  target.tier = tiers_.index_of(view["tier"]);
  target.block_ms = read_times(view["block_ms"], kMostMs);
  if (target.block_ms.size() != problem_.blocks.size()) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: block_ms: {} entries, expected {}: one for each block", view.where(),
                                  target.block_ms.size(), problem_.blocks.size()));
  }
  target.stage_overhead_ms = number_or(view, "stage_overhead_ms", 0, 0, kMostMs);
  target.exit_ms = number_or(view, "exit_ms", 0, 0, kMostMs);
  target.load = number_or(view, "load", 1, 1e-9, 1e9);
  target.memory_limit_bytes = number_or(view, "memory_limit_bytes", kUnlimited, 0, kMostBytes);
  target.compute_watts = number_or(view, "compute_watts", 0, 0, kMostWatts);
  target.send_watts = number_or(view, "send_watts", 0, 0, kMostWatts);
  target.receive_watts = number_or(view, "receive_watts", 0, 0, kMostWatts);
  target.price_per_hour = number_or(view, "price_per_hour", 0, 0, kMostPrice);
  if (const auto replicas = view.find("replicas"))
    target.replicas = static_cast<std::size_t>(replicas->integer(1, static_cast<std::int64_t>(kMostReplicas)));
  if (const auto segments = view.find("segments")) {
    for (const auto& segment : segments->items(kMostSegments)) target.segments.push_back(read_segment(segment));
  }
  add_targets(view, std::move(target));
}

// One target of this name, or `count` of them: name1, name2, … of the kind `name`.
void ProblemReader::add_targets(const JsonView& view, Target target) {
  const auto count = view.find("count");
  if (!count) return add_target(std::move(target), targets_.add(view["name"]));
  const std::string name = view["name"].string(kLongestName);
  const auto most = static_cast<std::int64_t>(kMostTargets - problem_.targets.size());
  const std::int64_t last = count->integer(1, std::max<std::int64_t>(1, most));
  const std::size_t all = problem_.targets.size() + static_cast<std::size_t>(last);
  if (all > kMostBlockTimes / problem_.blocks.size())
    count->fail(fmt::format("at most {} times of blocks in all, {} each", kMostBlockTimes, problem_.blocks.size()));
  if (target.kind.empty()) target.kind = name;
  for (std::int64_t i = 1; i <= last; ++i) {
    const std::string numbered = fmt::format("{}{}", name, i);
    targets_.add(numbered, view["name"]);
    add_target(target, numbered);
  }
}

void ProblemReader::add_target(Target target, const std::string& name) {
  const std::size_t index = problem_.targets.size();
  segments_ += target.segments.size();
  if (segments_ > kMostSegments) root_["targets"].fail(fmt::format("at most {} segments", kMostSegments));
  if (!target.kind.empty()) kinds_[target.kind].push_back(index);
  members_[problem_.tiers[target.tier]].push_back(index);
  target.name = name;
  problem_.targets.push_back(std::move(target));
}

// A target, else all targets of a kind or of a tier.
std::vector<std::size_t> ProblemReader::targets_called(const JsonView& view) const {
  const std::string name = view.string(kLongestName);
  if (!targets_.contains(name)) {
    for (const auto* groups : {&kinds_, &members_}) {
      if (const auto group = groups->find(name); group != groups->end()) return group->second;
    }
  }
  return {targets_.index_of(view)};
}

Segment ProblemReader::read_segment(const JsonView& view) {
  view.allow_only({"first", "last", "ms"});
  return {blocks_.index_of(view["first"]), blocks_.index_of(view["last"]) + 1, read_ms(view["ms"])};
}

void ProblemReader::read_links() {
  const auto links = root_.find("links");
  if (!links) return;
  for (const auto& view : links->items()) read_link(view);
}

// One link, or one for each pair where an end is a kind or a tier.
void ProblemReader::read_link(const JsonView& view) {
  view.allow_only({"between", "from", "to", "round_trip_ms", "upload_mbps", "download_mbps", "price_per_gb", "waits",
                   "least_bytes", "most_bytes"});
  const auto between = view.find("between");
  if (between && (view.find("from") || view.find("to"))) between->fail("either this or 'from' and 'to'");
  Link link;
  link.round_trip_ms = read_ms(view["round_trip_ms"]);
  link.upload_mbps = view["upload_mbps"].number(kLeastMbps, kMostMbps);
  link.download_mbps = number_or(view, "download_mbps", link.upload_mbps, kLeastMbps, kMostMbps);
  link.price_per_gb = number_or(view, "price_per_gb", 0, 0, kMostPrice);
  link.least_bytes = number_or(view, "least_bytes", 0, 0, kMostBytes);
  link.most_bytes = number_or(view, "most_bytes", kUnlimited, 0, kMostBytes);
  if (const auto waits = view.find("waits")) {
    for (const auto& wait : waits->items(kMostWaits)) link.waits.push_back(read_wait(wait));
  }
  const auto sources = targets_called(between ? *between : view["from"]);
  const auto ends = targets_called(between ? *between : view["to"]);
  if (between && ends.size() < 2) between->fail("a kind or a tier of several targets");
  if (sources.size() > (kMostLinks - problem_.links.size()) / ends.size())
    view.fail(fmt::format("at most {} links", kMostLinks));
  for (const std::size_t from : sources) {
    for (const std::size_t to : ends) {
      link.from = from;
      link.to = to;
      if (from != to || sources.size() + ends.size() == 2) problem_.links.push_back(link);
    }
  }
}

void ProblemReader::read_all_tensors() {
  const auto input_bytes = root_.find("input_bytes");
  const auto tensors = root_.find("tensors");
  if (input_bytes && tensors) input_bytes->fail("either this, for a chain, or 'tensors'");
  if (input_bytes) return read_chain(*input_bytes);
  if (!tensors) {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: 'tensors' is missing, or, for a chain, 'input_bytes' and each block's "
                                  "'output_bytes'",
                                  root_.where()));
  }
  for (const auto& view : root_["blocks"].items(kMostBlocks)) {
    if (const auto bytes = view.find("output_bytes")) bytes->fail("none: 'tensors' say it");
  }
  for (const auto& view : tensors->items()) problem_.tensors.push_back(read_tensor(view));
}

void ProblemReader::read_chain(const JsonView& input_bytes) {
  problem_.tensors.push_back({kInput, kNone, {0}, {{"raw", read_bytes(input_bytes)}}});
  const auto views = root_["blocks"].items(kMostBlocks);
  for (std::size_t i = 0; i + 1 < views.size(); ++i) {
    problem_.tensors.push_back({problem_.blocks[i].name, i, {i + 1}, {{"raw", read_bytes(views[i]["output_bytes"])}}});
  }
  problem_.answer_bytes = number_or(views.back(), "output_bytes", 0, 0, kMostBytes);
}

Tensor ProblemReader::read_tensor(const JsonView& view) {
  view.allow_only({"name", "from", "to", "bytes", "encodings"});
  Tensor tensor;
  read_producer(view, tensor);
  tensor.name = tensor.producer == kNone ? kInput : problem_.blocks[tensor.producer].name;
  if (const auto name = view.find("name")) tensor.name = name->string(kLongestName);
  read_consumers(view["to"], tensor);
  read_encodings(view, tensor);
  return tensor;
}

void ProblemReader::read_producer(const JsonView& view, Tensor& tensor) {
  const auto from = view.find("from");
  if (!from) return;
  const bool is_input = from->string(kLongestName) == kInput && !blocks_.contains(kInput);
  if (!is_input) tensor.producer = blocks_.index_of(*from);
}

void ProblemReader::read_consumers(const JsonView& view, Tensor& tensor) {
  for (const auto& block : view.items(kMostBlocks)) tensor.consumers.push_back(blocks_.index_of(block));
  std::ranges::sort(tensor.consumers);
  if (std::ranges::adjacent_find(tensor.consumers) != tensor.consumers.end()) view.fail("each block once");
}

void ProblemReader::read_encodings(const JsonView& view, Tensor& tensor) {
  const auto bytes = view.find("bytes");
  const auto encodings = view.find("encodings");
  if (bytes && encodings) bytes->fail("either this or 'encodings'");
  if (bytes) tensor.encodings.push_back({"raw", read_bytes(*bytes)});
  if (!encodings) return;
  for (const auto& encoding : encodings->items(kMostEncodings)) tensor.encodings.push_back(read_encoding(encoding));
}

Encoding ProblemReader::read_encoding(const JsonView& view) {
  view.allow_only({"codec", "bytes", "accuracy_loss", "encode_ms", "decode_ms"});
  Encoding encoding;
  if (const auto codec = view.find("codec")) encoding.codec = codec->string(kLongestName);
  encoding.bytes = read_bytes(view["bytes"]);
  encoding.accuracy_loss = number_or(view, "accuracy_loss", 0, 0, 100);
  encoding.encode_ms = read_codec_ms(view, "encode_ms");
  encoding.decode_ms = read_codec_ms(view, "decode_ms");
  return encoding;
}

std::vector<double> ProblemReader::read_codec_ms(const JsonView& object, std::string_view key) {
  const auto view = object.find(key);
  if (!view) return {};
  const auto members = view->members();
  if (members.empty()) return {};
  codec_times_ += problem_.targets.size();
  if (codec_times_ > kMostCodecTimes) {
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: too many encodings for this number of targets, "
                                                                 "expected at most {} times to encode and decode",
                                                                 view->where(), kMostCodecTimes));
  }
  std::vector<double> times(problem_.targets.size(), 0);
  for (const auto& [name, time] : members) {
    const Json target = name;
    for (const std::size_t index : targets_called(JsonView(target, view->where())))
      times[index] = read_time(time, kMostMs);
  }
  return times;
}

void ProblemReader::read_exits() {
  const auto exits = root_.find("exits");
  if (!exits) return;
  for (const auto& view : exits->items(kMostExits)) {
    view.allow_only({"name", "block", "temperature"});
    problem_.exits.push_back({exits_.add(view["name"]), blocks_.index_of(view["block"]),
                              number_or(view, "temperature", 1, kLeastTemperature, kMostTemperature)});
  }
}

void ProblemReader::read_scalars() {
  if (const auto confidence = root_.find("confidence")) problem_.confidence = confidence->string(kLongestName);
  problem_.answer_bytes = number_or(root_, "answer_bytes", problem_.answer_bytes, 0, kMostBytes);
  problem_.header_bytes = number_or(root_, "header_bytes", 0, 0, kMostBytes);
  problem_.exit_header_bytes = number_or(root_, "exit_header_bytes", 0, 0, kMostBytes);
  if (const auto relays = root_.find("relays")) problem_.allows_relays = relays->boolean();
  if (const auto bypass = root_.find("bypass")) problem_.allows_bypass = bypass->boolean();
  if (const auto parallel = root_.find("parallel")) problem_.allows_parallel = parallel->boolean();
  problem_.latency_quantile = number_or(root_, "latency_quantile", 0, 0, 1);
}

}  // namespace

ProblemParts read_parts(const JsonView& root) {
  return ProblemReader(root).read();
}

}  // namespace tandem::plan
