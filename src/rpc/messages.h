// What machines say to each other, as plain structs: rpc turns them into frames and protobuf messages and back, and
// everything above rpc sees only these. Values that arrive from a peer have passed the limits of rpc/limits.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/tensor.h"

namespace tandem::rpc {

// What an agent says it is.
struct TargetDescription {
  std::string name;
  std::string architecture;  // "x86_64", "aarch64"
  std::string cpu;           // as /proc/cpuinfo names it
  int cores = 0;
  std::int64_t memory_bytes = 0;
  std::string governor;  // of the CPU's frequency, as Linux names it: "performance", "powersave"; "none"
  std::string engine;    // "onnxruntime 1.30.0"
  int threads = 0;       // that a stage runs on
  double slowdown = 1;   // emulated: every stage is stretched by this factor
  std::string version;   // of Tandem
};

struct WeightOffer {
  std::string name;  // of the initializer
  base::TensorType type;
  std::string digest;  // SHA-256 of the bytes
};

// A part as it is offered to an agent: all but the bytes of its weights.
struct PartOffer {
  std::string digest;  // of the whole part, by which routes name it
  std::string graph;   // see model::Part
  std::vector<WeightOffer> weights;
  std::vector<base::NamedType> inputs;
  std::vector<base::NamedType> outputs;
};

// Where a request may end: when an answer is sure enough, it goes back, and nothing that follows is run or sent.
struct ExitCheck {
  std::uint32_t after_parts = 0;  // how many of the hop's parts run before it
  std::string tensor;             // the answer of the exit
  double threshold = 0;           // that its confidence has to reach; 0: it always ends here
  std::string confidence;         // what is taken for confidence, as cost/exit_statistics.h names it
  double temperature = 1;         // likewise
};

// One target's share of a request: the parts that it runs, in order, and what it hands on.
struct Hop {
  std::string target;
  std::vector<std::string> parts;     // digests; none: the target only passes tensors on
  std::vector<std::string> forwards;  // names of the tensors that the next hop is sent
  std::vector<std::string> answers;   // names of the tensors that go back to the requester from here
  std::vector<ExitCheck> exits;       // by after_parts, ascending
  std::vector<std::string> codecs;    // empty, or one for each of `forwards`: the digest of its description; "": raw
};

// A tensor that travels encoded. What its codec is, only those above rpc know: here it is bytes, in pieces.
struct EncodedTensor {
  std::string name;
  base::TensorType type;     // decoded
  std::string codec;         // digest of its description
  std::uint32_t pieces = 1;  // at least one; where there are several, a message of its own for each follows
  base::Tensor content;      // the only piece, as uint8; empty where there are several
};

// Gives the pieces that do not travel in the request's own message. Used by one thread at a time.
class PieceSource {
 public:
  virtual ~PieceSource() = default;
  // Appends the next piece: all of the first tensor that has several, then those of the second. Throws Error, and the
  // request ends with it.
  virtual void next(std::vector<std::byte>& piece) = 0;
};

struct RunRequest {
  std::uint64_t id = 0;
  base::Deadline deadline = base::Deadline::never();  // travels as the time that remains
  std::vector<Hop> route;                             // the receiver is route[0]
  std::vector<base::NamedTensor> tensors;
  std::vector<EncodedTensor> encoded;   // none when it is run: what came so is among `tensors` then
  std::shared_ptr<PieceSource> pieces;  // of those that have several
  base::Milliseconds decoding{0};       // that they took the receiver, emulated slowdown included; does not travel
};

struct HopReport {
  std::string target;
  double compute_ms = 0;   // in the engine, emulated slowdown included
  double exchange_ms = 0;  // from the first tensor's encoding until the next hop's reply was here; 0 at the last hop
  std::int64_t sent_bytes = 0;  // of tensors to the next hop, encoded
  double encode_ms = 0;         // of what it sent, emulated slowdown included; in part while sending
  double decode_ms = 0;         // of what it was sent, likewise
};

struct RunReply {
  std::uint64_t id = 0;
  std::vector<base::NamedTensor> tensors;  // what the hops answered, in route order
  std::vector<HopReport> hops;             // in route order
};

// Ask an agent to time parts that it holds, run one after the other on made-up input; or a codec on a tensor, both of
// which it holds as it does weights.
struct MeasureRequest {
  std::vector<std::string> parts;
  int warmup_runs = 2;
  int runs = 10;
  bool examine = false;  // also load them afresh, and run them with the engine's own profiler

  // Instead of parts:
  std::string codec;             // digest of its description; empty: parts are timed
  std::string sample;            // digest of the tensor's bytes
  base::TensorType sample_type;  // of it
};

struct KernelTime {
  std::string name;  // as the engine names it
  std::string op_type;
  double median_ms = 0;
};

struct MeasureReply {
  std::vector<double> samples_ms;  // one per run, all parts together, emulated slowdown included

  // When examined:
  std::vector<KernelTime> kernels;
  double load_ms = 0;               // to sessions that have run once
  std::int64_t resident_bytes = 0;  // what they added to the agent's process
  std::int64_t peak_bytes = 0;      // the most that loading and running them added

  // Of a codec, one per run, emulated slowdown included:
  std::vector<double> encode_samples_ms;
  std::vector<double> decode_samples_ms;
  std::int64_t encoded_bytes = 0;
};

// Ask a target what the link from it to a peer does.
struct ProbeRequest {
  std::string peer;               // a target of its fleet
  std::int64_t upload_bytes = 0;  // 0: thoroughly; else a quick look: a few round trips, one upload of so many bytes
};

// What a target found when it probed the link to a peer.
struct LinkReport {
  double round_trip_ms = 0;  // median of small frames
  double upload_mbps = 0;    // from the prober to the peer, from large frames
  double download_mbps = 0;  // back; a quick look does not tell: 0
  std::vector<double> round_trips_ms;
};

}  // namespace tandem::rpc
