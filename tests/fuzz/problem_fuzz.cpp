// Reads spoilt problems; what was valid is written and read again.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "base/error.h"
#include "base/json.h"
#include "fuzz/fuzz.h"
#include "plan/problem/problem_json.h"

namespace {

tandem::plan::Problem parse(const std::string& text) {
  return tandem::plan::problem_from_json(tandem::base::parse_json(text, "problem.json"), "problem.json");
}

std::string text_of(const tandem::plan::Problem& problem) {
  return to_json(problem).dump(-1, ' ', false, tandem::base::Json::error_handler_t::replace);
}

// Its own errors are bugs: what was read can be written and read.
void read_again(const tandem::plan::Problem& problem) {
  try {
    const std::string text = text_of(problem);
    if (text_of(parse(text)) != text) std::abort();
  } catch (const tandem::base::Error&) {
    std::abort();
  }
}

const char* const kChain = R"({"format": "tandem.problem", "version": 1, "input_bytes": 150000,
  "blocks": [{"name": "stem", "output_bytes": 40000}, {"output_bytes": 9000}, {"name": "head", "output_bytes": 400}],
  "targets": [{"name": "phone", "tier": "device", "block_ms": [10, 40, 20]},
              {"name": "edge-1", "tier": "edge", "block_ms": [2, 8, 4], "load": 1.5},
              {"name": "server", "tier": "cloud", "block_ms": [1, 4, 2.5], "stage_overhead_ms": 0.5}],
  "links": [{"from": "phone", "to": "server", "round_trip_ms": 30, "upload_mbps": 8},
            {"from": "phone", "to": "edge-1", "round_trip_ms": 5, "upload_mbps": 50, "download_mbps": 90}],
  "objective": "throughput",
  "constraints": ["latency <= 0.5s", "on 0-1 phone,edge", "memory(phone) <= 64MB", "compute(edge) <= 30%"]})";

const char* const kGraph = R"json({"format": "tandem.problem", "version": 1, "tiers": ["near", "far"],
  "blocks": [{"name": "a", "layers": [0, 3], "memory_bytes": 1e6}, {"name": "b", "layers": [4, 4]},
             {"name": "c", "layers": [5, 9]}],
  "tensors": [{"from": "input", "to": ["a"], "bytes": 3000},
    {"name": "shared", "from": "a", "to": ["c", "b"], "encodings": [{"bytes": 800},
      {"codec": "int8", "bytes": 200, "accuracy_loss": 0.25, "encode_ms": {"camera": 1.5}, "decode_ms": {"rack": 0.1}}]},
    {"from": "b", "to": ["c"]}],
  "targets": [{"name": "camera", "tier": "near", "block_ms": [5, 6, 7], "memory_limit_bytes": 2e6, "send_watts": 1.5},
              {"name": "rack", "tier": "far", "block_ms": [0.5, 0.6, 0.7]}],
  "links": [{"from": "camera", "to": "rack", "round_trip_ms": 4, "upload_mbps": 10}],
  "exits": [{"name": "early", "block": "b"}, {"name": "last", "block": "c"}],
  "policies": [{"name": "early at 0.8", "accuracy": 91.5,
                "exits": [{"exit": "early", "share": 0.6, "threshold": 0.8}, {"exit": "last", "share": 0.4}]}],
  "answer_bytes": 40, "relays": false, "latency_quantile": 0.95,
  "objective": "latency + 0.001*upload(camera->rack) + 20*error",
  "constraints": ["private b on camera", "accuracy >= 90%", "exchange(near->far) <= 20%", "avoid 'rack'"]})json";

const char* const kStatistics = R"({"format": "tandem.problem", "version": 1, "input_bytes": 100,
  "blocks": [{"name": "a", "output_bytes": 10}, {"name": "b"}],
  "targets": [{"name": "d", "tier": "device", "block_ms": [1, 2]}],
  "exits": [{"name": "x", "block": "a"}, {"name": "y", "block": "b"}],
  "exit_statistics": {"confidence": [[0.5, 0.9, 0.7], [1, 0.8, 0.95]], "correct": [[true, false, 1], [1, 1, 0]],
                      "thresholds": [0.6, 0.8]}})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    read_again(parse(std::string(reinterpret_cast<const char*>(data), size)));
  } catch (const tandem::base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  return {kChain, kGraph, kStatistics};
}
