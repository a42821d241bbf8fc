// One call to a peer, of any kind: a warm stream that carries one message there and one back again and again, each by
// its own deadline; a unary call; a series of messages one way. The calling thread itself polls for the answer, and
// never beyond the deadline. Used by one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "wire/segments.h"

namespace grpc {
class Channel;
}

namespace tandem::wire {

class Stream {
 public:
  // Leaves with its first message, without waiting for the connection. `where` opens the messages of its errors. The
  // peer learns the deadline, at which the whole call ends.
  Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, std::string where,
         base::Deadline deadline = base::Deadline::never());
  ~Stream();  // cancels operations under way
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // The calls below, where nothing comes from the peer for `patience`, ask whether it lives, and end where it does not.
  struct LifeLine {
    base::Milliseconds patience{0};
    std::function<base::Status()> ask;  // empty: nobody asks
  };
  void watch(LifeLine life_line);

  // After an error the stream cannot be used again. `cancelled` ends the wait, and the peer learns of it.
  base::Result<Segments> exchange(const Segments& request, base::Deadline deadline,
                                  const std::stop_token& cancelled = {});

  // Likewise for a request of several messages: `next` makes the one that follows while the one before is under way,
  // or nothing after the last.
  using NextMessage = std::function<std::optional<Segments>()>;
  base::Result<Segments> exchange(const Segments& request, const NextMessage& next, base::Deadline deadline,
                                  const std::stop_token& cancelled = {});

  // The first and last exchange of a stream: a unary call.
  base::Result<Segments> call(const Segments& request, base::Deadline deadline);

  // Messages without an answer each, and the peer's answer to them all.
  base::Status send(const Segments& message, base::Deadline deadline);
  base::Status finish(base::Deadline deadline);

  // False once the peer has closed it, or was lost between calls. Does not wait.
  bool is_alive();

 private:
  struct Implementation;
  struct Graveyard;
  static Graveyard& graveyard();

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::wire
