// The messages between machines, as plain structs. rpc encodes and decodes them; everything above rpc sees only these.
// Values that arrive from a peer have passed the limits of rpc/limits.h. A target's times are those of the machine that
// it emulates, where it emulates a slower one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/tensor.h"

namespace tandem::rpc {

// An agent's description of itself and its machine.
struct TargetDescription {
  std::string name;
  std::string architecture;  // "x86_64", "aarch64"
  std::string cpu;           // as /proc/cpuinfo names it
  int cores = 0;
  std::int64_t memory_bytes = 0;
  std::string governor;  // of the CPU's frequency, as Linux names it: "performance", "powersave"; "none"
  std::string engine;    // "onnxruntime 1.30.0"
  int threads = 0;       // of one run of a stage
  double slowdown = 1;   // emulated: the factor by which work is stretched
  std::string version;   // of Tandem
};

struct WeightOffer {
  std::string name;  // of the initializer
  base::TensorType type;
  std::string digest;  // SHA-256 of the bytes
};

// A part without the bytes of its weights, offered to an agent.
struct PartOffer {
  std::string digest;  // of the whole part, by which routes name it
  std::string graph;   // see model::Part
  std::vector<WeightOffer> weights;
  std::vector<base::NamedType> inputs;
  std::vector<base::NamedType> outputs;
};

// A place where a request may end: an answer that is sure enough goes back, and the rest is neither run nor sent.
struct ExitCheck {
  std::uint32_t after_parts = 0;  // how many of the hop's parts run before it
  std::string tensor;             // the answer of the exit
  double threshold = 0;           // that its confidence must reach; 0: the request always ends here
  std::string confidence;         // the measure of confidence, as exits/statistics.h names it
  double temperature = 1;         // likewise
};

// Parts that another target runs for a hop while the hop goes on with its own: it is sent tensors, and sends others
// back.
struct Offload {
  std::uint32_t after_parts = 0;  // how many of the hop's parts run before it
  std::uint32_t until_parts = 0;  // how many have run once its results are needed; more than after_parts
  std::string target;
  std::vector<std::string> parts;     // digests
  std::vector<std::string> forwards;  // names of the tensors that it is sent
  std::vector<std::string> codecs;    // as in Hop
  std::vector<std::string> answers;   // names of the tensors that it sends back
};

// Names a deposit: as many random bytes, so that nobody guesses one.
inline constexpr std::size_t kDepositKeyBytes = 16;

// Tensors that a hop sends straight to a later one than the next, at its end.
struct Deposit {
  std::string target;
  std::string key;                    // that the later hop awaits; of one request, and of one pair of hops
  std::vector<std::string> forwards;  // as in Hop
  std::vector<std::string> codecs;    // likewise
};

// One target's share of a request: the parts that it runs, in order, and the tensors that it hands on.
struct Hop {
  std::string target;
  std::vector<std::string> parts;     // digests; none: the target is a relay
  std::vector<std::string> forwards;  // names of the tensors for the next hop
  std::vector<std::string> answers;   // names of the tensors that this hop answers with
  std::vector<ExitCheck> exits;       // by after_parts, ascending
  std::vector<std::string> codecs;    // empty, or one for each of `forwards`: the digest of its description; "": raw
  std::vector<Offload> offloads;
  std::vector<Deposit> deposits;
  std::vector<std::string> awaits;  // keys of the deposits that it waits for before it runs anything
};

// A tensor that travels encoded, as bytes in pieces. Only users of rpc know its codec.
struct EncodedTensor {
  std::string name;
  base::TensorType type;     // decoded
  std::string codec;         // digest of its description
  std::uint32_t pieces = 1;  // at least one; several follow the request, each as a message of its own
  base::Tensor content;      // the only piece, as uint8; empty where there are several
};

// Makes the pieces that follow a request. Used by one thread at a time.
class PieceSource {
 public:
  virtual ~PieceSource() = default;
  // Appends the next piece: first all of the first tensor that has several, then those of the second. An Error that it
  // throws ends the request.
  virtual void next(std::vector<std::byte>& piece) = 0;
};

struct RunRequest {
  std::uint64_t id = 0;
  base::Deadline deadline = base::Deadline::never();  // travels as the time that remains
  std::vector<Hop> route;                             // the receiver is route[0]
  std::vector<base::NamedTensor> tensors;
  std::vector<EncodedTensor> encoded;   // none once a Handler runs it: decoded, they are among `tensors`
  std::shared_ptr<PieceSource> pieces;  // of the tensors that have several
  base::Milliseconds decoding{0};       // the receiver's time for it; does not travel
  std::stop_token cancelled;            // stops once the caller no longer waits; travels as the end of the call
  std::string client;                   // who asks, as the receiver knows it; does not travel
};

struct HopReport {
  std::string target;
  double compute_ms = 0;            // in the engine
  double exchange_ms = 0;           // from the start of encoding until the next hop's reply; 0 at the last hop
  std::int64_t sent_bytes = 0;      // of tensors to the next hop, encoded
  double encode_ms = 0;             // of tensors that it sent; partly while sending
  double decode_ms = 0;             // of tensors that it received, deposits among them
  std::vector<HopReport> offloads;  // as of hops; exchange, bytes and encoding are those of this hop for them
  std::vector<HopReport> deposits;  // likewise; compute is 0, and exchange ends once the later target holds them
  double waited_ms = 0;             // for deposits; of a deposit: until its request came for it
};

struct RunReply {
  std::uint64_t id = 0;
  std::vector<base::NamedTensor> tensors;  // answers of the hops, in route order
  std::vector<HopReport> hops;             // in route order
};

// Asks an agent to time parts that it holds, one after the other on made-up or given input; or a codec on a tensor,
// both of which have been stored as weights are.
struct MeasureRequest {
  std::vector<std::string> parts;
  int warmup_runs = 2;
  int runs = 10;
  bool examine = false;  // also load the parts afresh, and run them with the engine's own profiler

  // Instead of parts:
  std::string codec;             // digest of its description; empty: parts are timed
  std::string sample;            // digest of the tensor's bytes
  base::TensorType sample_type;  // of it

  // With parts, instead of made-up values:
  std::vector<WeightOffer> inputs;       // of the model; stored as weights are
  std::vector<std::string> preparation;  // parts that make other tensors of these once, untimed
};

struct KernelTime {
  std::string name;  // as the engine names it
  std::string op_type;
  double median_ms = 0;
  std::vector<std::string> inputs;  // the tensors that it reads and makes; both empty: unknown
  std::vector<std::string> outputs;
};

struct MeasureReply {
  std::vector<double> samples_ms;  // one per run, all parts together

  // When examined:
  std::vector<KernelTime> kernels;
  double load_ms = 0;               // of loading, and of one run
  std::int64_t resident_bytes = 0;  // memory that the sessions added to the agent's process
  std::int64_t peak_bytes = 0;      // the most that loading and running them added

  // Of a codec, one per run:
  std::vector<double> encode_samples_ms;
  std::vector<double> decode_samples_ms;
  std::int64_t encoded_bytes = 0;
};

// Asks a target to measure its link to a peer.
struct ProbeRequest {
  std::string peer;               // a target of its fleet
  std::int64_t upload_bytes = 0;  // of a quick look: a few round trips, one upload of this size; 0: a full probe
};

// The link to a peer, as a target measured it.
struct LinkReport {
  double round_trip_ms = 0;  // median of small messages
  double upload_mbps = 0;    // from the prober to the peer, by large messages
  double download_mbps = 0;  // back; 0 after a quick look
  std::vector<double> round_trips_ms;
};

}  // namespace tandem::rpc
