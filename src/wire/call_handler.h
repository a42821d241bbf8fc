// What a server does with the messages of one call, whatever brought them. Private to rpc/.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rpc/limits.h"
#include "rpc/server.h"

namespace grpc {
class ByteBuffer;
}

namespace tandem::rpc {

class Session {
 public:
  virtual ~Session() = default;
  // The answer to a message, or none if it needs none. Throws Error to end the call with its status.
  virtual std::optional<grpc::ByteBuffer> take(grpc::ByteBuffer message) = 0;
  // The client has sent its last message. Throws likewise.
  virtual void finish() {}
  // An ordinary method: one message, one answer, done.
  virtual bool ends_with_answer() const { return false; }
};

// Null when there is no such method.
std::unique_ptr<Session> open_session(const std::string& method, Handler& handler, const Limits& limits);

// The error that stands for the exception being handled; for use in a catch block.
base::Error current_error();

}  // namespace tandem::rpc
