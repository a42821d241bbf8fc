// The question to a planner: the target of each block of a model, the encoding of each tensor on a link, and the exits
// where a request may stop. Plain data that needs no model (docs/formats.md has its JSON form); made from measured
// costs by make_problem, or read by problem_json.h. problem_check.h checks its rules.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace tandem::plan {

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);
inline constexpr double kUnlimited = std::numeric_limits<double>::infinity();
inline constexpr double kCannotRun = kUnlimited;  // as a time: the target cannot run this block, or lacks this codec

// Layers that are kept together: [first, last) in the model's order.
struct Block {
  std::string name;
  std::size_t first = 0;
  std::size_t last = 0;
  double memory_bytes = 0;  // resident on its target
};

inline constexpr const char* kRaw = "raw";  // the codec of a tensor that is sent without encoding

// One way to send a tensor over a link.
struct Encoding {
  std::string codec = kRaw;
  double bytes = 0;
  double accuracy_loss = 0;       // percentage points, per crossing
  std::vector<double> encode_ms;  // by target, or kCannotRun; empty: 0
  std::vector<double> decode_ms;
};

struct Tensor {
  std::string name;
  std::size_t producer = kNone;        // a block; kNone: an input of the model
  std::vector<std::size_t> consumers;  // blocks, ascending, all after the producer
  std::vector<Encoding> encodings;     // empty: it cannot be sent; its consumers run where it was made
};

// The measured time of a stage that runs exactly the blocks [first, last), in place of its overhead and the sum of
// their times. It counts where one phase of the policy has all of these blocks. The load multiplies it.
struct Segment {
  std::size_t first = 0;
  std::size_t last = 0;
  double ms = 0;
  bool operator==(const Segment&) const = default;
};

struct Target {
  std::string name;
  std::size_t tier = 0;
  double stage_overhead_ms = 0;
  double exit_ms = 0;            // of a further part: a stage is cut behind each exit where requests may go on
  std::vector<double> block_ms;  // by block, or kCannotRun
  std::vector<Segment> segments;
  double load = 1;  // recent measured ÷ predicted time; multiplies every time on this target
  double memory_limit_bytes = kUnlimited;
  double compute_watts = 0;  // while computing, sending, receiving; 0: not counted
  double send_watts = 0;
  double receive_watts = 0;
  double price_per_hour = 0;  // of the time that it is busy: overhead, computing, encoding, decoding
  std::size_t replicas = 1;   // machines of this kind behind one name; requests take turns
  std::string kind;           // of the machine, as constraints may name it; empty: none
  bool operator==(const Target&) const = default;
};

// A transfer of more than `above_bytes` of tensors waits `ms` in all before it is through: TCP's rounds out of a small
// window (RFC 5681, section 4.1).
struct Wait {
  double above_bytes = 0;
  double ms = 0;
  bool operator==(const Wait&) const = default;
};

// Leads to a later tier, or to another target of the same tier. A route visits each target at most once; so links both
// ways between the targets of a tier leave their order to the planner.
struct Link {
  std::size_t from = 0;  // targets
  std::size_t to = 0;
  double round_trip_ms = 0;
  double upload_mbps = 0;          // from → to
  double download_mbps = 0;        // to → from, for answers
  double price_per_gb = 0;         // of tensors and answers, in either direction; 1 GB: 10^9 bytes
  std::vector<Wait> waits;         // of a hop or an offload over it; ascending in both numbers
  double least_bytes = 0;          // of tensors that a hop or an offload over it may send
  double most_bytes = kUnlimited;  // 0: none crosses it
  bool operator==(const Link&) const = default;
};

// What a hop or an offload over the link waits that sends this many bytes of tensors.
double wait_ms(const Link& link, double bytes);
// Whether it limits what a hop or an offload may send.
bool limits_size(const Link& link);

// A block that ends with an answer.
struct Exit {
  std::string name;
  std::size_t block = 0;
  double temperature = 1;  // applied to its answers before their confidence (exits/statistics.h)
};

// The exits where a request may stop. Other exits are not computed.
struct ExitShare {
  std::size_t exit = 0;
  double share = 0;      // of requests that stop here, [0, 1]; the shares of a policy add up to 1
  double threshold = 0;  // the least confidence at which a request stops here; 0 at the last exit
};
struct Policy {
  std::string name;
  std::vector<ExitShare> exits;  // ascending; a request passes them in this order
  double accuracy = 100;         // percent right, of all requests
};

// A quantity of a plan. Error: percent of wrong answers; the others are as in Plan.
enum class Metric { Latency, Period, Compute, Exchange, Upload, Energy, Money, Memory, Error };
const char* name_of(Metric metric);

// The cost of a plan. Latency: milliseconds (Problem::latency_quantile). Accuracy: percent of wrong answers.
// Throughput: the period, milliseconds between answers when requests overlap. Upload: bytes over `links` (empty: all).
// Energy: joules. Money: of a request, in the unit of the prices. Weighted: the sum of the weights times these.
enum class ObjectiveKind { Latency, Accuracy, Throughput, Upload, Energy, Money, Weighted };
const char* name_of(ObjectiveKind kind);

struct Objective {
  ObjectiveKind kind = ObjectiveKind::Latency;
  std::vector<std::size_t> links;
  double latency_weight = 0;  // per ms
  double upload_weight = 0;   // per byte
  double energy_weight = 0;   // per joule
  double error_weight = 0;    // per percentage point of wrong answers
  double money_weight = 0;    // per unit of the prices
};

enum class ConstraintKind {
  RunsOn,    // each of `blocks` that runs, runs on one of `targets`
  KeepsOff,  // none of `blocks` runs on any of `targets`
  Uses,      // at least one of `targets` runs a block
  UsesFew,   // at most `limit` of `targets` run a block
  Avoids,    // none of `targets` runs a block or relays (the first target still sends the input)
  Private,   // the model's input, or all tensors before `blocks`, are only read on `targets`
  Together,  // all of `blocks` that run, run on the same target
  AtMost,    // metric ≤ limit (Error: percent of wrong answers)
};

struct Constraint {
  ConstraintKind kind = ConstraintKind::AtMost;
  std::string text;  // as the user wrote it, for messages
  std::vector<std::size_t> blocks;
  std::vector<std::size_t> targets;  // counted by Compute, Energy and Money (together) and Memory (each)
  std::vector<std::size_t> links;    // counted by Exchange and Upload (together)
  Metric metric = Metric::Latency;
  double limit = 0;
  bool is_share = false;  // of the latency, [0, 1]; Compute and Exchange only
};

struct Problem {
  std::vector<std::string> tiers;  // from the origin of requests outwards
  std::vector<Block> blocks;       // in a topological order
  std::vector<Tensor> tensors;
  std::vector<Target> targets;  // requests start at the first, and answers return to it
  std::vector<Link> links;
  std::vector<Exit> exits;             // by block, ascending
  std::vector<Policy> policies;        // a plan follows one; empty: every request runs every block
  std::string confidence = "softmax";  // the measure that thresholds refer to, by name; for running the plan
  double answer_bytes = 0;             // of any exit
  double header_bytes = 0;             // of a request besides its tensors; counted in latencies only
  double exit_header_bytes = 0;        // more of them, for each exit of its policy after the first
  bool allows_relays = true;           // a target between two stages may run nothing and hand its input on
  bool allows_parallel = false;        // stages may work in steps, with offloads (plan.h); one exit at most
  bool allows_bypass = false;          // a tensor may go straight to a later target than the next of its route
  double latency_quantile = 0;         // over the exits of a policy, (0, 1]; 0: the mean
  Objective objective;
  std::vector<Constraint> constraints;
};

inline constexpr std::size_t kMostEncodings = 32;
inline constexpr std::size_t kMostTiers = 16;
inline constexpr std::size_t kMostWaits = 32;  // of a link
inline constexpr std::size_t kMostReplicas = 10'000;
inline constexpr std::size_t kMostUnordered = 64;  // targets of all tiers with links within them

// By tier: whether a link leads from one of its targets to another.
std::vector<char> unordered_tiers(const Problem& problem);

}  // namespace tandem::plan
