// The messages that follow a request whose tensors come in several pieces (docs/wire.md): one for each piece. Private
// to rpc/. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "rpc/handler.h"
#include "rpc/limits.h"
#include "rpc/messages.h"

namespace tandem::rpc {

// Memory for messages on their way: whoever sends them lets go of it when their last byte has left. Thread-safe; its
// buffers may outlive it.
class MessageBuffers {
 public:
  using Buffer = std::vector<std::byte>;
  std::shared_ptr<Buffer> take();  // empty

 private:
  struct Store {
    std::mutex mutex;
    std::vector<std::unique_ptr<Buffer>> free;
  };
  std::shared_ptr<Store> store_ = std::make_shared<Store>();
};

// Where in a request a piece belongs.
struct PiecePlace {
  std::uint32_t tensor = 0;  // of RunRequest::encoded
  std::uint32_t piece = 0;
  bool operator==(const PiecePlace&) const = default;
};

// The places of a request's pieces in the order in which they travel.
class PieceOrder {
 public:
  explicit PieceOrder(std::span<const EncodedTensor> tensors);
  bool is_at_end() const { return place_.tensor == pieces_.size(); }
  const PiecePlace& place() const { return place_; }
  bool is_last_of_tensor() const { return place_.piece + 1 == pieces_[place_.tensor]; }
  void advance();

 private:
  void skip_single_pieces();

  std::vector<std::uint32_t> pieces_;  // by tensor
  PiecePlace place_;
};

// Makes the messages of a request that is being sent. The request must outlive it.
class PieceSender {
 public:
  PieceSender(const RunRequest& request, MessageBuffers& buffers);
  // The next message; null after the last. Throws what the request's PieceSource does.
  std::shared_ptr<const MessageBuffers::Buffer> next();

 private:
  const RunRequest& request_;
  MessageBuffers& buffers_;
  PieceOrder order_;
};

// A request on its way in: has its tensors decoded as they come.
class Arrival {
 public:
  // Throws what the Handler's receivers do, of tensors that the request has brought along too.
  Arrival(RunRequest request, Handler& handler, const Limits& limits);
  bool is_complete() const { return order_.is_at_end(); }
  // The next message. Throws Error(InvalidInput) for another than is due, Error(ResourceExhausted) beyond a limit,
  // Error(DeadlineExceeded) once the request's has passed, and what the receiver does. Nothing more is to be done then.
  void take(std::span<const std::byte> message);
  RunRequest finish();  // call once, when it is complete

 private:
  void open(const EncodedTensor& tensor);
  void close(const EncodedTensor& tensor);

  RunRequest request_;
  Handler& handler_;
  const std::size_t most_bytes_;
  PieceOrder order_;
  std::unique_ptr<TensorReceiver> receiver_;  // of the tensor under way
  std::size_t received_bytes_ = 0;
};

}  // namespace tandem::rpc
