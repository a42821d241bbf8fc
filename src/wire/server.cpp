#include "wire/server.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include "wire/admission.h"
#include "wire/byte_buffer.h"
#include "wire/call_table.h"
#include "wire/channel.h"
#include "wire/deadline.h"
#include "wire/library.h"
#include "wire/listener.h"
#include "wire/rounds.h"
#include "wire/server_credentials.h"
#include "wire/tcp_socket.h"
#include "wire/workers.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kVitalCalls = 4;
constexpr base::Milliseconds kLongestRound{5'000};  // between two looks at calls that wait

base::Milliseconds patience_with(const CallHandler& handler, const Limits& limits) {
  const double seconds = static_cast<double>(handler.most_message_bytes(limits.message_bytes)) / kSlowestBytes;
  return limits.message_time + base::Milliseconds(1000 * seconds);
}

}  // namespace

// The threads that poll the queue take turns; the one that receives a message answers it too, so that nothing is handed
// from thread to thread on the way.
struct Server::Implementation {
  class Call;

  const CallOpener open_call;
  const std::shared_ptr<const Credentials> credentials;
  const Admission admission{credentials};
  const Limits limits;
  CallTable streams;
  CallTable unary_calls;
  CallTable vital_calls{kVitalCalls};
  grpc::AsyncGenericService service;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::optional<Workers> workers;
  std::once_flag stopped;
  std::optional<Rounds> rounds;  // in which calls that have waited for too long are ended
  const base::MemoryCharge transport;
  std::optional<base::MemoryBudget::Spare> stalled;  // gives up calls that hold memory and send nothing
  Listener listener;  // gRPC's own stops for good once the process has no descriptor left (CVE-2023-4785)

  Implementation(ListeningSockets sockets, CallOpener its_open_call, const Credentials& its_credentials,
                 const Limits& its_limits)
      : open_call(std::move(its_open_call)),
        credentials(std::make_shared<const Credentials>(its_credentials)),
        limits(its_limits),
        streams(static_cast<std::size_t>(its_limits.streams)),
        unary_calls(static_cast<std::size_t>(its_limits.unary_calls)),
        transport(limits.memory, transport_bytes(limits), "connections and messages"),
        listener(std::move(sockets), its_limits.connections) {
    if (limits.memory != nullptr) stalled.emplace(*limits.memory, [this] { streams.end_longest_midway(); });
  }

  void start();
  void accept();
  void stop(base::Deadline deadline);
};

// One call, from its acceptance to its end, when it deletes itself. At most one thread works on it at a time, that
// which takes the last event of an exchange; another one may tell the handler that the client has gone.
class Server::Implementation::Call {
 public:
  explicit Call(Implementation& server) : server_(server) {
    context_.AsyncNotifyWhenDone(&done_);
    server_.service.RequestCall(&context_, &stream_, server_.queue.get(), server_.queue.get(), &accepted_);
  }

 private:
  struct Step : Event {
    Step(Call& call, void (Call::*then)(bool)) : its_call(call), its_then(then) {}
    void happen(bool is_fine) override { (its_call.*its_then)(is_fine); }
    Call& its_call;
    void (Call::*its_then)(bool);
  };

  void on_accepted(bool is_fine) {
    if (!is_fine) {  // the server is stopping
      delete this;
      return;
    }
    server_.accept();
    try {
      client_ = server_.admission.admit(context_);
      handler_ =
          server_.open_call(context_.method(), {deadline(), cancellation_.get_token(), client_.name, client_.roles});
    } catch (...) {
      return end(current_error());
    }
    if (handler_ == nullptr) return end(Error(ErrorKind::Unsupported, context_.method() + ": no such method"));
    CallTable& table = handler_->is_vital()   ? server_.vital_calls
                       : handler_->is_unary() ? server_.unary_calls
                                              : server_.streams;
    if (!table.add(context_, client_.name, patience_with(*handler_, server_.limits)))
      return end(table.is_stopping() ? stopping() : busy());
    table_ = &table;
    awaited_ = 1;
    stream_.Read(&message_, &was_read_);
  }

  void on_read(bool is_fine) {
    has_ended_ = !is_fine;
    proceed();
  }
  void on_written(bool) { proceed(); }  // when it failed, so will the read

  void proceed() {
    if (--awaited_ > 0) return;
    try {
      if (has_ended_) {
        handler_->finish();
        stream_.Finish(grpc::Status::OK, &finished_);
      } else {
        answer();
      }
    } catch (...) {
      end(current_error());
    }
  }

  void answer() {
    server_.admission.check(client_);
    if (!table_->mark(context_, true))
      return end(Error(ErrorKind::Unavailable, "the call was closed while it was idle"));
    server_.workers->leave_queue();
    Segments message = to_segments(message_);
    message_.Clear();  // the segments hold what they need
    const std::optional<Segments> answered = handler_->take(std::move(message));
    const auto reply = answered ? std::optional(to_byte_buffer(*answered)) : std::nullopt;
    const bool goes_on = table_->mark(context_, false, handler_->is_midway());
    if (reply && (handler_->is_unary() || !goes_on)) {
      stream_.WriteAndFinish(*reply, {}, grpc::Status::OK, &finished_);
      return;
    }
    if (!goes_on) return end(stopping());
    awaited_ = reply ? 2 : 1;
    if (reply) stream_.Write(*reply, &was_written_);
    stream_.Read(&message_, &was_read_);
  }

  static Error stopping() { return Error(ErrorKind::Unavailable, "the server is stopping"); }
  Error busy() const {
    return Error(ErrorKind::ResourceExhausted, fmt::format("busy: all {} streams or {} unary calls are in use",
                                                           server_.limits.streams, server_.limits.unary_calls));
  }
  void end(const Error& error) { stream_.Finish(to_status(error), &finished_); }

  base::Deadline deadline() const {
    return base::Deadline::after(context_.deadline() - std::chrono::system_clock::now());
  }

  // The client has gone, or all has been sent. Comes while a handler may be at work.
  void on_done(bool) {
    if (context_.IsCancelled()) cancellation_.request_stop();
    leave();
  }
  void on_finished(bool) {
    if (table_ != nullptr) table_->remove(context_);
    leave();
  }
  void leave() {
    if (--last_events_ == 0) delete this;
  }

  Implementation& server_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  Client client_;
  std::unique_ptr<CallHandler> handler_;
  CallTable* table_ = nullptr;
  grpc::ByteBuffer message_;
  std::atomic<int> awaited_{0};  // events of the exchange under way
  std::atomic<int> last_events_{2};
  std::stop_source cancellation_;
  bool has_ended_ = false;
  Step accepted_{*this, &Call::on_accepted};
  Step was_read_{*this, &Call::on_read};
  Step was_written_{*this, &Call::on_written};
  Step finished_{*this, &Call::on_finished};
  Step done_{*this, &Call::on_done};
};

void Server::Implementation::accept() {
  new Call(*this);
}

void Server::Implementation::start() {
  grpc::ResourceQuota quota("tandem");
  quota.Resize(transport_bytes(limits));
  grpc::ServerBuilder builder;
  tune(builder, limits);
  builder.SetResourceQuota(quota);
  builder.RegisterAsyncGenericService(&service);
  acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, server_credentials(credentials));
  queue = builder.AddCompletionQueue();
  server = builder.BuildAndStart();
  if (server == nullptr) {
    queue->Shutdown();
    throw Error(ErrorKind::Internal, "gRPC starts no server, and gives no reason");
  }
  accept();
  rounds.emplace(*queue, std::min(kLongestRound, limits.message_time / 2), [this] {
    for (CallTable* table : {&streams, &unary_calls, &vital_calls}) table->end_overdue();
  });
  // One more refuses further calls.
  workers.emplace(*queue, limits.streams + limits.unary_calls + static_cast<int>(kVitalCalls) + 1);
  listener.start([this](int descriptor) {
    tune_socket(descriptor, limits.congestion_control);
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    acceptor->HandleNewConnection(&connection);
  });
}

void Server::Implementation::stop(base::Deadline deadline) {
  listener.stop();
  streams.stop();
  unary_calls.stop();
  vital_calls.stop();
  server->Shutdown(to_timespec(deadline));
  streams.wait_for_empty();
  unary_calls.wait_for_empty();
  vital_calls.wait_for_empty();
  if (rounds) rounds->stop();
  queue->Shutdown();
}

Server::Server(const std::string& address, CallOpener open_call, const Credentials& credentials, const Limits& limits)
    : Server(ListeningSockets(address, credentials), std::move(open_call), credentials, limits) {}

Server::Server(ListeningSockets sockets, CallOpener open_call, const Credentials& credentials, const Limits& limits) {
  prepare_library();
  implementation_ = std::make_unique<Implementation>(std::move(sockets), std::move(open_call), credentials, limits);
  port_ = implementation_->listener.port();
  implementation_->start();
}

Server::~Server() {
  stop();
  implementation_->workers.reset();
}

int Server::port() const {
  return port_;
}

void Server::stop(base::Deadline deadline) {
  std::call_once(implementation_->stopped, [&] { implementation_->stop(deadline); });
}

void Server::wait() {
  implementation_->server->Wait();
}

}  // namespace tandem::wire
