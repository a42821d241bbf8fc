#include "plan/problem/problem_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/policies.h"

namespace tandem::plan {
namespace {

using base::Json;
using base::JsonView;

constexpr int kVersion = 1;
constexpr std::size_t kMostBlocks = 100'000;
constexpr std::size_t kMostTargets = 100'000;
constexpr std::size_t kMostExits = 64;
constexpr std::size_t kMostPolicies = 100'000;
constexpr std::size_t kMostThresholds = 1000;
constexpr std::size_t kMostConstraints = 256;
constexpr std::size_t kMostCodecTimes = 10'000'000;
constexpr std::size_t kMostNamesListed = 12;
constexpr std::size_t kLongestName = 4096;
constexpr double kMostMs = 1e18;
constexpr double kMostBytes = 1e18;
constexpr double kMostWatts = 1e9;
constexpr double kMostThreshold = 1e18;
constexpr double kLeastTemperature = 1e-6;
constexpr double kLeastMbps = 1e-9;
constexpr double kMostMbps = 1e18;
constexpr const char* kInput = "input";

double read_ms(const JsonView& view) {
  return view.number(0, kMostMs);
}

double read_bytes(const JsonView& view) {
  return view.number(0, kMostBytes);
}

double number_or(const JsonView& object, std::string_view key, double otherwise, double minimum, double maximum) {
  const auto view = object.find(key);
  return view ? view->number(minimum, maximum) : otherwise;
}

// A list of numbers without a view, and so a place in words, for each of what may be millions.
std::vector<double> read_numbers(const JsonView& view, double minimum, double maximum) {
  if (!view.json().is_array()) view.fail("a list");
  std::vector<double> numbers;
  numbers.reserve(view.json().size());
  for (const auto& json : view.json()) {
    const double number = json.is_number() ? json.get<double>() : std::nan("");
    if (!(number >= minimum && number <= maximum)) {
      (void)JsonView(json, fmt::format("{}[{}]", view.where(), numbers.size())).number(minimum, maximum);
    }
    numbers.push_back(number);
  }
  return numbers;
}

// The names of one kind of thing, each used once, and their indices.
class Names {
 public:
  explicit Names(const char* kind) : kind_(kind) {}

  std::string add(const JsonView& view) {
    const std::string name = view.string(kLongestName);
    if (name.empty()) view.fail("a name");
    add(name, view);
    return name;
  }

  void add(const std::string& name, const JsonView& view) {
    if (!indices_.emplace(name, indices_.size()).second) view.fail(fmt::format("a name that no other {} has", kind_));
    if (indices_.size() <= kMostNamesListed) listed_ += (listed_.empty() ? "" : ", ") + name;
  }

  bool contains(const std::string& name) const { return indices_.contains(name); }

  std::size_t index_of(const JsonView& view) const {
    const auto found = indices_.find(view.string(kLongestName));
    if (found != indices_.end()) return found->second;
    const bool is_short = indices_.size() <= kMostNamesListed && listed_.size() <= 200;
    view.fail(is_short ? fmt::format("the name of {} {} ({})", article(), kind_, listed_)
                       : fmt::format("the name of {} {}", article(), kind_));
  }

 private:
  const char* article() const {
    return std::string_view("aeiou").find(kind_[0]) == std::string_view::npos ? "a" : "an";
  }

  const char* kind_;
  std::string listed_;
  std::unordered_map<std::string, std::size_t> indices_;
};

class ProblemReader {
 public:
  explicit ProblemReader(const JsonView& root) : root_(root) {}

  Problem read() {
    root_.allow_only({"format", "version", "tiers", "blocks", "input_bytes", "tensors", "targets", "links", "exits",
                      "confidence", "policies", "exit_statistics", "answer_bytes", "header_bytes", "exit_header_bytes",
                      "relays", "latency_quantile", "objective", "constraints"});
    if (root_["format"].string() != "tandem.problem") root_["format"].fail("tandem.problem");
    root_["version"].integer(kVersion, kVersion);
    read_tiers();
    read_blocks();
    read_targets();
    read_links();
    read_all_tensors();
    read_exits();
    read_scalars();
    return std::move(problem_);
  }

  // These refer to what must have passed check().
  void read_policies(Problem& problem) const;
  void read_objective(Problem& problem) const;
  void read_constraints(Problem& problem) const;

 private:
  void read_tiers();
  void read_blocks();
  void read_targets();
  void read_links();
  void read_all_tensors();
  void read_exits();
  void read_scalars();

  Block read_block(const JsonView& view, std::size_t index, bool has_layers);
  Target read_target(const JsonView& view);
  void read_chain(const JsonView& input_bytes);
  Tensor read_tensor(const JsonView& view);
  void read_producer(const JsonView& view, Tensor& tensor);
  void read_consumers(const JsonView& view, Tensor& tensor);
  void read_encodings(const JsonView& view, Tensor& tensor);
  Encoding read_encoding(const JsonView& view);
  std::vector<double> read_codec_ms(const JsonView& object, std::string_view key);
  Policy read_policy(const JsonView& view) const;

  JsonView root_;
  Problem problem_;
  Names tiers_{"tier"};
  Names blocks_{"block"};
  Names targets_{"target"};
  Names exits_{"exit"};
  std::size_t codec_times_ = 0;  // how many have been allocated: few bytes of JSON may ask for many
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
  for (const auto& view : views) problem_.targets.push_back(read_target(view));
}

Target ProblemReader::read_target(const JsonView& view) {
  view.allow_only({"name", "tier", "block_ms", "stage_overhead_ms", "exit_ms", "load", "memory_limit_bytes",
                   "compute_watts", "send_watts", "receive_watts"});
  Target target;
  target.name = targets_.add(view["name"]);
  target.tier = tiers_.index_of(view["tier"]);
  target.block_ms = read_numbers(view["block_ms"], 0, kMostMs);
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
  return target;
}

void ProblemReader::read_links() {
  const auto links = root_.find("links");
  if (!links) return;
  for (const auto& view : links->items()) {
    view.allow_only({"from", "to", "round_trip_ms", "upload_mbps", "download_mbps"});
    Link link;
    link.from = targets_.index_of(view["from"]);
    link.to = targets_.index_of(view["to"]);
    link.round_trip_ms = read_ms(view["round_trip_ms"]);
    link.upload_mbps = view["upload_mbps"].number(kLeastMbps, kMostMbps);
    link.download_mbps = number_or(view, "download_mbps", link.upload_mbps, kLeastMbps, kMostMbps);
    problem_.links.push_back(link);
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
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: too many encodings for so many targets, "
                                                                 "expected at most {} times to encode and decode",
                                                                 view->where(), kMostCodecTimes));
  }
  std::vector<double> times(problem_.targets.size(), 0);
  for (const auto& [name, time] : members) {
    const Json target = name;
    times[targets_.index_of(JsonView(target, view->where()))] = read_ms(time);
  }
  return times;
}

void ProblemReader::read_exits() {
  const auto exits = root_.find("exits");
  if (!exits) return;
  for (const auto& view : exits->items(kMostExits)) {
    view.allow_only({"name", "block", "temperature"});
    problem_.exits.push_back({exits_.add(view["name"]), blocks_.index_of(view["block"]),
                              number_or(view, "temperature", 1, kLeastTemperature, kMostThreshold)});
  }
}

void ProblemReader::read_scalars() {
  if (const auto confidence = root_.find("confidence")) problem_.confidence = confidence->string(kLongestName);
  problem_.answer_bytes = number_or(root_, "answer_bytes", problem_.answer_bytes, 0, kMostBytes);
  problem_.header_bytes = number_or(root_, "header_bytes", 0, 0, kMostBytes);
  problem_.exit_header_bytes = number_or(root_, "exit_header_bytes", 0, 0, kMostBytes);
  if (const auto relays = root_.find("relays")) problem_.allows_relays = relays->boolean();
  problem_.latency_quantile = number_or(root_, "latency_quantile", 0, 0, 1);
}

// Calls `read`, which knows nothing of the file; its errors get the place.
template <class Read>
auto at(const JsonView& place, const Read& read) {
  try {
    return read();
  } catch (const base::Error& error) {
    throw error.at(place.where());
  }
}

std::vector<JsonView> exit_rows(const JsonView& view, std::size_t exit_count) {
  auto rows = view.items(kMostExits);
  if (rows.size() != exit_count) {
    view.fail(fmt::format("one list for each of {} exits", exit_count));
  }
  return rows;
}

// [exit][sample] twice: how sure, and whether it was right.
exits::Samples read_statistics(const JsonView& view, std::size_t exit_count) {
  view.allow_only({"confidence", "correct", "thresholds"});
  exits::Samples statistics;
  for (const auto& row : exit_rows(view["confidence"], exit_count)) {
    const auto numbers = read_numbers(row, 0, 1);
    statistics.confidence.emplace_back(numbers.begin(), numbers.end());
    if (numbers.empty() || numbers.size() != statistics.sample_count()) {
      row.fail(fmt::format("one number for each of {} samples", std::max<std::size_t>(1, statistics.sample_count())));
    }
  }
  for (const auto& row : exit_rows(view["correct"], exit_count)) {
    if (!row.json().is_array() || row.json().size() != statistics.sample_count()) {
      row.fail(fmt::format("a list of true or false for each of {} samples", statistics.sample_count()));
    }
    auto& is_right = statistics.is_right.emplace_back();
    for (const auto& json : row.json()) {
      is_right.push_back(json.is_boolean() ? json.get<bool>() : JsonView(json, row.where()).integer(0, 1) == 1);
    }
  }
  return statistics;
}

void ProblemReader::read_policies(Problem& problem) const {
  const auto policies = root_.find("policies");
  const auto statistics = root_.find("exit_statistics");
  if (policies && statistics) statistics->fail("either this or 'policies'");
  if (policies) {
    for (const auto& view : policies->items(kMostPolicies)) problem.policies.push_back(read_policy(view));
  }
  if (!statistics) return;
  if (problem.exits.empty()) statistics->fail("none: the problem has no 'exits'");
  const exits::Samples read = read_statistics(*statistics, problem.exits.size());
  const JsonView thresholds = (*statistics)["thresholds"];
  if (thresholds.json().size() > kMostThresholds) {
    thresholds.fail(fmt::format("at most {} thresholds", kMostThresholds));
  }
  const std::vector<double> candidates = read_numbers(thresholds, 0, 1);
  problem.policies = at(*statistics, [&] { return all_policies(problem, read, candidates, kMostPolicies); });
}

Policy ProblemReader::read_policy(const JsonView& view) const {
  view.allow_only({"name", "accuracy", "exits"});
  Policy policy;
  policy.name = view["name"].string(kLongestName);
  policy.accuracy = view["accuracy"].number(0, 100);
  for (const auto& exit : view["exits"].items(kMostExits)) {
    exit.allow_only({"exit", "share", "threshold"});
    policy.exits.push_back({exits_.index_of(exit["exit"]), exit["share"].number(0, 1),
                            number_or(exit, "threshold", 0, 0, kMostThreshold)});
  }
  return policy;
}

void ProblemReader::read_objective(Problem& problem) const {
  const auto view = root_.find("objective");
  if (!view) return;
  problem.objective = at(*view, [&] { return parse_objective(problem, view->string()); });
}

void ProblemReader::read_constraints(Problem& problem) const {
  const auto constraints = root_.find("constraints");
  if (!constraints) return;
  for (const auto& view : constraints->items(kMostConstraints)) {
    problem.constraints.push_back(at(view, [&] { return parse_constraint(problem, view.string()); }));
  }
}

}  // namespace

Problem problem_from_json(const nlohmann::ordered_json& json, const std::string& source) {
  ProblemReader reader(JsonView(json, source));
  Problem problem = reader.read();
  check(problem, source);  // what is read next relies on it
  reader.read_policies(problem);
  reader.read_objective(problem);
  reader.read_constraints(problem);
  check(problem, source);
  return problem;
}

}  // namespace tandem::plan
