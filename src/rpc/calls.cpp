#include "rpc/session.h"

#include <map>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/support/byte_buffer.h>

#include "rpc/agent.pb.h"
#include "rpc/byte_buffer.h"
#include "rpc/convert.h"
#include "rpc/echo.h"
#include "rpc/frame.h"
#include "rpc/methods.h"
#include "rpc/pieces.h"
#include "rpc/protobuf_limits.h"
#include "rpc/weight_upload.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;
using grpc::ByteBuffer;

constexpr int kServing = 1;

// One request after the other. One that fails while pieces of it may still be under way ends the call: what came next
// could not be told from another request.
class RunSession : public Session {
 public:
  RunSession(Handler& handler, const Limits& limits) : handler_(handler), limits_(limits) {}

  std::optional<ByteBuffer> take(ByteBuffer message) override {
    return arrival_ ? take_piece(message) : take_request(std::move(message));
  }
  void finish() override {
    if (arrival_) throw Error(ErrorKind::InvalidInput, "the stream ended in the middle of a request");
  }

 private:
  std::optional<ByteBuffer> take_request(ByteBuffer message) {
    Segments frame = to_segments(message);
    const bool do_pieces_follow = announces_pieces(frame);
    base::Result<RunRequest> request = decode_request(frame, limits_);
    frame.clear();
    message.Clear();  // whatever the tensors still need, they hold themselves
    if (!request && do_pieces_follow) throw request.error();
    if (!request) return to_byte_buffer(encode(0, request.error()));
    id_ = request.value().id;
    try {
      arrival_.emplace(std::move(request.value()), handler_, limits_);
    } catch (...) {
      if (do_pieces_follow) throw;
      return to_byte_buffer(encode(id_, current_error()));
    }
    return run_if_complete();
  }

  std::optional<ByteBuffer> take_piece(const ByteBuffer& message) {
    const Segments segments = to_segments(message);
    arrival_->take(contiguous(segments, piece_));
    return run_if_complete();
  }

  std::optional<ByteBuffer> run_if_complete() {
    if (!arrival_->is_complete()) return std::nullopt;
    RunRequest request = arrival_->finish();
    arrival_.reset();
    piece_ = {};  // a stream that waits holds no memory
    try {
      return to_byte_buffer(encode_outcome(id_, handler_.run(std::move(request))));
    } catch (...) {
      return to_byte_buffer(encode(id_, current_error()));
    }
  }

  Segments encode_outcome(std::uint64_t id, const base::Result<RunReply>& reply) const {
    if (!reply) return encode(id, reply.error());
    Segments frame = encode(reply.value());
    const std::size_t size = size_of(frame);
    if (size <= limits_.frame_bytes) return frame;
    return encode(id, Error(ErrorKind::ResourceExhausted,
                            fmt::format("a reply of {} bytes, expected at most {}", size, limits_.frame_bytes)));
  }

  Handler& handler_;
  const Limits limits_;
  std::uint64_t id_ = 0;
  std::optional<Arrival> arrival_;  // of the request under way
  std::vector<std::byte> piece_;    // gathered, where it came in several slices
};

class EchoSession : public Session {
 public:
  explicit EchoSession(const Limits& limits) : limits_(limits) {}

  std::optional<ByteBuffer> take(ByteBuffer message) override {
    return to_byte_buffer(filler(decode_echo(to_segments(message), limits_).take()));
  }

 private:
  const Limits limits_;
};

class UploadSession : public Session {
 public:
  UploadSession(Handler& handler, const Limits& limits)
      : limits_(limits), receiver_(limits, [&handler](const std::string& digest, base::Tensor bytes) {
          return handler.store_weight(digest, std::move(bytes));
        }) {}

  std::optional<ByteBuffer> take(ByteBuffer message) override {
    constexpr std::size_t kChunkHeadBytes = 256;
    v1::WeightChunk chunk;
    parse(message, limits_.chunk_bytes + kChunkHeadBytes, {}, chunk).take();
    receiver_.take(chunk).take();
    return std::nullopt;
  }
  void finish() override {
    if (receiver_.is_between_weights()) return;
    throw Error(ErrorKind::InvalidInput, "upload: ended in the middle of a weight");
  }

 private:
  const Limits limits_;
  WeightReceiver receiver_;
};

// ---- ordinary methods

struct Context {
  Handler& handler;
  const Limits& limits;

  template <class Message>
  Message read(const ByteBuffer& request, std::span<const FieldLimit> field_limits) const {
    Message message;
    parse(request, limits.control_message_bytes, field_limits, message).take();
    return message;
  }
};

using Answer = ByteBuffer (*)(const Context& context, const ByteBuffer& request);

class AnswerSession : public Session {
 public:
  AnswerSession(Answer answer, Handler& handler, const Limits& limits)
      : answer_(answer), handler_(handler), limits_(limits) {}

  std::optional<ByteBuffer> take(ByteBuffer message) override { return answer_({handler_, limits_}, message); }
  bool ends_with_answer() const override { return true; }

 private:
  const Answer answer_;
  Handler& handler_;
  const Limits limits_;
};

ByteBuffer describe(const Context& context, const ByteBuffer&) {
  return to_byte_buffer(to_message(context.handler.describe()));
}

ByteBuffer missing(const Context& context, const ByteBuffer& request) {
  const auto digests = from_message(context.read<v1::Digests>(request, digests_limits()));
  return to_byte_buffer(to_message(context.handler.missing(digests)));
}

ByteBuffer load(const Context& context, const ByteBuffer& request) {
  const auto offer = context.read<v1::PartOffer>(request, part_offer_limits());
  context.handler.load(from_message(offer, context.limits)).take();
  return to_byte_buffer(v1::Empty());
}

ByteBuffer measure(const Context& context, const ByteBuffer& request) {
  const auto message = context.read<v1::MeasureRequest>(request, measure_request_limits());
  return to_byte_buffer(to_message(context.handler.measure(from_message(message, context.limits)).take()));
}

ByteBuffer probe(const Context& context, const ByteBuffer& request) {
  const auto message = context.read<v1::ProbeRequest>(request, {});
  if (message.peer().size() > context.limits.name_bytes) {
    throw Error(ErrorKind::InvalidInput, "probe: the peer's name is too long");
  }
  if (message.upload_bytes() < 0 || message.upload_bytes() > context.limits.probe_bytes) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("probe: {} bytes, expected [0, {}]", message.upload_bytes(), context.limits.probe_bytes));
  }
  return to_byte_buffer(to_message(context.handler.probe({message.peer(), message.upload_bytes()}).take()));
}

// One that can answer serves. Services are known by the name of the whole server ("") and of the one that it has.
ByteBuffer check_health(const Context& context, const ByteBuffer& request) {
  const auto message = context.read<v1::HealthRequest>(request, {});
  if (!message.service().empty() && message.service() != "tandem.v1.Agent") {
    throw Error(ErrorKind::NotFound, "health: no such service");
  }
  v1::HealthReply reply;
  reply.set_status(kServing);
  return to_byte_buffer(reply);
}

}  // namespace

std::unique_ptr<Session> open_session(const std::string& method, Handler& handler, const Limits& limits) {
  static const std::map<std::string, Answer> answers{{kDescribeMethod, describe}, {kMissingMethod, missing},
                                                     {kLoadMethod, load},         {kMeasureMethod, measure},
                                                     {kProbeMethod, probe},       {kHealthMethod, check_health}};
  if (method == kRunMethod) return std::make_unique<RunSession>(handler, limits);
  if (method == kEchoMethod) return std::make_unique<EchoSession>(limits);
  if (method == kUploadMethod) return std::make_unique<UploadSession>(handler, limits);
  const auto answer = answers.find(method);
  return answer == answers.end() ? nullptr : std::make_unique<AnswerSession>(answer->second, handler, limits);
}

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::ResourceExhausted, "out of memory");
  } catch (const std::exception& failure) {
    return Error(ErrorKind::Internal, failure.what());
  } catch (...) {
    return Error(ErrorKind::Internal, "unknown exception");
  }
}

}  // namespace tandem::rpc
