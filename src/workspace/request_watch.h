// Learns from requests that ran by a plan: the times of their stages, and the bandwidths and round trips of the links
// that they crossed. All is kept when the watch ends, so that the next plan knows it. Used by runs, comparisons and
// benchmarks. Not synchronised.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cost/costs.h"
#include "deploy/deployment.h"
#include "plan/problem/plan.h"
#include "rpc/messages.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

class RequestWatch {
 public:
  explicit RequestWatch(Workspace& workspace) : workspace_(workspace) {}  // which must outlive this
  ~RequestWatch();  // stores what was learnt; a failure is a warning
  RequestWatch(const RequestWatch&) = delete;
  RequestWatch& operator=(const RequestWatch&) = delete;

  // `answer`: of one request that ran by `plan`.
  void see(const plan::Plan& plan, const deploy::Answer& answer);

 private:
  using StageOfTarget = std::pair<std::string, std::vector<plan::LayerRange>>;
  struct Frames {
    std::string from;
    std::string to;
    std::int64_t sent_bytes = 0;
    std::int64_t answered_bytes = 0;
    auto operator<=>(const Frames&) const = default;
  };

  void see_transfer(std::size_t hop, const plan::Plan& plan, const deploy::Answer& answer);
  std::int64_t answered_beyond(std::size_t hop, const plan::Plan& plan, const deploy::Answer& answer) const;
  void store_link(const Frames& frames, double took_ms);
  void store_stage(const StageOfTarget& stage, const std::vector<double>& samples_ms);
  const std::optional<cost::Identity>& identity_of(const std::string& target);

  Workspace& workspace_;
  std::map<StageOfTarget, std::vector<double>> stage_ms_;
  std::map<Frames, std::vector<double>> transfer_ms_;
  std::map<std::string, std::optional<cost::Identity>> identities_;  // of the targets as they are now
};

}  // namespace tandem::workspace
