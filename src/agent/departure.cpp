#include "agent/departure.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/caught.h"

namespace tandem::agent {
namespace {

using base::Error;
using Reply = base::Result<rpc::RunReply>;

// After the answer, for the reply to a deposit that was taken: it left earlier.
constexpr std::chrono::milliseconds kLateReply{100};

base::Result<std::vector<Errand>> errands_of(const rpc::RunRequest& request, const TensorByName& tensors) {
  const rpc::Hop& hop = request.route.front();
  std::vector<Errand> errands;
  auto onward =
      errand_for(request, {request.route.begin() + 1, request.route.end()}, hop.forwards, hop.codecs, tensors);
  if (!onward) return onward.error();
  errands.push_back(std::move(onward.value()));
  for (const auto& deposit : hop.deposits) {
    const rpc::Hop later{.target = deposit.target, .awaits = {deposit.key}};
    auto errand = errand_for(request, {later}, deposit.forwards, deposit.codecs, tensors);
    if (!errand) return errand.error();
    errands.push_back(std::move(errand.value()));
  }
  return errands;
}

// Deposits under way, each sent by a thread of its own.
class Deposition {
 public:
  Deposition(Messenger& messenger, const std::stop_token& cancelled, std::size_t count)
      : messenger_(messenger), on_cancelled_(cancelled, [this] { stop_.request_stop(); }), reports_(count) {}
  // Withdraws those under way, and waits for their ends.
  ~Deposition() { stop_.request_stop(); }
  Deposition(const Deposition&) = delete;
  Deposition& operator=(const Deposition&) = delete;

  std::stop_token token() const { return stop_.get_token(); }  // stops once a deposit has failed

  void start(std::size_t index, Errand errand) {
    reports_[index].target = errand.request.route.front().target;
    errand.request.cancelled = token();
    under_way_.push_back(std::async(std::launch::async, [this, index, errand = std::move(errand)]() mutable {
      deliver(std::move(errand), reports_[index]);
    }));
  }

  std::optional<Error> failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

  // Once the request has been answered: of the deposits that it took, those at the targets that it reached.
  std::vector<rpc::HopReport> finish(const std::vector<rpc::HopReport>& reached) {
    const auto until = std::chrono::steady_clock::now() + kLateReply;
    for (std::size_t i = 0; i < under_way_.size(); ++i) {
      if (std::ranges::find(reached, reports_[i].target, &rpc::HopReport::target) != reached.end())
        under_way_[i].wait_until(until);
    }
    stop_.request_stop();
    for (auto& each : under_way_) each.get();
    return std::move(reports_);
  }

 private:
  void deliver(Errand errand, rpc::HopReport& report) try {
    const auto reply = messenger_.deposit(std::move(errand), report);
    if (!reply) fail(reply.error());
  } catch (const std::exception& failure) {
    fail(base::error_of(failure));
  }
  void fail(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      if (failure_ || stop_.stop_requested()) return;
      failure_ = error;
    }
    stop_.request_stop();
  }

  Messenger& messenger_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_cancelled_;
  std::mutex mutex_;  // guards failure_
  std::optional<Error> failure_;
  std::vector<rpc::HopReport> reports_;       // of each, written by its thread
  std::vector<std::future<void>> under_way_;  // last: they end first
};

}  // namespace

Reply depart(Messenger& messenger, const rpc::RunRequest& request, const TensorByName& tensors,
             rpc::HopReport& report) {
  auto errands = errands_of(request, tensors);
  if (!errands) return errands.error().at(report.target);
  std::vector<Errand>& all = errands.value();
  if (all.size() == 1) return messenger.run(std::move(all.front()), report);
  if (const auto shared = messenger.share_encodings(all); !shared) return shared.error();
  Deposition deposits(messenger, request.cancelled, all.size() - 1);
  all.front().request.cancelled = deposits.token();
  for (std::size_t i = 1; i < all.size(); ++i) deposits.start(i - 1, std::move(all[i]));
  Reply reply = messenger.run(std::move(all.front()), report);
  if (reply) {
    report.deposits = deposits.finish(reply.value().hops);
  } else if (const auto failure = deposits.failure()) {
    return *failure;
  }
  return reply;
}

}  // namespace tandem::agent
