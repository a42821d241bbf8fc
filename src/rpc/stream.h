// A warm bidirectional stream to a peer: one message there, one back, again and again, each by its own deadline. The
// calling thread itself polls for the answer. For rpc's own sources; used by one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace grpc {
class ByteBuffer;
class Channel;
}  // namespace grpc

namespace tandem::rpc {

class Stream {
 public:
  // Starts at once, without waiting for the connection. `where` opens the messages of its errors.
  Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, std::string where);
  ~Stream();  // cancels what is under way
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // After an error the stream is of no more use.
  base::Result<grpc::ByteBuffer> exchange(const grpc::ByteBuffer& request, base::Deadline deadline);

  // False once the peer has closed it or was lost while nobody was looking. Does not wait.
  bool is_alive();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// One call of an ordinary method: a message there, a message back.
base::Result<grpc::ByteBuffer> call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                                    const grpc::ByteBuffer& request, base::Deadline deadline, const std::string& where);

}  // namespace tandem::rpc
