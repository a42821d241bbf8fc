#include "agent/part_store.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "rpc/offer.h"

namespace tandem::agent {
namespace {

// The engine takes its memory at the first run. Made-up values may be none that the part can compute with, such as a
// shape to reshape to; a request brings better ones.
void warm_up(engine::Session& session, const model::Part& part) try {
  session.run(engine::made_up_inputs(session.inputs(), 1, model::value_ranges(part)));
} catch (const base::Error& error) {
  if (error.kind() != base::ErrorKind::Internal) throw;
  base::log(base::LogLevel::Info, "a part stays cold: {}", error.message());
}

}  // namespace

base::Result<model::Part> PartStore::assemble(const rpc::PartOffer& offer) {
  model::Part part;
  part.graph = offer.graph;
  part.inputs = offer.inputs;
  part.outputs = offer.outputs;
  for (const auto& weight : offer.weights) {
    auto tensor = weights_.get(weight.digest, weight.type);
    if (!tensor) return tensor.error();
    part.weights.push_back({weight.name, std::move(tensor.value())});
  }
  return part;
}

base::Status PartStore::load(const rpc::PartOffer& offer) {
  const std::lock_guard loading(loading_);
  if (find(offer.digest).ok()) return base::Nothing{};
  if (rpc::digest_of(offer) != offer.digest) {
    return base::Error(base::ErrorKind::InvalidInput,
                       fmt::format("part {}: its content does not match its digest", offer.digest.substr(0, 12)));
  }
  auto part = assemble(offer);
  if (!part) return part.error();
  auto ready = std::make_shared<ReadyPart>();
  ready->part = std::move(part.value());
  model::check_part(ready->part);
  ready->session = engine_.load(ready->part);
  warm_up(*ready->session, ready->part);
  weights_.let_go(ready->part.weights);
  const std::lock_guard lock(mutex_);
  parts_.put(offer.digest, std::move(ready));
  return base::Nothing{};
}

base::Result<std::shared_ptr<ReadyPart>> PartStore::find(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  if (const auto* held = parts_.find(digest)) return *held;
  return base::Error(base::ErrorKind::NotFound,
                     fmt::format("part {} is not loaded here: deploy the plan again", digest.substr(0, 12)));
}

}  // namespace tandem::agent
