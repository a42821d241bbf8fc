#include "rpc/access.h"

#include <future>
#include <mutex>

#include "rpc/offer.h"
#include "rpc/pieces.h"

namespace tandem::rpc {
namespace {

class RemoteAccess : public Access {
 public:
  explicit RemoteAccess(std::unique_ptr<Peer> peer) : peer_(std::move(peer)) {}

  base::Result<TargetDescription> describe(base::Deadline deadline) override { return peer_->describe(deadline); }
  base::Status check_health(base::Deadline deadline) override { return peer_->check_health(deadline); }
  base::Status upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline deadline,
                      const std::function<void(std::size_t)>& progress) override {
    return peer_->upload(part, weights, deadline, progress);
  }
  base::Result<std::vector<std::string>> upload_blobs(const std::vector<base::Tensor>& blobs,
                                                      base::Deadline deadline) override {
    return peer_->upload_blobs(blobs, deadline);
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

// A failure becomes a value here, as the server makes it one across the network.
template <class Action>
auto caught(const Action& action) -> decltype(action()) {
  try {
    return action();
  } catch (const base::Error& error) {
    return error;
  }
}

// As it would arrive over a network.
RunRequest decoded(Handler& handler, const RunRequest& request) {
  MessageBuffers buffers;
  PieceSender sender(request, buffers);
  Arrival arrival(request, handler, {});
  while (const auto message = sender.next()) arrival.take(*message);
  return arrival.finish();
}

class LocalAccess : public Access {
 public:
  explicit LocalAccess(Handler& handler) : handler_(handler) {}

  base::Result<TargetDescription> describe(base::Deadline) override { return handler_.describe(); }

  base::Status upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline deadline,
                      const std::function<void(std::size_t)>& progress) override {
    std::size_t stored_bytes = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      auto stored = handler_.store_weight(part.weights[i].digest, weights[i]);
      if (!stored) return stored;
      stored_bytes += weights[i].size();
      if (progress) progress(stored_bytes);
    }
    return caught([&] { return handler_.load(part, {.deadline = deadline}); });
  }

  base::Result<std::vector<std::string>> upload_blobs(const std::vector<base::Tensor>& blobs, base::Deadline) override {
    std::vector<std::string> digests = digests_of(blobs);
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      const base::Status stored = handler_.store_weight(digests[i], blobs[i]);
      if (!stored) return stored.error();
    }
    return digests;
  }

  base::Result<RunReply> run(const RunRequest& request) override {
    const auto run = [this, request] { return caught([&] { return handler_.run(decoded(handler_, request)); }); };
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

  base::Result<MeasureReply> measure(const MeasureRequest& request, base::Deadline deadline) override {
    return caught([&] { return handler_.measure(request, {.deadline = deadline}); });
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

base::Status Access::check_health(base::Deadline deadline) {
  const auto description = describe(deadline);
  return description ? base::Status(base::Nothing{}) : base::Status(description.error());
}

base::Result<std::vector<std::string>> Access::upload_blobs(const std::vector<base::Tensor>&, base::Deadline) {
  return base::Error(base::ErrorKind::Unsupported, "this target holds parts only");
}

std::unique_ptr<Access> access_to(std::unique_ptr<Peer> peer) {
  return std::make_unique<RemoteAccess>(std::move(peer));
}
std::unique_ptr<Access> access_here(Handler& handler) {
  return std::make_unique<LocalAccess>(handler);
}

}  // namespace tandem::rpc
