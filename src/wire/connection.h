// The connection to a peer, with its warm streams: made when first used, and made anew when it fails. Every call ends
// by its deadline with a value or a typed Error. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "wire/credentials.h"
#include "wire/limits.h"
#include "wire/stream.h"
#include "wire/tcp_socket.h"

namespace tandem::wire {

class Connection {
 public:
  // `name` is what the peer's certificate must carry; `where` opens the messages of errors. Throws Error(InvalidInput)
  // on credentials that do not fit together.
  Connection(std::string name, std::string address, Credentials credentials, Limits limits, std::string where);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One exchange on a warm stream of the method; with `next`, a request of several messages. Unavailable once it is
  // cancelled.
  base::Result<Segments> exchange(const std::string& method, const Segments& request, base::Deadline deadline,
                                  const Stream::NextMessage& next = {}, const std::stop_token& cancelled = {},
                                  const Stream::LifeLine& life_line = {});
  // A unary call.
  base::Result<Segments> call(const std::string& method, const Segments& request, base::Deadline deadline,
                              const Stream::LifeLine& life_line = {});
  // Of the connection in use. Nothing before the first call.
  std::optional<TcpState> tcp_state();
  // Calls `use` with a stream of its own.
  base::Status with_stream(const std::string& method, const std::function<base::Status(Stream&)>& use);

 private:
  struct Link;

  std::shared_ptr<Link> usable_link();
  void note(const std::shared_ptr<Link>& link, const base::Error& error);  // retires a link that is lost
  base::Error explained(const base::Error& error, base::Deadline deadline) const;
  void retire(const std::shared_ptr<Link>& link);

  const std::string name_;
  const std::string address_;
  const std::shared_ptr<const Credentials> credentials_;
  const Limits limits_;
  const std::string where_;
  std::atomic<bool> has_answered_ = false;  // the peer, so that it speaks as we do
  std::mutex mutex_;
  std::shared_ptr<Link> link_;
};

}  // namespace tandem::wire
