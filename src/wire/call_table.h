// The open calls of a server: limited in number, and listed, so that stopping need not wait for idle ones. Thread-safe.
// Private to wire/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>

namespace grpc {
class ServerContextBase;
}

namespace tandem::wire {

class CallTable {
 public:
  explicit CallTable(std::size_t limit) : limit_(limit) {}

  bool add(grpc::ServerContextBase& context);  // false when the table is full, or the server is stopping
  void remove(grpc::ServerContextBase& context);
  bool mark(grpc::ServerContextBase& context, bool is_busy);  // false when the call is to end instead

  void stop();  // ends idle calls; mark() tells the others
  void wait_for_empty();

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable is_empty_;
  std::map<grpc::ServerContextBase*, bool> is_busy_;
  bool is_stopping_ = false;
};

}  // namespace tandem::wire
