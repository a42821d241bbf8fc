#include "plan/problem/problem_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/json.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/objective_text.h"
#include "plan/problem/policies_json.h"
#include "plan/problem/problem_check.h"
#include "plan/problem/problem_reader.h"

namespace tandem::plan {
namespace {

using base::Json;
using base::JsonView;

constexpr int kVersion = 1;
constexpr std::size_t kMostConstraints = 256;
constexpr const char* kInput = "input";

// Whole numbers without a decimal point, as people write them.
Json json_of(double number) {
  constexpr double kLargestExact = 9007199254740992;
  if (std::abs(number) < kLargestExact && number == std::trunc(number)) return static_cast<std::int64_t>(number);
  return number;
}

// A time; null: kCannotRun.
Json time_json(double ms) {
  return ms == kCannotRun ? Json() : json_of(ms);
}

Json times_json(const std::vector<double>& times) {
  Json json = Json::array();
  for (const double ms : times) json.push_back(time_json(ms));
  return json;
}

void put_unless(Json& json, const char* key, double number, double usual) {
  if (number != usual) json[key] = json_of(number);
}

template <class Items, class Write>
Json list_of(const Items& items, const Write& write) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(write(item));
  return json;
}

Json json_of(const Block& block) {
  Json json = {{"name", block.name}, {"layers", {block.first, block.last - 1}}};
  put_unless(json, "memory_bytes", block.memory_bytes, 0);
  return json;
}

Json codec_ms_json(const Problem& problem, const std::vector<double>& times) {
  Json json = Json::object();
  for (std::size_t target = 0; target < times.size(); ++target)
    json[problem.targets[target].name] = time_json(times[target]);
  return json;
}

Json json_of(const Problem& problem, const Encoding& encoding) {
  Json json = {{"codec", encoding.codec}, {"bytes", json_of(encoding.bytes)}};
  put_unless(json, "accuracy_loss", encoding.accuracy_loss, 0);
  if (!encoding.encode_ms.empty()) json["encode_ms"] = codec_ms_json(problem, encoding.encode_ms);
  if (!encoding.decode_ms.empty()) json["decode_ms"] = codec_ms_json(problem, encoding.decode_ms);
  return json;
}

bool is_plain(const std::vector<Encoding>& encodings) {
  return encodings.size() == 1 && encodings[0].codec == "raw" && encodings[0].accuracy_loss == 0 &&
         encodings[0].encode_ms.empty() && encodings[0].decode_ms.empty();
}

Json json_of(const Problem& problem, const Tensor& tensor) {
  Json json = {{"name", tensor.name}};
  const bool has_input_block = std::ranges::find(problem.blocks, kInput, &Block::name) != problem.blocks.end();
  if (tensor.producer != kNone) {
    json["from"] = problem.blocks[tensor.producer].name;
  } else if (!has_input_block) {
    json["from"] = kInput;
  }
  json["to"] = list_of(tensor.consumers, [&](std::size_t block) { return problem.blocks[block].name; });
  if (is_plain(tensor.encodings)) {
    json["bytes"] = json_of(tensor.encodings[0].bytes);
  } else if (!tensor.encodings.empty()) {
    json["encodings"] = list_of(tensor.encodings, [&](const Encoding& each) { return json_of(problem, each); });
  }
  return json;
}

Json json_of(const Problem& problem, const Target& target) {
  Json json = {{"name", target.name}, {"tier", problem.tiers[target.tier]}, {"block_ms", times_json(target.block_ms)}};
  if (!target.kind.empty()) json["kind"] = target.kind;
  put_unless(json, "stage_overhead_ms", target.stage_overhead_ms, 0);
  put_unless(json, "exit_ms", target.exit_ms, 0);
  put_unless(json, "load", target.load, 1);
  put_unless(json, "memory_limit_bytes", target.memory_limit_bytes, kUnlimited);
  put_unless(json, "compute_watts", target.compute_watts, 0);
  put_unless(json, "send_watts", target.send_watts, 0);
  put_unless(json, "receive_watts", target.receive_watts, 0);
  put_unless(json, "price_per_hour", target.price_per_hour, 0);
  if (target.replicas > 1) json["replicas"] = target.replicas;
  if (target.segments.empty()) return json;
  json["segments"] = list_of(target.segments, [&](const Segment& segment) {
    return Json{{"first", problem.blocks[segment.first].name},
                {"last", problem.blocks[segment.last - 1].name},
                {"ms", json_of(segment.ms)}};
  });
  return json;
}

Json json_of(const Problem& problem, const Link& link) {
  Json json = {{"from", problem.targets[link.from].name},
               {"to", problem.targets[link.to].name},
               {"round_trip_ms", json_of(link.round_trip_ms)},
               {"upload_mbps", json_of(link.upload_mbps)},
               {"download_mbps", json_of(link.download_mbps)}};
  put_unless(json, "price_per_gb", link.price_per_gb, 0);
  put_unless(json, "least_bytes", link.least_bytes, 0);
  put_unless(json, "most_bytes", link.most_bytes, kUnlimited);
  if (link.waits.empty()) return json;
  json["waits"] = list_of(link.waits, [](const Wait& wait) {
    return Json{{"above_bytes", json_of(wait.above_bytes)}, {"ms", json_of(wait.ms)}};
  });
  return json;
}

Json json_of(const Problem& problem, const Policy& policy) {
  const auto exit_json = [&](const ExitShare& exit) {
    Json json = {{"exit", problem.exits[exit.exit].name}, {"share", json_of(exit.share)}};
    put_unless(json, "threshold", exit.threshold, 0);
    return json;
  };
  return {{"name", policy.name}, {"accuracy", json_of(policy.accuracy)}, {"exits", list_of(policy.exits, exit_json)}};
}

void put_exits(const Problem& problem, Json& json) {
  if (!problem.exits.empty()) {
    json["exits"] = list_of(problem.exits, [&](const Exit& exit) {
      Json entry = {{"name", exit.name}, {"block", problem.blocks[exit.block].name}};
      put_unless(entry, "temperature", exit.temperature, 1);
      return entry;
    });
    if (problem.confidence != Problem{}.confidence) json["confidence"] = problem.confidence;
  }
  if (!problem.policies.empty()) {
    json["policies"] = list_of(problem.policies, [&](const Policy& policy) { return json_of(problem, policy); });
  }
  put_unless(json, "latency_quantile", problem.latency_quantile, 0);
}

void read_objective(const JsonView& root, Problem& problem) {
  const auto view = root.find("objective");
  if (!view) return;
  problem.objective = at(*view, [&] { return parse_objective(problem, view->string()); });
}

void read_constraints(const JsonView& root, Problem& problem) {
  const auto constraints = root.find("constraints");
  if (!constraints) return;
  for (const auto& view : constraints->items(kMostConstraints)) {
    problem.constraints.push_back(at(view, [&] { return parse_constraint(problem, view.string()); }));
  }
}

}  // namespace

nlohmann::ordered_json to_json(const Problem& problem) {
  const auto with_names = [&](const auto& each) { return json_of(problem, each); };
  Json json = {{"format", "tandem.problem"}, {"version", kVersion}, {"tiers", problem.tiers}};
  json["blocks"] = list_of(problem.blocks, [](const Block& block) { return json_of(block); });
  json["tensors"] = list_of(problem.tensors, with_names);
  json["targets"] = list_of(problem.targets, with_names);
  json["links"] = list_of(problem.links, with_names);
  put_exits(problem, json);
  json["answer_bytes"] = json_of(problem.answer_bytes);
  json["header_bytes"] = json_of(problem.header_bytes);
  json["exit_header_bytes"] = json_of(problem.exit_header_bytes);
  json["relays"] = problem.allows_relays;
  if (problem.allows_parallel) json["parallel"] = true;
  if (problem.allows_bypass) json["bypass"] = true;
  json["objective"] = text_of(problem, problem.objective);
  json["constraints"] = list_of(problem.constraints, [&](const Constraint& each) { return text_of(problem, each); });
  return json;
}

Problem problem_from_json(const nlohmann::ordered_json& json, const std::string& source) {
  const JsonView root(json, source);
  auto [problem, exits] = read_parts(root);
  check(problem, source);  // the parts below refer to it
  read_policies(root, exits, problem);
  read_objective(root, problem);
  read_constraints(root, problem);
  check(problem, source);
  return std::move(problem);
}

}  // namespace tandem::plan
