#include "rpc/server.h"

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/method_handler.h>
#include <grpcpp/support/sync_stream.h>

#include "base/log.h"
#include "rpc/agent.pb.h"
#include "rpc/byte_buffer.h"
#include "rpc/channel.h"
#include "rpc/convert.h"
#include "rpc/echo.h"
#include "rpc/frame.h"
#include "rpc/library.h"
#include "rpc/methods.h"
#include "rpc/protobuf_limits.h"
#include "rpc/weight_upload.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;
using grpc::ByteBuffer;
using grpc::internal::RpcMethod;
using ByteStream = grpc::ServerReaderWriter<ByteBuffer, ByteBuffer>;

constexpr int kControlThreads = 16;  // beside those of the streams

// The error that stands for an exception which a handler let out.
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

// The streams that are open now: bounded, and known, so that stopping need not wait for idle ones.
class OpenStreams {
 public:
  explicit OpenStreams(int limit) : limit_(static_cast<std::size_t>(limit)) {}

  bool add(grpc::ServerContext* context) {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || is_busy_.size() >= limit_) return false;
    is_busy_[context] = false;
    return true;
  }
  void remove(grpc::ServerContext* context) {
    const std::lock_guard lock(mutex_);
    is_busy_.erase(context);
  }
  // False when the stream is to end instead.
  bool mark(grpc::ServerContext* context, bool is_busy) {
    const std::lock_guard lock(mutex_);
    is_busy_[context] = is_busy;
    return !is_stopping_;
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const auto& [context, is_busy] : is_busy_) {
      if (!is_busy) context->TryCancel();
    }
  }

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::map<grpc::ServerContext*, bool> is_busy_;
  bool is_stopping_ = false;
};

class AgentService final : public grpc::Service {
 public:
  AgentService(Handler& handler, const Limits& limits) : handler_(handler), limits_(limits), streams_(limits.streams) {
    add_stream(kRunMethod, &AgentService::serve_run);
    add_stream(kEchoMethod, &AgentService::serve_echo);
    add_stream(kUploadMethod, &AgentService::serve_upload);
    add_unary(kDescribeMethod, &AgentService::describe);
    add_unary(kMissingMethod, &AgentService::missing);
    add_unary(kLoadMethod, &AgentService::load);
    add_unary(kMeasureMethod, &AgentService::measure);
    add_unary(kProbeMethod, &AgentService::probe);
  }

  void stop() { streams_.stop(); }

 private:
  using Unary = ByteBuffer (AgentService::*)(const ByteBuffer& request);
  using Serve = grpc::Status (AgentService::*)(grpc::ServerContext& context, ByteStream& stream);

  void add_unary(const char* method, Unary answer) {
    AddMethod(new grpc::internal::RpcServiceMethod(
        method, RpcMethod::NORMAL_RPC,
        new grpc::internal::RpcMethodHandler<AgentService, ByteBuffer, ByteBuffer>(
            [answer](AgentService* self, grpc::ServerContext*, const ByteBuffer* request, ByteBuffer* reply) {
              try {
                *reply = (self->*answer)(*request);
                return grpc::Status::OK;
              } catch (...) {
                return to_status(current_error());
              }
            },
            this)));
  }

  void add_stream(const char* method, Serve serve) {
    AddMethod(new grpc::internal::RpcServiceMethod(
        method, RpcMethod::BIDI_STREAMING,
        new grpc::internal::BidiStreamingHandler<AgentService, ByteBuffer, ByteBuffer>(
            [serve](AgentService* self, grpc::ServerContext* context, ByteStream* stream) {
              return self->serve_counted(serve, *context, *stream);
            },
            this)));
  }

  grpc::Status serve_counted(Serve serve, grpc::ServerContext& context, ByteStream& stream) {
    if (!streams_.add(&context)) {
      return to_status(Error(ErrorKind::ResourceExhausted, fmt::format("all {} streams are in use", limits_.streams)));
    }
    grpc::Status status;
    try {
      status = (this->*serve)(context, stream);
    } catch (...) {
      status = to_status(current_error());
    }
    streams_.remove(&context);
    return status;
  }

  // ---- streams

  grpc::Status serve_run(grpc::ServerContext& context, ByteStream& stream) {
    ByteBuffer request;
    while (stream.Read(&request)) {
      streams_.mark(&context, true);
      const bool is_written = stream.Write(run(std::exchange(request, {})));
      if (!streams_.mark(&context, false) || !is_written) break;
    }
    return grpc::Status::OK;
  }

  ByteBuffer run(ByteBuffer message) {
    base::Result<RunRequest> request = decode_request(to_segments(message), limits_);
    message.Clear();  // whatever the tensors still need, they hold themselves
    if (!request) return to_byte_buffer(encode(0, request.error()));
    const std::uint64_t id = request.value().id;
    try {
      return to_byte_buffer(encode_outcome(id, handler_.run(std::move(request.value()))));
    } catch (...) {
      return to_byte_buffer(encode(id, current_error()));
    }
  }

  Segments encode_outcome(std::uint64_t id, const base::Result<RunReply>& reply) const {
    if (!reply) return encode(id, reply.error());
    Segments frame = encode(reply.value());
    if (const std::size_t size = size_of(frame); size > limits_.frame_bytes) {
      return encode(id, Error(ErrorKind::ResourceExhausted,
                              fmt::format("a reply of {} bytes, expected at most {}", size, limits_.frame_bytes)));
    }
    return frame;
  }

  grpc::Status serve_echo(grpc::ServerContext&, ByteStream& stream) {
    ByteBuffer request;
    while (stream.Read(&request)) {
      const base::Result<std::size_t> size = decode_echo(to_segments(std::exchange(request, {})), limits_);
      if (!size) return to_status(size.error());
      if (!stream.Write(to_byte_buffer(filler(size.value())))) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status serve_upload(grpc::ServerContext&, ByteStream& stream) {
    constexpr std::size_t kChunkHeadBytes = 256;
    WeightReceiver receiver(limits_, [this](const std::string& digest, base::Tensor bytes) {
      return handler_.store_weight(digest, std::move(bytes));
    });
    ByteBuffer message;
    while (stream.Read(&message)) {
      v1::WeightChunk chunk;
      const base::Status parsed = parse(std::exchange(message, {}), limits_.chunk_bytes + kChunkHeadBytes, {}, chunk);
      if (!parsed) return to_status(parsed.error());
      if (const base::Status taken = receiver.take(chunk); !taken) return to_status(taken.error());
    }
    if (receiver.is_between_weights()) return grpc::Status::OK;
    return to_status(Error(ErrorKind::InvalidInput, "upload: ended in the middle of a weight"));
  }

  // ---- ordinary methods: what they throw becomes their status

  template <class Message>
  Message read(const ByteBuffer& request, const std::vector<FieldLimit>& field_limits) const {
    Message message;
    parse(request, limits_.control_message_bytes, field_limits, message).take();
    return message;
  }

  ByteBuffer describe(const ByteBuffer&) { return to_byte_buffer(to_message(handler_.describe())); }

  ByteBuffer missing(const ByteBuffer& request) {
    const auto digests = from_message(read<v1::Digests>(request, digests_limits()));
    return to_byte_buffer(to_message(handler_.missing(digests)));
  }

  ByteBuffer load(const ByteBuffer& request) {
    handler_.load(from_message(read<v1::PartOffer>(request, part_offer_limits()), limits_)).take();
    return to_byte_buffer(v1::Empty());
  }

  ByteBuffer measure(const ByteBuffer& request) {
    const auto message = read<v1::MeasureRequest>(request, measure_request_limits(limits_));
    return to_byte_buffer(to_message(handler_.measure(from_message(message, limits_)).take()));
  }

  ByteBuffer probe(const ByteBuffer& request) {
    const auto message = read<v1::ProbeRequest>(request, {});
    if (message.peer().size() > limits_.name_bytes)
      throw Error(ErrorKind::InvalidInput, "probe: the peer's name is too long");
    return to_byte_buffer(to_message(handler_.probe(message.peer()).take()));
  }

  Handler& handler_;
  const Limits limits_;
  OpenStreams streams_;
};

std::shared_ptr<grpc::ServerCredentials> server_credentials(const Credentials& credentials) {
  if (!credentials.is_secure()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = credentials.authority;
  options.pem_key_cert_pairs.push_back({credentials.private_key, credentials.certificate});
  return grpc::SslServerCredentials(options);
}

void check_may_listen(const std::string& address, const Credentials& credentials) {
  if (credentials.is_secure() || credentials.allow_insecure || is_loopback(address)) return;
  throw Error(
      ErrorKind::Refused,
      fmt::format("{}: not listening beyond loopback without TLS; make certificates with `tandem certs`, or say "
                  "--insecure on a network that you trust",
                  address));
}

}  // namespace

struct Server::Implementation {
  AgentService service;
  std::unique_ptr<grpc::Server> server;
  int port = 0;

  Implementation(Handler& handler, const Limits& limits) : service(handler, limits) {}
};

Server::Server(const std::string& address, Handler& handler, const Credentials& credentials, const Limits& limits) {
  check_may_listen(address, credentials);
  prepare_library();
  implementation_ = std::make_unique<Implementation>(handler, limits);
  grpc::ResourceQuota quota("tandem");
  quota.SetMaxThreads(limits.streams + kControlThreads);
  quota.Resize(4 * limits.frame_bytes);
  grpc::ServerBuilder builder;
  tune(builder, limits);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.RegisterService(&implementation_->service);
  builder.AddListeningPort(address, server_credentials(credentials), &implementation_->port);
  implementation_->server = builder.BuildAndStart();
  if (implementation_->server == nullptr || implementation_->port == 0) {
    throw Error(ErrorKind::Unavailable, fmt::format("{}: cannot listen there; is the port in use?", address));
  }
}

Server::~Server() {
  stop();
}

int Server::port() const {
  return implementation_->port;
}

void Server::stop() {
  implementation_->service.stop();
  implementation_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}

void Server::wait() {
  implementation_->server->Wait();
}

}  // namespace tandem::rpc
