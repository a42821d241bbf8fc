// The offloads of one request: what other targets compute for a hop while it runs its own parts. Each is asked by a
// thread of its own. Used by one thread. Private to agent/.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <stop_token>
#include <vector>

#include "agent/messenger.h"
#include "agent/part_runner.h"
#include "base/error.h"
#include "rpc/messages.h"

namespace tandem::agent {

class Offloads {
 public:
  // Of the request's first hop. Both must outlive it.
  Offloads(Messenger& messenger, const rpc::RunRequest& request);
  // Ends those under way, and waits for their ends.
  ~Offloads();
  Offloads(const Offloads&) = delete;
  Offloads& operator=(const Offloads&) = delete;

  // To be called when the first `parts_run` parts have run, in steps of next_stop(): takes results that are needed now
  // into `tensors`, and starts what may start. Fails with the first error of an offload, Internal where a target did
  // not answer with a tensor that it was asked for, InvalidInput where a tensor is missing.
  base::Status pass(std::uint32_t parts_run, TensorByName& tensors);
  // The number of parts after which to call pass() again; `all` at most.
  std::uint32_t next_stop(std::uint32_t parts_run, std::uint32_t all) const;

  // In the order of the hop's offloads; complete once all have been taken.
  std::vector<rpc::HopReport> take_reports() { return std::move(reports_); }

 private:
  base::Status start(std::size_t index, const TensorByName& tensors);
  base::Status join(std::uint32_t parts_run, TensorByName& tensors);
  base::Status take(std::size_t index, TensorByName& tensors);

  Messenger& messenger_;
  const rpc::RunRequest& request_;
  const std::vector<rpc::Offload>& offloads_;
  std::vector<rpc::HopReport> reports_;
  std::stop_source stop_{std::nostopstate};  // no state, and no callback, where there are none
  std::optional<std::stop_callback<std::function<void()>>> on_cancelled_;
  std::vector<std::optional<std::future<base::Result<rpc::RunReply>>>> under_way_;  // by offload
};

}  // namespace tandem::agent
