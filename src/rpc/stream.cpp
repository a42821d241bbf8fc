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
  grpc::Status status;
  int exchanging = 0;  // events that the queue still owes to the exchange under way
  bool is_watched = false;
  bool is_broken = false;
  bool has_ended = false;

  ~Implementation() {
    context.TryCancel();
    queue.Shutdown();
    void* tag = nullptr;
    bool is_fine = false;
    while (queue.Next(&tag, &is_fine)) {
    }
  }

  // Has the end of the stream reported, whenever it comes. A read that waits from one exchange to the next would tell
  // as well, but costs a window update in a packet of its own after every reply.
  void watch_for_end() {
    if (std::exchange(is_watched, true)) return;
    stream->Finish(&status, &finish_tag);
  }

  // Takes one event off the queue; false when none came in time.
  bool take_event(gpr_timespec deadline) {
    void* tag = nullptr;
    bool is_fine = false;
    if (queue.AsyncNext(&tag, &is_fine, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
    if (tag == &finish_tag) has_ended = true;
    if (tag != &finish_tag) --exchanging;
    if (!is_fine || has_ended) is_broken = true;
    return true;
  }

  Error reason(gpr_timespec deadline) {
    watch_for_end();
    while (!has_ended || exchanging > 0) {
      if (!take_event(deadline)) return deadline_error(where);
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
  const gpr_timespec until = to_timespec(deadline);
  self.stream->Write(request, &write_tag);
  self.stream->Read(&self.reply, &read_tag);
  self.exchanging = 2;
  while (self.exchanging > 0 && !self.is_broken) {
    if (!self.take_event(until)) return deadline_error(self.where);
  }
  if (self.is_broken) return self.reason(until);
  self.watch_for_end();
  grpc::ByteBuffer reply;
  reply.Swap(&self.reply);
  return reply;
}

bool Stream::is_alive() {
  return !implementation_->is_broken && !implementation_->take_event(gpr_inf_past(GPR_CLOCK_MONOTONIC));
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
