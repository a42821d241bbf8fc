// Access to a target: an agent across the network (Peer) or a Handler in this process ("here"). Profiles, deployments
// and requests use it for both alike. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rpc/handler.h"
#include "rpc/messages.h"
#include "rpc/peer.h"

namespace tandem::rpc {

class Access {
 public:
  virtual ~Access() = default;
  virtual base::Result<TargetDescription> describe(base::Deadline deadline) = 0;
  // Whether it answers at all. A machine that is busy does.
  virtual base::Status check_health(base::Deadline deadline);
  virtual base::Status upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline deadline,
                              const std::function<void(std::size_t)>& progress) = 0;
  // As Peer::upload_blobs. Do not write to them afterwards: a target that is here does not copy them. Fails with
  // Unsupported where a target holds parts only.
  virtual base::Result<std::vector<std::string>> upload_blobs(const std::vector<base::Tensor>& blobs,
                                                              base::Deadline deadline);
  virtual base::Result<RunReply> run(const RunRequest& request) = 0;
  virtual base::Result<MeasureReply> measure(const MeasureRequest& request, base::Deadline deadline) = 0;
  virtual base::Result<LinkReport> probe(const ProbeRequest& request, base::Deadline deadline) = 0;
};

std::unique_ptr<Access> access_to(std::unique_ptr<Peer> peer);

// `handler` must outlive the access. A run that passes its deadline returns DeadlineExceeded at once; the work itself
// ends in the background.
std::unique_ptr<Access> access_here(Handler& handler);

}  // namespace tandem::rpc
