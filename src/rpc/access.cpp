#include "rpc/access.h"

#include <future>
#include <mutex>

namespace tandem::rpc {
namespace {

class RemoteAccess : public Access {
 public:
  explicit RemoteAccess(std::unique_ptr<Peer> peer) : peer_(std::move(peer)) {}

  base::Result<TargetDescription> describe(base::Deadline deadline) override { return peer_->describe(deadline); }
  base::Status upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline deadline,
                      const std::function<void(std::size_t)>& progress) override {
    return peer_->upload(part, weights, deadline, progress);
  }
  base::Result<RunReply> run(const RunRequest& request) override { return peer_->run(request); }
  base::Result<MeasureReply> measure(const MeasureRequest& request, base::Deadline deadline) override {
    return peer_->measure(request, deadline);
  }
  base::Result<LinkReport> probe(const ProbeRequest& request, base::Deadline deadline) override {
    return peer_->probe(request, deadline);
  }

 private:
  std::unique_ptr<Peer> peer_;
};

// A failure is a value here as it is across the network, where the server makes it one.
template <class Action>
auto caught(const Action& action) -> decltype(action()) {
  try {
    return action();
  } catch (const base::Error& error) {
    return error;
  }
}

class LocalAccess : public Access {
 public:
  explicit LocalAccess(Handler& handler) : handler_(handler) {}

  base::Result<TargetDescription> describe(base::Deadline) override { return handler_.describe(); }

  base::Status upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline,
                      const std::function<void(std::size_t)>& progress) override {
    std::size_t stored_bytes = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      auto stored = handler_.store_weight(part.weights[i].digest, weights[i]);
      if (!stored) return stored;
      stored_bytes += weights[i].size();
      if (progress) progress(stored_bytes);
    }
    return caught([&] { return handler_.load(part); });
  }

  base::Result<RunReply> run(const RunRequest& request) override {
    const auto run = [this, request] { return caught([&] { return handler_.run(request); }); };
    if (request.deadline.is_never()) return run();
    auto work = std::async(std::launch::async, run);
    if (work.wait_until(request.deadline.instant()) == std::future_status::ready) return work.get();
    const std::lock_guard lock(mutex_);
    // An abandoned future would wait in its destructor: keep it until the work has ended.
    std::erase_if(late_,
                  [](auto& future) { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    late_.push_back(std::move(work));
    return base::Error(base::ErrorKind::DeadlineExceeded, "the deadline passed while the request ran here");
  }

  base::Result<MeasureReply> measure(const MeasureRequest& request, base::Deadline) override {
    return caught([&] { return handler_.measure(request); });
  }
  base::Result<LinkReport> probe(const ProbeRequest& request, base::Deadline) override {
    return caught([&] { return handler_.probe(request); });
  }

 private:
  Handler& handler_;
  std::mutex mutex_;
  std::vector<std::future<base::Result<RunReply>>> late_;
};

}  // namespace

std::unique_ptr<Access> access_to(std::unique_ptr<Peer> peer) {
  return std::make_unique<RemoteAccess>(std::move(peer));
}
std::unique_ptr<Access> access_here(Handler& handler) {
  return std::make_unique<LocalAccess>(handler);
}

}  // namespace tandem::rpc
