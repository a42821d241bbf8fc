// A target, wherever it is: an agent across the network (Peer) or a Handler in this process ("here"). Profiles,
// deployments and requests use it, so that they need not tell the two apart. Thread-safe.
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
  virtual base::Status upload(const PartOffer& part, const std::vector<base::Tensor>& weights, base::Deadline deadline,
                              const std::function<void(std::size_t)>& progress) = 0;
  // As Peer::upload_blobs. Do not write to them afterwards: a target that is here does not copy them. Fails with
  // Unsupported where a target holds nothing but parts.
  virtual base::Result<std::vector<std::string>> upload_blobs(const std::vector<base::Tensor>& blobs,
                                                              base::Deadline deadline);
  virtual base::Result<RunReply> run(const RunRequest& request) = 0;
  virtual base::Result<MeasureReply> measure(const MeasureRequest& request, base::Deadline deadline) = 0;
  virtual base::Result<LinkReport> probe(const ProbeRequest& request, base::Deadline deadline) = 0;
};

std::unique_ptr<Access> access_to(std::unique_ptr<Peer> peer);

// `handler` must outlive the access. A run that is still going at its deadline returns DeadlineExceeded then; the work
// itself ends in the background.
std::unique_ptr<Access> access_here(Handler& handler);

}  // namespace tandem::rpc
