#include "rpc/stream.h"

#include <utility>

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include "rpc/deadline.h"
#include "rpc/library.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

char read_tag, write_tag, finish_tag;

Error deadline_error(const std::string& where) {
  return Error(ErrorKind::DeadlineExceeded, where + ": no answer by the deadline");
}

}  // namespace

struct Stream::Implementation {
  std::string where;
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  grpc::ByteBuffer reply;
  int pending = 0;  // events that the queue still owes
  bool is_reading = false;
  bool is_broken = false;

  ~Implementation() {
    context.TryCancel();
    queue.Shutdown();
    void* tag = nullptr;
    bool is_fine = false;
    while (queue.Next(&tag, &is_fine)) {
    }
  }

  void start_reading() {
    stream->Read(&reply, &read_tag);
    is_reading = true;
    ++pending;
  }

  // Takes one event off the queue; false when none came in time.
  bool take_event(gpr_timespec deadline) {
    void* tag = nullptr;
    bool is_fine = false;
    if (queue.AsyncNext(&tag, &is_fine, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
    --pending;
    if (tag == &read_tag) is_reading = false;
    if (!is_fine) is_broken = true;
    return true;
  }

  Error reason(base::Deadline deadline) {
    grpc::Status status;
    stream->Finish(&status, &finish_tag);
    ++pending;
    while (pending > 0) {
      if (!take_event(to_timespec(deadline))) return deadline_error(where);
    }
    return to_error(status, where);
  }
};

Stream::Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, std::string where)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->where = std::move(where);
  implementation_->context.set_initial_metadata_corked(true);  // leaves with the first message
  grpc::GenericStub stub(channel);
  implementation_->stream = stub.PrepareCall(&implementation_->context, method, &implementation_->queue);
  implementation_->stream->StartCall(nullptr);
}

Stream::~Stream() = default;

base::Result<grpc::ByteBuffer> Stream::exchange(const grpc::ByteBuffer& request, base::Deadline deadline) {
  Implementation& self = *implementation_;
  self.stream->Write(request, &write_tag);
  ++self.pending;
  if (!self.is_reading) self.start_reading();
  const gpr_timespec until = to_timespec(deadline);
  while (self.pending > 0 && !self.is_broken) {
    if (!self.take_event(until)) return deadline_error(self.where);
  }
  if (self.is_broken) return self.reason(deadline);
  grpc::ByteBuffer reply;
  reply.Swap(&self.reply);
  self.start_reading();  // from now on, so that the loss of an idle stream is noticed
  return reply;
}

bool Stream::is_alive() {
  Implementation& self = *implementation_;
  const gpr_timespec now = gpr_inf_past(GPR_CLOCK_MONOTONIC);
  // Nothing may arrive between two exchanges: whatever does breaks the stream.
  return !self.is_broken && !self.take_event(now);
}

base::Result<grpc::ByteBuffer> call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                                    const grpc::ByteBuffer& request, base::Deadline deadline,
                                    const std::string& where) {
  grpc::ClientContext context;
  if (!deadline.is_never()) context.set_deadline(to_timespec(deadline));
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::ByteBuffer reply;
  grpc::Status status;
  call->Finish(&reply, &status, &finish_tag);
  void* tag = nullptr;
  bool is_fine = false;
  queue.Next(&tag, &is_fine);
  if (status.ok()) return reply;
  return to_error(status, where);
}

}  // namespace tandem::rpc
