#include "rpc/calls.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "rpc/agent.pb.h"
#include "rpc/control_message.h"
#include "rpc/convert.h"
#include "rpc/echo.h"
#include "rpc/methods.h"
#include "rpc/pieces.h"
#include "rpc/protobuf_limits.h"
#include "rpc/rights.h"
#include "rpc/run_message.h"
#include "rpc/weight_upload.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;
using wire::Segments;

constexpr int kServing = 1;
// A protobuf message beside its bytes: gathered, and as objects.
constexpr std::size_t kCopies = 2;
constexpr std::size_t kChunkHeadBytes = 256;

// One request, or deposit, after the other. A request that fails while its pieces may still be under way ends the call:
// the next message could be one of them or another request.
class RunCall : public wire::CallHandler {
 public:
  using Action = base::Result<RunReply> (Handler::*)(RunRequest);

  RunCall(Action action, const CallTerms& terms, Handler& handler, const Limits& limits)
      : action_(action), terms_(terms), handler_(handler), limits_(limits) {}

  std::optional<Segments> take(Segments message) override {
    return arrival_ ? take_piece(message) : take_request(std::move(message));
  }
  void finish() override {
    if (arrival_) throw Error(ErrorKind::InvalidInput, "the stream ended in the middle of a request");
  }
  bool is_midway() const override { return arrival_.has_value(); }

 private:
  std::optional<Segments> take_request(Segments message) {
    const bool do_pieces_follow = announces_pieces(message);
    charge_ = {limits_.memory, kCopies * std::min(size_of(message), limits_.header_bytes), "a request's header"};
    base::Result<RunRequest> request = decode_request(message, limits_);
    message.clear();  // tensors hold the memory that they need
    if (!request && do_pieces_follow) throw request.error();
    if (!request) return encode(0, request.error());
    id_ = request.value().id;
    request.value().cancelled = terms_.cancelled;
    request.value().client = terms_.client;
    try {
      arrival_.emplace(std::move(request.value()), handler_, limits_);
    } catch (...) {
      if (do_pieces_follow) throw;
      return encode(id_, wire::current_error());
    }
    return run_if_complete();
  }

  std::optional<Segments> take_piece(const Segments& message) {
    if (const std::size_t size = size_of(message); message.size() > 1 && size > piece_charge_.bytes()) {
      piece_ = {};
      piece_charge_ = {limits_.memory, size, "a piece of a tensor"};
    }
    arrival_->take(contiguous(message, piece_));
    return run_if_complete();
  }

  std::optional<Segments> run_if_complete() {
    if (!arrival_->is_complete()) return std::nullopt;
    RunRequest request = arrival_->finish();
    arrival_.reset();
    piece_ = {};  // an idle stream holds no memory
    piece_charge_.reset();
    const base::MemoryCharge charge = std::move(charge_);
    try {
      return encode_outcome(id_, (handler_.*action_)(std::move(request)));
    } catch (...) {
      return encode(id_, wire::current_error());
    }
  }

  Segments encode_outcome(std::uint64_t id, const base::Result<RunReply>& reply) const {
    if (!reply) return encode(id, reply.error());
    Segments message = encode(reply.value());
    const std::size_t size = size_of(message);
    if (size <= limits_.message_bytes) return message;
    return encode(id, Error(ErrorKind::ResourceExhausted,
                            fmt::format("a reply of {} bytes, expected at most {}", size, limits_.message_bytes)));
  }

  const Action action_;
  const CallTerms terms_;
  Handler& handler_;
  const Limits limits_;
  std::uint64_t id_ = 0;
  std::optional<Arrival> arrival_;  // of the request under way
  base::MemoryCharge charge_;       // likewise
  std::vector<std::byte> piece_;    // gathered, where it came in several slices
  base::MemoryCharge piece_charge_;
};

class EchoCall : public wire::CallHandler {
 public:
  explicit EchoCall(const Limits& limits) : limits_(limits) {}

  std::optional<Segments> take(Segments message) override { return filler(decode_echo(message, limits_).take()); }

 private:
  const Limits limits_;
};

class UploadCall : public wire::CallHandler {
 public:
  UploadCall(Handler& handler, const Limits& limits)
      : limits_(limits), receiver_(limits, [&handler](const std::string& digest, base::Tensor bytes) {
          return handler.store_weight(digest, std::move(bytes));
        }) {}

  std::optional<Segments> take(Segments message) override {
    const base::MemoryCharge copies(limits_.memory, kCopies * size_of(message), "a piece of a weight");
    v1::WeightChunk chunk;
    parse(message, limits_.chunk_bytes + kChunkHeadBytes, {}, chunk).take();
    receiver_.take(chunk).take();
    return std::nullopt;
  }
  void finish() override {
    if (receiver_.is_between_weights()) return;
    throw Error(ErrorKind::InvalidInput, "upload: ended in the middle of a weight");
  }
  bool is_midway() const override { return !receiver_.is_between_weights(); }
  std::size_t most_message_bytes(std::size_t) const override { return limits_.chunk_bytes; }

 private:
  const Limits limits_;
  WeightReceiver receiver_;
};

// ---- unary methods

struct Context {
  const CallTerms& terms;
  Handler& handler;
  const Limits& limits;

  template <class Message>
  Message read(const Segments& request, std::span<const FieldLimit> field_limits) const {
    Message message;
    parse(request, limits.control_message_bytes, field_limits, message).take();
    return message;
  }
};

using Answer = Segments (*)(const Context& context, const Segments& request);

class UnaryCall : public wire::CallHandler {
 public:
  UnaryCall(Answer answer, const CallTerms& terms, bool is_vital, Handler& handler, const Limits& limits)
      : answer_(answer), terms_(terms), is_vital_(is_vital), handler_(handler), limits_(limits) {}

  std::optional<Segments> take(Segments message) override {
    const base::MemoryCharge copies(limits_.memory, kCopies * size_of(message), "a message");
    return answer_({terms_, handler_, limits_}, message);
  }
  std::size_t most_message_bytes(std::size_t) const override { return limits_.control_message_bytes; }
  bool is_unary() const override { return true; }
  bool is_vital() const override { return is_vital_; }

 private:
  const Answer answer_;
  const CallTerms terms_;
  const bool is_vital_;
  Handler& handler_;
  const Limits limits_;
};

Segments describe(const Context& context, const Segments&) {
  return to_segments(to_message(context.handler.describe()));
}

Segments missing(const Context& context, const Segments& request) {
  const auto digests = from_message(context.read<v1::Digests>(request, digests_limits()));
  return to_segments(to_message(context.handler.missing(digests)));
}

Segments load(const Context& context, const Segments& request) {
  const auto offer = context.read<v1::PartOffer>(request, part_offer_limits());
  context.handler.load(from_message(offer, context.limits), context.terms).take();
  return to_segments(v1::Empty());
}

Segments measure(const Context& context, const Segments& request) {
  const auto message = context.read<v1::MeasureRequest>(request, measure_request_limits());
  return to_segments(to_message(context.handler.measure(from_message(message, context.limits), context.terms).take()));
}

Segments probe(const Context& context, const Segments& request) {
  const auto message = context.read<v1::ProbeRequest>(request, {});
  if (message.peer().size() > context.limits.name_bytes) {
    throw Error(ErrorKind::InvalidInput, "probe: the peer's name is too long");
  }
  if (message.upload_bytes() < 0 || message.upload_bytes() > context.limits.probe_bytes) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("probe: {} bytes, expected [0, {}]", message.upload_bytes(), context.limits.probe_bytes));
  }
  return to_segments(to_message(context.handler.probe({message.peer(), message.upload_bytes()}).take()));
}

// A server that answers is serving. It knows two services: "" stands for the whole server, and its own one.
Segments check_health(const Context& context, const Segments& request) {
  const auto message = context.read<v1::HealthRequest>(request, {});
  if (!message.service().empty() && message.service() != "tandem.v1.Agent") {
    throw Error(ErrorKind::NotFound, "health: no such service");
  }
  v1::HealthReply reply;
  reply.set_status(kServing);
  return to_segments(reply);
}

}  // namespace

std::unique_ptr<wire::CallHandler> open_call(const std::string& method, const CallTerms& terms, Handler& handler,
                                             const Limits& limits) {
  static const std::map<std::string, Answer> answers{{kDescribeMethod, describe}, {kMissingMethod, missing},
                                                     {kLoadMethod, load},         {kMeasureMethod, measure},
                                                     {kProbeMethod, probe},       {kHealthMethod, check_health}};
  check_right(method, terms);
  if (method == kRunMethod) return std::make_unique<RunCall>(&Handler::run, terms, handler, limits);
  if (method == kDepositMethod) return std::make_unique<RunCall>(&Handler::deposit, terms, handler, limits);
  if (method == kEchoMethod) return std::make_unique<EchoCall>(limits);
  if (method == kUploadMethod) return std::make_unique<UploadCall>(handler, limits);
  const auto answer = answers.find(method);
  if (answer == answers.end()) return nullptr;
  return std::make_unique<UnaryCall>(answer->second, terms, method == kHealthMethod, handler, limits);
}

}  // namespace tandem::rpc
