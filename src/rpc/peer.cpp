#include "rpc/peer.h"

#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "rpc/agent.pb.h"
#include "rpc/control_message.h"
#include "rpc/convert.h"
#include "rpc/echo.h"
#include "rpc/methods.h"
#include "rpc/offer.h"
#include "rpc/pieces.h"
#include "rpc/protobuf_limits.h"
#include "rpc/run_message.h"
#include "rpc/weight_upload.h"
#include "wire/connection.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kServing = 1;
constexpr std::string_view kServicePath = "/tandem.v1.Agent/";

// Calls a function that may throw on values from the peer; its errors become values.
template <class Function>
auto checked(const std::string& name, Function function) -> base::Result<decltype(function())> {
  try {
    return function();
  } catch (const Error& error) {
    return error.at(name);
  }
}

}  // namespace

struct Peer::Implementation {
  const std::string name;
  const std::string where;  // opens the messages of our errors
  const Limits limits;
  wire::Connection connection;
  wire::Connection life_line;  // of its own: the bytes of an upload do not hold up a sign of life
  MessageBuffers buffers;

  Implementation(const std::string& its_name, const std::string& address, const Credentials& credentials,
                 const Limits& its_limits)
      : name(its_name),
        where(fmt::format("{} ({})", name, address)),
        limits(its_limits),
        connection(name, address, credentials, limits, where),
        life_line(name, address, credentials, limits, where) {}

  // For a call that may rightly take long: after half of the silence that is allowed it asks for the peer's health.
  wire::Stream::LifeLine life_line_of(const char* method, base::Deadline deadline) {
    const base::Milliseconds patience = limits.silence / 2;
    const auto ask = [this, method, deadline, patience]() -> base::Status {
      const auto until = earlier(deadline, base::Deadline::after(patience));
      const auto health = life_line.call(kHealthMethod, to_segments(v1::Empty()), until);
      if (health || !is_loss(health.error().kind())) return base::Nothing{};
      const std::string step = fmt::format("{}: {}", where, std::string_view(method).substr(kServicePath.size()));
      if (deadline.has_passed()) return Error(ErrorKind::DeadlineExceeded, step + ": no answer by the deadline");
      return Error(ErrorKind::Unavailable,
                   fmt::format("{}: no answer, and no sign of life for {:.3g} s", step, limits.silence.count() / 1e3));
    };
    return {patience, ask};
  }

  // A unary call, from message to message.
  template <class Reply, class Request>
  base::Result<Reply> call(const char* method, const Request& request, std::span<const FieldLimit> reply_limits,
                           base::Deadline deadline) {
    const auto answer = connection.call(method, to_segments(request), deadline, life_line_of(method, deadline));
    if (!answer) return answer.error();
    Reply message;
    const base::Status parsed = parse(answer.value(), limits.control_message_bytes, reply_limits, message);
    if (!parsed) return parsed.error().at(where);
    return message;
  }

  // Bytes by their digest: those of them that the agent lacks.
  base::Status send_missing(const std::map<std::string, base::Tensor>& by_digest, base::Deadline deadline,
                            const std::function<void(std::size_t)>& progress) {
    std::vector<std::string> digests;
    for (const auto& [digest, tensor] : by_digest) digests.push_back(digest);
    const auto reply = call<v1::Digests>(kMissingMethod, to_message(digests), digests_limits(), deadline);
    if (!reply) return reply.error();
    std::vector<DigestedWeight> missing;
    for (const std::string& digest : reply.value().digests()) {
      if (const auto found = by_digest.find(digest); found != by_digest.end())
        missing.push_back({digest, found->second});
    }
    if (missing.empty()) return base::Nothing{};
    return connection.with_stream(kUploadMethod, [&](wire::Stream& stream) {
      stream.watch(life_line_of(kUploadMethod, deadline));
      return send_weights(stream, missing, limits.chunk_bytes, deadline, progress);
    });
  }

  base::Result<wire::Segments> exchange(const char* method, const RunRequest& request, const wire::Segments& first) {
    if (!announces_pieces(first)) return connection.exchange(method, first, request.deadline, {}, request.cancelled);
    PieceSender pieces(request, buffers);
    const auto next = [&]() -> std::optional<wire::Segments> {
      const auto bytes = pieces.next();
      if (bytes == nullptr) return std::nullopt;
      return wire::Segments{{bytes, *bytes}};
    };
    try {
      return connection.exchange(method, first, request.deadline, next, request.cancelled);
    } catch (const Error& error) {
      return error;  // a piece could not be made
    }
  }

  base::Result<RunReply> send(const char* method, const RunRequest& request) {
    const wire::Segments message = encode(request);
    if (const std::size_t size = size_of(message); size > limits.message_bytes) {
      return Error(ErrorKind::ResourceExhausted,
                   fmt::format("{}: a request of {} bytes, expected at most {}", where, size, limits.message_bytes));
    }
    const auto answer = exchange(method, request, message);
    if (!answer) return answer.error();
    base::Result<RunReply> reply = decode_reply(answer.value(), limits);
    if (!reply) return reply.error().at(name);
    if (reply.value().id != request.id) {
      return Error(ErrorKind::Internal,
                   fmt::format("{}: answered request {}, expected {}", where, reply.value().id, request.id));
    }
    return reply;
  }
};

Peer::Peer(const std::string& name, const std::string& address, const Credentials& credentials, const Limits& limits)
    : implementation_(std::make_unique<Implementation>(name, address, credentials, limits)) {}

Peer::~Peer() = default;

const std::string& Peer::name() const {
  return implementation_->name;
}

base::Status Peer::check_health(base::Deadline deadline) {
  Implementation& self = *implementation_;
  const auto answer = self.life_line.call(kHealthMethod, to_segments(v1::Empty()), deadline);
  if (!answer) return answer.error();
  v1::HealthReply reply;
  const base::Status parsed = parse(answer.value(), self.limits.control_message_bytes, {}, reply);
  if (!parsed) return parsed.error().at(self.where);
  if (reply.status() != kServing) return Error(ErrorKind::Unavailable, self.where + ": is up, but not serving");
  return base::Nothing{};
}

base::Result<TargetDescription> Peer::describe(base::Deadline deadline) {
  const auto reply = implementation_->call<v1::TargetDescription>(kDescribeMethod, v1::Empty(), {}, deadline);
  if (!reply) return reply.error();
  return checked(implementation_->where, [&] { return from_message(reply.value(), implementation_->limits); });
}

base::Status Peer::upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline deadline,
                          const std::function<void(std::size_t)>& progress) {
  assert(weights.size() == part.weights.size());
  Implementation& self = *implementation_;
  std::map<std::string, base::Tensor> by_digest;
  for (std::size_t i = 0; i < weights.size(); ++i) by_digest.emplace(part.weights[i].digest, weights[i]);
  if (const base::Status sent = self.send_missing(by_digest, deadline, progress); !sent) return sent;
  const auto loaded = self.call<v1::Empty>(kLoadMethod, to_message(part), {}, deadline);
  if (!loaded) return loaded.error();
  return base::Nothing{};
}

base::Result<std::vector<std::string>> Peer::upload_blobs(const std::vector<base::Tensor>& blobs,
                                                          base::Deadline deadline) {
  std::vector<std::string> digests = digests_of(blobs);
  std::map<std::string, base::Tensor> by_digest;
  for (std::size_t i = 0; i < blobs.size(); ++i) by_digest.emplace(digests[i], blobs[i]);
  if (const base::Status sent = implementation_->send_missing(by_digest, deadline, {}); !sent) return sent.error();
  return digests;
}

base::Result<RunReply> Peer::run(const RunRequest& request) {
  return implementation_->send(kRunMethod, request);
}

base::Result<RunReply> Peer::deposit(const RunRequest& request) {
  return implementation_->send(kDepositMethod, request);
}

base::Result<MeasureReply> Peer::measure(const MeasureRequest& request, base::Deadline deadline) {
  const auto reply =
      implementation_->call<v1::MeasureReply>(kMeasureMethod, to_message(request), measure_reply_limits(), deadline);
  if (!reply) return reply.error();
  return checked(implementation_->where, [&] { return from_message(reply.value(), implementation_->limits); });
}

base::Result<LinkReport> Peer::probe(const ProbeRequest& probe, base::Deadline deadline) {
  v1::ProbeRequest request;
  request.set_peer(probe.peer);
  request.set_upload_bytes(probe.upload_bytes);
  const auto reply = implementation_->call<v1::LinkReport>(kProbeMethod, request, link_report_limits(), deadline);
  if (!reply) return reply.error();
  return checked(implementation_->where, [&] { return from_message(reply.value(), implementation_->limits); });
}

base::Result<base::Milliseconds> Peer::echo(std::size_t payload_bytes, std::size_t reply_bytes,
                                            base::Deadline deadline) {
  const wire::Segments message = encode_echo(payload_bytes, reply_bytes);
  const base::Instant start = base::steady_clock().now();
  const auto reply = implementation_->connection.exchange(kEchoMethod, message, deadline, {}, {},
                                                          implementation_->life_line_of(kEchoMethod, deadline));
  if (!reply) return reply.error();
  const base::Milliseconds taken = base::steady_clock().now() - start;
  if (const std::size_t size = size_of(reply.value()); size != reply_bytes) {
    return Error(ErrorKind::Internal,
                 fmt::format("{}: echoed {} bytes, expected {}", implementation_->where, size, reply_bytes));
  }
  return taken;
}

}  // namespace tandem::rpc
