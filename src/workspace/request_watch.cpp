#include "workspace/request_watch.h"

#include <algorithm>
#include <ranges>

#include "base/error.h"
#include "base/log.h"
#include "base/statistics.h"
#include "base/unix_time.h"
#include "cost/transfers.h"
#include "profile/measure.h"

namespace tandem::workspace {
namespace {

constexpr std::size_t kFewestSamples = 5;  // one request that had to wait teaches nothing

template <class Store>
void kept(const Store& store) try {
  store();
} catch (const base::Error& error) {
  base::log(base::LogLevel::Warning, "what the requests took is not kept: {}", error.message());
}

}  // namespace

RequestWatch::~RequestWatch() {
  for (const auto& [frames, took_ms] : transfer_ms_) {
    if (took_ms.size() >= kFewestSamples) kept([&] { store_link(frames, base::median(took_ms)); });
  }
  for (const auto& [stage, samples_ms] : stage_ms_) {
    if (samples_ms.size() >= kFewestSamples) kept([&] { store_stage(stage, samples_ms); });
  }
}

void RequestWatch::see(const plan::Plan& plan, const deploy::Answer& answer) {
  const auto& hops = answer.hops;
  for (std::size_t i = 0; i + 1 < hops.size() && i + 1 < plan.stages.size(); ++i) see_transfer(i, plan, answer);
  // With exits, a stage runs as far as the request needs it.
  if (!plan.exits.empty()) return;
  for (std::size_t i = 0; i < hops.size() && i < plan.stages.size(); ++i) {
    const plan::Stage& stage = plan.stages[i];
    if (stage.runs_layers() && stage.steps.empty())
      stage_ms_[{stage.target, stage.ranges}].push_back(hops[i].compute_ms);
  }
}

// The bytes of the outputs that stages after `hop` made: they come back over its link.
std::int64_t RequestWatch::answered_beyond(std::size_t hop, const plan::Plan& plan,
                                           const deploy::Answer& answer) const {
  const auto& tensors = workspace_.model().graph().tensors;
  const auto makes = [](const plan::Stage& stage, std::size_t layer) {
    return std::ranges::any_of(plan::shares_of(stage), [&](const plan::Share& share) {
      return std::ranges::any_of(share.ranges,
                                 [&](const auto& range) { return layer >= range.first && layer < range.last; });
    });
  };
  std::int64_t bytes = 0;
  for (const auto& output : answer.outputs) {
    const auto tensor = std::ranges::find(tensors, output.name, &model::TensorInfo::name);
    if (tensor == tensors.end()) continue;
    const auto beyond = std::views::drop(plan.stages, static_cast<std::ptrdiff_t>(hop + 1));
    if (std::ranges::any_of(beyond, [&](const auto& stage) { return makes(stage, tensor->producer); }))
      bytes += static_cast<std::int64_t>(output.tensor.size());
  }
  return bytes;
}

// To the next hop. Replicas count as their target.
void RequestWatch::see_transfer(std::size_t hop, const plan::Plan& plan, const deploy::Answer& answer) {
  const rpc::HopReport& from = answer.hops[hop];
  const rpc::HopReport& to = answer.hops[hop + 1];
  // The share of encoding and decoding that overlaps with sending is unknown.
  if (from.encode_ms > 0 || to.decode_ms > 0) return;
  // So is that of tensors on their way past the next stage, which may share the link.
  if (!from.deposits.empty() || to.waited_ms > 0) return;
  const Frames frames{plan.stages[hop].target, plan.stages[hop + 1].target, from.sent_bytes,
                      answered_beyond(hop, plan, answer)};
  transfer_ms_[frames].push_back(from.exchange_ms - to.compute_ms - to.exchange_ms);
}

// Links without a probe are not watched.
void RequestWatch::store_link(const Frames& frames, double took_ms) {
  auto link = workspace_.store().link_costs(frames.from, frames.to);
  if (!link) return;
  const double answer_ms = cost::transfer_ms(static_cast<double>(frames.answered_bytes), link->download_mbps.value);
  if (cost::learn(*link, static_cast<double>(frames.sent_bytes), took_ms - answer_ms, base::unix_time_s()))
    workspace_.store().put(*link);
}

// Nothing where the target does not answer.
const std::optional<cost::Identity>& RequestWatch::identity_of(const std::string& target) {
  const auto [known, is_new] = identities_.try_emplace(target);
  if (is_new) {
    rpc::Access& access = workspace_.access().targets().at(target);
    known->second = profile::make_subject(workspace_.model().digest(), target, access).identity;
  }
  return known->second;
}

// Of a target that was profiled as it is now.
void RequestWatch::store_stage(const StageOfTarget& stage, const std::vector<double>& samples_ms) {
  const auto& [target, ranges] = stage;
  const auto profiled = workspace_.store().latest_examination(workspace_.model().digest(), target);
  if (profiled && profiled->identity == identity_of(target))
    workspace_.store().append({profiled->identity, ranges, samples_ms, base::unix_time_s()});
}

}  // namespace tandem::workspace
