// Pieces of encoded tensors: the messages that follow a request (docs/wire.md), made at one end and taken at the other.
// Used by one thread at a time. Private to rpc/.
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

// Memory for messages that are being sent; it is used again once the last byte has left. Thread-safe; its buffers may
// outlive it.
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

// The place of a piece in a request.
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
  // The next message; null after the last. Throws the errors of the request's PieceSource.
  std::shared_ptr<const MessageBuffers::Buffer> next();

 private:
  const RunRequest& request_;
  MessageBuffers& buffers_;
  PieceOrder order_;
};

// A request that is arriving: its tensors are decoded piece by piece.
class Arrival {
 public:
  // Decodes the tensors that lie in the request itself. Throws the errors of the Handler's receivers.
  Arrival(RunRequest request, Handler& handler, const Limits& limits);
  bool is_complete() const { return order_.is_at_end(); }
  // The next message. Throws Error(InvalidInput) for one that is not due, Error(ResourceExhausted) beyond a limit,
  // Error(DeadlineExceeded) after the request's deadline, and the receiver's errors. Of no more use after an error.
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
