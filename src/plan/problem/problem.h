// The question a planner answers: where should the blocks of a model run, how should what crosses a link be encoded,
// and at which exit may a request stop? Plain data that stands alone (docs/formats.md has its JSON form); made from
// measured costs by make_problem, or read by problem_json.h. check() holds it to its own rules.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace tandem::plan {

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);
inline constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// Layers that are kept together: [first, last) in the model's order.
struct Block {
  std::string name;
  std::size_t first = 0;
  std::size_t last = 0;
  double memory_bytes = 0;  // that it keeps resident where it runs
};

inline constexpr const char* kRaw = "raw";  // the encoding of a tensor that is sent as it is

// One way to send a tensor over a link.
struct Encoding {
  std::string codec = kRaw;
  double bytes = 0;
  double accuracy_loss = 0;       // percentage points, per crossing
  std::vector<double> encode_ms;  // by target; empty: none
  std::vector<double> decode_ms;
};

struct Tensor {
  std::string name;
  std::size_t producer = kNone;        // a block; kNone: the request brings it
  std::vector<std::size_t> consumers;  // blocks, ascending, all after the producer
  std::vector<Encoding> encodings;     // empty: it cannot be sent, so its consumers run where it was made
};

struct Target {
  std::string name;
  std::size_t tier = 0;
  double stage_overhead_ms = 0;
  double exit_ms = 0;  // to look at an exit that is not the policy's last one, and to go on: a part of the stage ends
  std::vector<double> block_ms;  // by block
  double load = 1;               // measured ÷ predicted of late: multiplies every time on this target
  double memory_limit_bytes = kUnlimited;
  double compute_watts = 0;  // while computing, sending, receiving; 0: not counted
  double send_watts = 0;
  double receive_watts = 0;
};

struct Link {
  std::size_t from = 0;  // targets; `to` is of a later tier
  std::size_t to = 0;
  double round_trip_ms = 0;
  double upload_mbps = 0;    // from → to
  double download_mbps = 0;  // to → from: the answer's way
};

// A block whose end is an answer.
struct Exit {
  std::string name;
  std::size_t block = 0;
  double temperature = 1;  // that tempers its answers before their confidence is taken: exits/statistics.h
};

// Which exits a request may stop at. Exits that a policy does not name are not computed.
struct ExitShare {
  std::size_t exit = 0;
  double share = 0;      // of the requests stop here, [0, 1]; the shares of a policy add up to 1
  double threshold = 0;  // of the confidence from which a request stops here; 0 at the last
};
struct Policy {
  std::string name;
  std::vector<ExitShare> exits;  // ascending; a request passes them in this order
  double accuracy = 100;         // percent right, of all requests
};

// Of a plan; Error is the percentage of wrong answers, the others are as in Plan.
enum class Metric { Latency, Period, Compute, Exchange, Upload, Energy, Memory, Error };
const char* name_of(Metric metric);

// What a plan costs. Latency: milliseconds (Problem::latency_quantile). Accuracy: percent of wrong answers. Throughput:
// the period, milliseconds between answers when requests overlap. Upload: bytes over `links` (empty: all). Energy:
// joules. Weighted: the weights times those.
enum class ObjectiveKind { Latency, Accuracy, Throughput, Upload, Energy, Weighted };
const char* name_of(ObjectiveKind kind);

struct Objective {
  ObjectiveKind kind = ObjectiveKind::Latency;
  std::vector<std::size_t> links;
  double latency_weight = 0;  // per ms
  double upload_weight = 0;   // per byte
  double energy_weight = 0;   // per joule
  double error_weight = 0;    // per percentage point of wrong answers
};

enum class ConstraintKind {
  RunsOn,    // each of `blocks` that runs, runs on one of `targets`
  KeepsOff,  // none of `blocks` runs on any of `targets`
  Uses,      // at least one of `targets` runs a block
  Avoids,    // none of `targets` has a part in it, not even as a relay (the first one still sends what requests bring)
  Private,   // the model's input, or all tensors before `blocks`, are only read on `targets`
  AtMost,    // metric ≤ limit (Error: percent of wrong answers)
};

struct Constraint {
  ConstraintKind kind = ConstraintKind::AtMost;
  std::string text;  // as the user put it, for messages
  std::vector<std::size_t> blocks;
  std::vector<std::size_t> targets;  // of Compute, Energy and Memory: those that count (together; Memory: each)
  std::vector<std::size_t> links;    // of Exchange and Upload: those that count (together)
  Metric metric = Metric::Latency;
  double limit = 0;
  bool is_share = false;  // of the latency, [0, 1]; Compute and Exchange only
};

struct Problem {
  std::vector<std::string> tiers;  // from where requests come from outwards
  std::vector<Block> blocks;       // in a topological order
  std::vector<Tensor> tensors;
  std::vector<Target> targets;  // requests start at the first, and answers return to it
  std::vector<Link> links;
  std::vector<Exit> exits;             // by block, ascending
  std::vector<Policy> policies;        // of the exits, one is chosen; empty: every block runs for every request
  std::string confidence = "softmax";  // that thresholds are compared with, by name: for whoever runs the plan
  double answer_bytes = 0;             // of any exit
  double header_bytes = 0;             // of a request beside its tensors; latencies count it, and nothing else does
  double exit_header_bytes = 0;        // the same, for every exit of its policy but the first
  bool allows_relays = true;           // a target between two stages may hand its input on and run nothing
  double latency_quantile = 0;         // of the exit mix: (0, 1]; 0: its mean
  Objective objective;
  std::vector<Constraint> constraints;
};

inline constexpr std::size_t kMostEncodings = 32;
inline constexpr std::size_t kMostTiers = 16;

}  // namespace tandem::plan
