#include "rpc/peer.h"

#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/support/byte_buffer.h>

#include "rpc/agent.pb.h"
#include "rpc/byte_buffer.h"
#include "rpc/channel.h"
#include "rpc/convert.h"
#include "rpc/echo.h"
#include "rpc/frame.h"
#include "rpc/library.h"
#include "rpc/methods.h"
#include "rpc/protobuf_limits.h"
#include "rpc/stream.h"
#include "rpc/weight_upload.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kIdleStreams = 16;  // of each method
// TCP on a link that was out tries again ever more rarely; after this many deadlines in a row, a new connection is
// faster.
constexpr int kMissesBeforeReconnect = 2;
constexpr int kServing = 1;

Error prefixed(const std::string& name, const Error& error) {
  return Error(error.kind(), fmt::format("{}: {}", name, error.message()));
}

// Runs what may throw on values that the peer sent.
template <class Function>
auto checked(const std::string& name, Function function) -> base::Result<decltype(function())> {
  try {
    return function();
  } catch (const Error& error) {
    return prefixed(name, error);
  }
}

}  // namespace

struct Peer::Implementation {
  std::string name;
  std::string address;
  std::string where;  // opens the messages of our errors
  Credentials credentials;
  Limits limits;

  std::mutex mutex;
  std::shared_ptr<grpc::Channel> channel;
  std::map<std::string, std::vector<std::unique_ptr<Stream>>> idle_streams;
  int missed_deadlines = 0;

  // The connection, or a new one where the last could not be made: each call deserves an attempt of its own, and a
  // peer that is back must not have to wait for the end of a backoff.
  std::shared_ptr<grpc::Channel> usable_channel() {
    const std::lock_guard lock(mutex);
    if (channel == nullptr || missed_deadlines >= kMissesBeforeReconnect ||
        channel->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
      channel = open_channel(name, address, credentials, limits);
      idle_streams.clear();
      missed_deadlines = 0;
    }
    return channel;
  }

  std::unique_ptr<Stream> take_idle(const std::string& method) {
    const std::lock_guard lock(mutex);
    auto& idle = idle_streams[method];
    if (idle.empty() || missed_deadlines >= kMissesBeforeReconnect) return nullptr;
    std::unique_ptr<Stream> stream = std::move(idle.back());
    idle.pop_back();
    return stream;
  }

  std::unique_ptr<Stream> take_stream(const std::string& method) {
    while (std::unique_ptr<Stream> stream = take_idle(method)) {
      if (stream->is_alive()) return stream;
    }
    return std::make_unique<Stream>(usable_channel(), method, where);
  }

  void give_back(const std::string& method, std::unique_ptr<Stream> stream) {
    const std::lock_guard lock(mutex);
    missed_deadlines = 0;
    auto& idle = idle_streams[method];
    if (idle.size() < kIdleStreams) idle.push_back(std::move(stream));
  }

  void note(const Error& error) {
    if (error.kind() != ErrorKind::DeadlineExceeded) return;
    const std::lock_guard lock(mutex);
    ++missed_deadlines;
  }

  base::Result<grpc::ByteBuffer> exchange(const std::string& method, const grpc::ByteBuffer& request,
                                          base::Deadline deadline) {
    if (deadline.has_passed())
      return Error(ErrorKind::DeadlineExceeded, where + ": the deadline had passed before sending");
    std::unique_ptr<Stream> stream = take_stream(method);
    base::Result<grpc::ByteBuffer> reply = stream->exchange(request, deadline);
    if (reply) {
      give_back(method, std::move(stream));
    } else {
      note(reply.error());
    }
    return reply;
  }

  // An ordinary call, from message to message.
  template <class Reply, class Request>
  base::Result<Reply> call(const char* method, const Request& request, const std::vector<FieldLimit>& reply_limits,
                           base::Deadline deadline) {
    const auto answer = rpc::call(usable_channel(), method, to_byte_buffer(request), deadline, where);
    if (!answer) return answer.error();
    Reply message;
    if (const base::Status parsed = parse(answer.value(), limits.control_message_bytes, reply_limits, message);
        !parsed) {
      return prefixed(where, parsed.error());
    }
    return message;
  }
};

Peer::Peer(std::string name, const std::string& address, const Credentials& credentials, const Limits& limits)
    : implementation_(std::make_unique<Implementation>()) {
  prepare_library();
  implementation_->where = fmt::format("{} ({})", name, address);
  implementation_->name = std::move(name);
  implementation_->address = address;
  implementation_->credentials = credentials;
  implementation_->limits = limits;
}

Peer::~Peer() = default;

const std::string& Peer::name() const {
  return implementation_->name;
}

base::Status Peer::check_health(base::Deadline deadline) {
  const auto reply = implementation_->call<v1::HealthReply>(kHealthMethod, v1::Empty(), {}, deadline);
  if (!reply) return reply.error();
  if (reply.value().status() != kServing) {
    return Error(ErrorKind::Unavailable, implementation_->where + ": is up, but not serving");
  }
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
  std::vector<std::string> digests;
  for (const auto& [digest, tensor] : by_digest) digests.push_back(digest);
  const auto reply = self.call<v1::Digests>(kMissingMethod, to_message(digests), digests_limits(), deadline);
  if (!reply) return reply.error();
  std::vector<DigestedWeight> missing;
  for (const std::string& digest : reply.value().digests()) {
    if (const auto found = by_digest.find(digest); found != by_digest.end()) missing.push_back({digest, found->second});
  }
  if (!missing.empty()) {
    const base::Status sent =
        send_weights(self.usable_channel(), missing, self.limits.chunk_bytes, deadline, self.where, progress);
    if (!sent) return sent;
  }
  const auto loaded = self.call<v1::Empty>(kLoadMethod, to_message(part), {}, deadline);
  if (!loaded) return loaded.error();
  return base::Nothing{};
}

base::Result<RunReply> Peer::run(const RunRequest& request) {
  Implementation& self = *implementation_;
  const Segments frame = encode(request);
  if (const std::size_t size = size_of(frame); size > self.limits.frame_bytes) {
    return Error(ErrorKind::ResourceExhausted, fmt::format("{}: a request of {} bytes, expected at most {}", self.where,
                                                           size, self.limits.frame_bytes));
  }
  const auto answer = self.exchange(kRunMethod, to_byte_buffer(frame), request.deadline);
  if (!answer) return answer.error();
  base::Result<RunReply> reply = decode_reply(to_segments(answer.value()), self.limits);
  if (!reply) return prefixed(self.name, reply.error());
  if (reply.value().id != request.id) {
    return Error(ErrorKind::Internal,
                 fmt::format("{}: answered request {}, expected {}", self.where, reply.value().id, request.id));
  }
  return reply;
}

base::Result<MeasureReply> Peer::measure(const MeasureRequest& request, base::Deadline deadline) {
  const auto reply =
      implementation_->call<v1::MeasureReply>(kMeasureMethod, to_message(request), measure_reply_limits(), deadline);
  if (!reply) return reply.error();
  return checked(implementation_->where, [&] { return from_message(reply.value(), implementation_->limits); });
}

base::Result<LinkReport> Peer::probe(const std::string& peer, base::Deadline deadline) {
  v1::ProbeRequest request;
  request.set_peer(peer);
  const auto reply = implementation_->call<v1::LinkReport>(kProbeMethod, request, link_report_limits(), deadline);
  if (!reply) return reply.error();
  return checked(implementation_->where, [&] { return from_message(reply.value(), implementation_->limits); });
}

base::Result<base::Milliseconds> Peer::echo(std::size_t payload_bytes, std::size_t reply_bytes,
                                            base::Deadline deadline) {
  const grpc::ByteBuffer message = to_byte_buffer(encode_echo(payload_bytes, reply_bytes));
  const base::Instant start = base::steady_clock().now();
  const auto reply = implementation_->exchange(kEchoMethod, message, deadline);
  if (!reply) return reply.error();
  const base::Milliseconds taken = base::steady_clock().now() - start;
  if (const std::size_t size = reply.value().Length(); size != reply_bytes) {
    return Error(ErrorKind::Internal,
                 fmt::format("{}: echoed {} bytes, expected {}", implementation_->where, size, reply_bytes));
  }
  return taken;
}

}  // namespace tandem::rpc
