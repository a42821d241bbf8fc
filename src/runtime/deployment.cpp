#include "runtime/deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tandem::runtime {
namespace {

using base::Error;
using base::ErrorKind;

constexpr base::Milliseconds kUploadTimeout{30.0 * 60 * 1000};

std::size_t weight_bytes(const model::Part& part) {
  std::size_t total = 0;
  for (const auto& weight : part.weights) total += weight.tensor.size();
  return total;
}

void check_supported(const plan::Plan& plan) {
  if (!plan.policy.empty())
    throw Error(ErrorKind::Unsupported,
                fmt::format("plan '{}': exit policies are not carried out yet", plan.summary()));
  for (const auto& stage : plan.stages) {
    for (const auto& sent : stage.sent) {
      if (sent.codec == "raw") continue;
      throw Error(ErrorKind::Unsupported, fmt::format("plan '{}': codec '{}' of tensor '{}' is not carried out yet",
                                                      plan.summary(), sent.codec, sent.name));
    }
  }
}

}  // namespace

Deployment::Deployment(const model::Model& model, const cost::Fleet& fleet,
                       const std::vector<std::unique_ptr<rpc::Access>>& targets)
    : model_(model), fleet_(fleet), targets_(targets) {
  for (const auto& output : model.whole().outputs) output_names_.push_back(output.name);
}

std::vector<Route> Deployment::add(const std::vector<plan::Plan>& plans, const UploadProgress& progress) {
  for (const auto& plan : plans) check_supported(plan);
  add_boundaries(plans);
  std::set<std::pair<std::string, Range>> parts;
  for (const auto& plan : plans) {
    for (const auto& stage : plan.stages) {
      for (const Range& range : parts_of(stage)) parts.emplace(stage.target, range);
    }
  }
  std::size_t total_bytes = 0;
  std::size_t sent_bytes = 0;
  for (const auto& [target, range] : parts) total_bytes += weight_bytes(model_.extract(range.first, range.second));
  for (const auto& [target, range] : parts) upload(target, range, total_bytes, sent_bytes, progress);
  std::vector<Route> routes;
  for (const auto& plan : plans) routes.push_back(route_of(plan));
  return routes;
}

void Deployment::add_boundaries(const std::vector<plan::Plan>& plans) {
  for (const auto& plan : plans) {
    for (const auto& stage : plan.stages) {
      for (const auto& range : stage.ranges) boundaries_[stage.target].insert({range.first, range.last});
    }
  }
}

void Deployment::upload(const std::string& target, const Range& range, std::size_t total_bytes, std::size_t& sent_bytes,
                        const UploadProgress& progress) {
  const model::Part part = model_.extract(range.first, range.second);
  const rpc::PartOffer offer = offers_.make(part);
  digests_[range] = offer.digest;
  const auto report = [&](std::size_t part_bytes) {
    if (progress) progress(sent_bytes + part_bytes, total_bytes);
  };
  const auto status = targets_[fleet_.index_of(target)]->upload(offer, rpc::tensors_of(part),
                                                                base::Deadline::after(kUploadTimeout), report);
  if (!status) throw Error(status.error().kind(), fmt::format("{}: {}", target, status.error().message()));
  sent_bytes += weight_bytes(part);
  report(0);
}

std::vector<Deployment::Range> Deployment::parts_of(const plan::Stage& stage) const {
  std::vector<Range> parts;
  for (const auto& range : stage.ranges) {
    const auto& positions = boundaries_.at(stage.target);
    for (auto first = positions.find(range.first); *first != range.last; ++first)
      parts.emplace_back(*first, *std::next(first));
  }
  return parts;
}

// The model outputs that a stage makes. What the graph does not know depends on constants only and comes last.
std::vector<std::string> Deployment::answers_of(const plan::Stage& stage) const {
  std::vector<std::string> names;
  for (const auto& range : stage.ranges) {
    for (const auto& output : model_.extract(range.first, range.last).outputs) {
      if (std::ranges::find(output_names_, output.name) != output_names_.end()) names.push_back(output.name);
    }
  }
  return names;
}

// What a stage hands on: all that it or an earlier one made, or the request brought, and a later stage reads.
std::vector<std::string> Deployment::forwards_of(const plan::Plan& plan, std::size_t stage) const {
  std::vector<std::size_t> stage_of(model_.graph().layers.size(), plan.stages.size());
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    for (const auto& range : plan.stages[i].ranges)
      std::fill(stage_of.begin() + static_cast<std::ptrdiff_t>(range.first),
                stage_of.begin() + static_cast<std::ptrdiff_t>(range.last), i);
  }
  std::vector<std::string> names;
  for (const auto& tensor : model_.graph().tensors) {
    const bool is_made = tensor.producer == model::kNoLayer || stage_of[tensor.producer] <= stage;
    const auto is_later = [&](std::size_t layer) { return stage_of[layer] > stage; };
    if (is_made && std::ranges::any_of(tensor.consumers, is_later)) names.push_back(tensor.name);
  }
  return names;
}

Route Deployment::route_of(const plan::Plan& plan) const {
  Route route;
  route.first_target = fleet_.index_of(plan.stages.front().target);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const plan::Stage& stage = plan.stages[i];
    rpc::Hop hop;
    hop.target = stage.target;
    for (const Range& range : parts_of(stage)) hop.parts.push_back(digests_.at(range));
    hop.answers = answers_of(stage);
    if (i + 1 < plan.stages.size()) hop.forwards = forwards_of(plan, i);
    route.hops.push_back(std::move(hop));
  }
  return route;
}

base::Result<Answer> Deployment::run(const Route& route, const std::vector<base::NamedTensor>& inputs,
                                     base::Deadline deadline) {
  const rpc::RunRequest request{next_id_++, deadline, route.hops, inputs};
  const auto start = base::steady_clock().now();
  auto reply = targets_[route.first_target]->run(request);
  if (!reply) return reply.error();
  Answer answer;
  answer.latency_ms = base::Milliseconds(base::steady_clock().now() - start).count();
  answer.hops = std::move(reply.value().hops);
  for (const auto& name : output_names_) {
    const auto tensor = std::ranges::find(reply.value().tensors, name, &base::NamedTensor::name);
    if (tensor == reply.value().tensors.end())
      return Error(ErrorKind::Internal, fmt::format("no target answered output '{}'", name));
    answer.outputs.push_back(std::move(*tensor));
  }
  return answer;
}

}  // namespace tandem::runtime
