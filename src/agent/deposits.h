// Tensors that earlier stages of a request sent straight to this target, held until the request comes for them
// (docs/decisions/0048-deposits.md). A deposit lasts as long as the call that brought it. Used by Agent. Thread-safe.
// Private to agent/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/watch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/tensor.h"

namespace tandem::agent {

struct DepositCaps {
  std::size_t count = 0;          // held at once for one client
  std::size_t bytes = 0;          // likewise, of tensors as they are
  base::Milliseconds longest{0};  // until the other side comes
};

struct Deposited {
  std::vector<base::NamedTensor> tensors;
  base::Milliseconds decoding{0};
};

class Deposits {
 public:
  // `clock` must outlive it.
  Deposits(const DepositCaps& caps, base::Clock& clock) : caps_(caps), clock_(clock) {}

  // Holds a deposit until a request takes it, and returns how long that took. Fails with InvalidInput where the key is
  // in use, ResourceExhausted beyond the client's caps, and with the error of the task's end, Unavailable where none
  // came for it in time; the tensors are gone then.
  base::Result<base::Milliseconds> hold(const std::string& key, const std::string& client, Deposited deposit,
                                        const Task& task);
  // Waits until the deposits of all these keys are there, and takes them; in any case none of them is held afterwards.
  // Fails with InvalidInput where a key is given twice, with the error of the task's end, and Unavailable where one did
  // not come in time.
  base::Result<Deposited> take(const std::vector<std::string>& keys, const Task& task);

  std::size_t held() const;  // deposits

 private:
  struct Entry {
    std::string client;
    std::size_t bytes = 0;
    Deposited deposit;
    bool is_taken = false;
  };
  using Entries = std::map<std::string, std::shared_ptr<Entry>>;  // by key

  base::Status check(const std::string& key, const Entry& entry) const;
  base::Status wait(const Task& task, const std::function<bool()>& is_there, const char* missing);
  Deposited take_all(const std::vector<std::string>& keys);

  const DepositCaps caps_;
  base::Clock& clock_;
  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable_any changed_;
  Entries entries_;
};

}  // namespace tandem::agent
