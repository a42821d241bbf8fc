#include "wire/stream.h"

#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include "wire/byte_buffer.h"
#include "wire/deadline.h"
#include "wire/library.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

char read_tag, write_tag, finish_tag;

}  // namespace

struct Stream::Implementation {
  std::string where;
  LifeLine life_line;
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  grpc::ByteBuffer reply;
  grpc::Status status;
  int awaited = 0;  // events still to come for operations under way
  bool is_writing = false;
  bool is_watched = false;
  bool has_ended = false;
  bool is_broken = false;

  ~Implementation() {
    queue.Shutdown();
    void* tag = nullptr;
    bool is_fine = false;
    while (queue.Next(&tag, &is_fine)) {
    }
  }

  void write(const Segments& message, bool is_last) {
    const grpc::ByteBuffer buffer = to_byte_buffer(message);
    if (is_last) stream->WriteLast(buffer, grpc::WriteOptions(), &write_tag);
    if (!is_last) stream->Write(buffer, &write_tag);
    ++awaited;
    is_writing = true;
  }
  void read() {
    stream->Read(&reply, &read_tag);
    ++awaited;
  }
  // Asks for an event at the end of the stream. A read that waits from one exchange to the next would notice it, too,
  // but costs a window update in a packet of its own after every reply.
  void watch_for_end() {
    if (!std::exchange(is_watched, true)) stream->Finish(&status, &finish_tag);
  }

  // Takes one event off the queue; false when none came in time.
  bool take_event(gpr_timespec deadline) {
    void* tag = nullptr;
    bool is_fine = false;
    if (queue.AsyncNext(&tag, &is_fine, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
    if (tag == &finish_tag) has_ended = true;
    if (tag != &finish_tag) --awaited;
    if (tag == &write_tag) is_writing = false;
    if (!is_fine || has_ended) is_broken = true;
    return true;
  }

  base::Status await_event(gpr_timespec deadline) {
    if (!life_line.ask) return take_event(deadline) ? base::Status(base::Nothing{}) : deadline_error();
    while (!take_event(gpr_time_min(deadline, to_timespec(base::Deadline::after(life_line.patience))))) {
      if (gpr_time_cmp(gpr_now(GPR_CLOCK_MONOTONIC), deadline) >= 0) return deadline_error();
      const base::Status lives = life_line.ask();
      if (!lives && !take_event(gpr_inf_past(GPR_CLOCK_MONOTONIC))) return lives;
      if (!lives) break;  // the peer answered meanwhile
    }
    return base::Nothing{};
  }

  // Waits for all that is under way.
  base::Status settle(gpr_timespec deadline) {
    while (awaited > 0 && !is_broken) {
      if (const base::Status came = await_event(deadline); !came) return came;
    }
    if (is_broken) return reason(deadline);
    return base::Nothing{};
  }
  base::Status settle_write(gpr_timespec deadline) {
    while (is_writing && !is_broken) {
      if (const base::Status came = await_event(deadline); !came) return came;
    }
    if (is_broken) return reason(deadline);
    return base::Nothing{};
  }
  base::Result<Segments> take_reply(gpr_timespec deadline) {
    if (const base::Status settled = settle(deadline); !settled) return settled.error();
    try {
      Segments taken = to_segments(reply);
      reply.Clear();
      return taken;
    } catch (const Error& error) {
      return error.at(where);
    }
  }

  Error reason(gpr_timespec deadline) {
    if (const base::Status ended = await_end(deadline); !ended) return ended.error();
    return to_error(status, where);
  }
  base::Status await_end(gpr_timespec deadline) {
    watch_for_end();
    while (!has_ended) {
      if (const base::Status came = await_event(deadline); !came) return came;
    }
    return base::Nothing{};
  }
  Error deadline_error() const { return Error(ErrorKind::DeadlineExceeded, where + ": no answer by the deadline"); }

  bool is_settled() {
    while ((is_watched && !has_ended) || awaited > 0) {
      if (!take_event(gpr_inf_past(GPR_CLOCK_MONOTONIC))) return false;
    }
    return true;
  }
};

// gRPC gives a message's memory back only when its last byte has left or the connection has ended, cancelled or not. On
// a stalled link that is long after the deadline: ended streams stay here until then. Never destroyed, as it may never
// be empty.
struct Stream::Graveyard {
  std::mutex mutex;
  std::vector<std::unique_ptr<Implementation>> buried;

  void add(std::unique_ptr<Implementation> stream) {
    const std::lock_guard lock(mutex);
    buried.push_back(std::move(stream));
    std::erase_if(buried, [](const auto& it) { return it->is_settled(); });
  }
};

Stream::Graveyard& Stream::graveyard() {
  static auto& graveyard = *new Graveyard;
  return graveyard;
}

Stream::Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, std::string where,
               base::Deadline deadline)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->where = std::move(where);
  if (!deadline.is_never()) implementation_->context.set_deadline(to_timespec(deadline));
  implementation_->context.set_initial_metadata_corked(true);  // leaves with the first message
  grpc::GenericStub stub(channel);
  implementation_->stream = stub.PrepareCall(&implementation_->context, method, &implementation_->queue);
  implementation_->stream->StartCall(nullptr);
}

Stream::~Stream() {
  implementation_->context.TryCancel();
  if (!implementation_->is_settled()) graveyard().add(std::move(implementation_));
}

void Stream::watch(LifeLine life_line) {
  implementation_->life_line = std::move(life_line);
}

base::Result<Segments> Stream::exchange(const Segments& request, base::Deadline deadline,
                                        const std::stop_token& cancelled) {
  Implementation& self = *implementation_;
  const std::stop_callback cancel(cancelled, [&] { self.context.TryCancel(); });
  self.write(request, false);
  self.read();
  base::Result<Segments> reply = self.take_reply(to_timespec(deadline));
  if (reply) self.watch_for_end();
  return reply;
}

base::Result<Segments> Stream::exchange(const Segments& request, const NextMessage& next, base::Deadline deadline,
                                        const std::stop_token& cancelled) {
  const gpr_timespec until = to_timespec(deadline);
  Implementation& self = *implementation_;
  const std::stop_callback cancel(cancelled, [&] { self.context.TryCancel(); });
  self.write(request, false);
  self.read();  // so that a refusal is noticed before everything has been sent
  while (const std::optional<Segments> message = next()) {
    if (const base::Status written = self.settle_write(until); !written) return written.error();
    self.write(*message, false);
  }
  base::Result<Segments> reply = self.take_reply(until);
  if (reply) self.watch_for_end();
  return reply;
}

base::Result<Segments> Stream::call(const Segments& request, base::Deadline deadline) {
  const gpr_timespec until = to_timespec(deadline);
  Implementation& self = *implementation_;
  self.write(request, true);
  self.read();
  base::Result<Segments> reply = self.take_reply(until);
  if (!reply) return reply;
  if (const base::Status ended = self.await_end(until); !ended) return ended.error();
  if (!self.status.ok()) return to_error(self.status, self.where);
  return reply;
}

base::Status Stream::send(const Segments& message, base::Deadline deadline) {
  Implementation& self = *implementation_;
  self.write(message, false);
  self.watch_for_end();  // so that a refusal is noticed before everything has been sent
  return self.settle(to_timespec(deadline));
}

base::Status Stream::finish(base::Deadline deadline) {
  Implementation& self = *implementation_;
  self.stream->WritesDone(&write_tag);
  ++self.awaited;
  if (const base::Status ended = self.await_end(to_timespec(deadline)); !ended) return ended.error();
  if (!self.status.ok()) return to_error(self.status, self.where);
  return base::Nothing{};
}

bool Stream::is_alive() {
  return !implementation_->is_broken && !implementation_->take_event(gpr_inf_past(GPR_CLOCK_MONOTONIC));
}

}  // namespace tandem::wire
