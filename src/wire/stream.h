// One call to a peer, of any kind: a warm stream that carries one message there and one back again and again, each by
// its own deadline; an ordinary call; a row of messages one way. The calling thread itself polls for what it waits for,
// and never beyond the deadline. Private to rpc/; used by one thread at a time.
#pragma once

#include <functional>
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
  // Leaves with its first message, without waiting for the connection. `where` opens the messages of its errors.
  Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, std::string where);
  ~Stream();  // cancels what is under way
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // After an error the stream is of no more use.
  base::Result<grpc::ByteBuffer> exchange(const grpc::ByteBuffer& request, base::Deadline deadline);

  // Likewise for a request of several messages: `next` makes the one that follows while the one before is under way;
  // false: there is none.
  using NextMessage = std::function<bool(grpc::ByteBuffer& message)>;
  base::Result<grpc::ByteBuffer> exchange(const grpc::ByteBuffer& request, const NextMessage& next,
                                          base::Deadline deadline);

  // The first and last exchange of a stream: an ordinary call.
  base::Result<grpc::ByteBuffer> call(const grpc::ByteBuffer& request, base::Deadline deadline);

  // Messages that are not answered one by one, and what the peer says to them all.
  base::Status send(const grpc::ByteBuffer& message, base::Deadline deadline);
  base::Status finish(base::Deadline deadline);

  // False once the peer has closed it or was lost while nobody was looking. Does not wait.
  bool is_alive();

 private:
  struct Implementation;
  struct Graveyard;
  static Graveyard& graveyard();

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::rpc
