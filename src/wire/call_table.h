// The open calls of a server: limited in number, and listed, so that stopping need not wait for idle ones. A full table
// gives the place of an idle call to a new one. Thread-safe. Private to wire/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace grpc {
class ServerContextBase;
}

namespace tandem::wire {

class CallTable {
 public:
  explicit CallTable(std::size_t limit) : limit_(limit) {}

  // In a full table, an idle call ends: of the client that has most of them, the one that waits for longest. False when
  // none is idle, or the server is stopping.
  bool add(grpc::ServerContextBase& context, const std::string& client);
  void remove(grpc::ServerContextBase& context);
  bool is_stopping();
  bool mark(grpc::ServerContextBase& context, bool is_busy);  // false when the call is to end instead

  void stop();  // ends idle calls; mark() tells the others
  void wait_for_empty();

 private:
  struct Call {
    std::string client;
    bool is_busy = false;
    bool is_ending = false;        // another has its place
    std::uint64_t idle_since = 0;  // a number that grows
  };
  using Calls = std::map<grpc::ServerContextBase*, Call>;

  bool make_room();
  void give_up_place(const Call& call);
  Calls::iterator longest_idle(const std::string& client);

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable is_empty_;
  Calls calls_;
  std::map<std::string, std::size_t> places_;  // by client, of calls that are not ending
  std::size_t taken_ = 0;                      // likewise, in all
  std::uint64_t now_ = 0;
  bool is_stopping_ = false;
};

}  // namespace tandem::wire
