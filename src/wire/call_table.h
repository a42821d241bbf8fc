// The open calls of a server: limited in number, and listed, so that stopping need not wait for idle ones. A full table
// gives the place of an idle call to a new one, or that of a client that has more than its share; a call whose next
// message takes too long ends. Thread-safe. Private to wire/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"

namespace grpc {
class ServerContextBase;
}

namespace tandem::wire {

class CallTable {
 public:
  using Cancel = std::function<void(grpc::ServerContextBase&)>;
  explicit CallTable(std::size_t limit, Cancel cancel = try_cancel) : limit_(limit), cancel_(std::move(cancel)) {}

  // In a full table, an idle call ends: of the client that has most of them, the one that waits for longest. Where none
  // is idle, and this client has less than its share of all places, the latest call of the client that has most. False
  // when that is no more than its share, or the server is stopping.
  // `patience`: how long the call may wait for a message.
  bool add(grpc::ServerContextBase& context, const std::string& client, base::Milliseconds patience);
  void remove(grpc::ServerContextBase& context);
  bool is_stopping();
  // False when the call is to end instead.
  bool mark(grpc::ServerContextBase& context, bool is_busy, bool is_midway = false);

  void end_overdue();
  // Of calls in the middle of a request: the one that waits for longest, if it is a second.
  void end_longest_midway();

  void stop();  // ends idle calls; mark() tells the others
  void wait_for_empty();

 private:
  struct Call {
    std::string client;
    base::Milliseconds patience;
    base::Instant begun;
    base::Instant idle_since;
    bool is_busy = false;
    bool is_midway = false;
    bool is_ending = false;  // another has its place
  };
  using Calls = std::map<grpc::ServerContextBase*, Call>;

  static bool waits_longer(const Call& a, const Call& b);
  static void try_cancel(grpc::ServerContextBase& context);
  bool take_idle_place();
  bool take_place_beyond_share(const std::string& newcomer);
  void end(Calls::value_type& call);
  void give_up_place(const Call& call);
  // The first in an order, of the calls that are not ending and fit.
  template <class Fits, class IsBefore>
  Calls::iterator first(const Fits& fits, const IsBefore& is_before);
  Calls::iterator longest_idle(const std::string& client);
  Calls::iterator latest(const std::string& client);

  const std::size_t limit_;
  const Cancel cancel_;
  std::mutex mutex_;
  std::condition_variable is_empty_;
  Calls calls_;
  std::map<std::string, std::size_t> places_;  // by client, of calls that are not ending
  std::size_t taken_ = 0;                      // likewise, in all
  bool is_stopping_ = false;
};

}  // namespace tandem::wire
