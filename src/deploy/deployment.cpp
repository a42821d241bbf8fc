#include "deploy/deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/log.h"
#include "codec/open.h"
#include "deploy/delivery.h"
#include "deploy/deposit_keys.h"

namespace tandem::deploy {
namespace {

using base::Error;
using base::ErrorKind;

bool is_encoded(const plan::SentTensor& sent) {
  return sent.codec != plan::kRaw;
}

// A codec that needs no fitting is its own description.
bool describes_itself(const std::string& codec) try {
  return codec::id_of(*codec::open(codec)) == codec;
} catch (const Error&) {
  return false;
}

void check_takes(const model::Graph& graph, const std::string& tensor, const std::string& description) {
  const auto codec = codec::open(description);
  const auto found = std::ranges::find(graph.tensors, tensor, &model::TensorInfo::name);
  if (found != graph.tensors.end() && found->can_be_sent()) codec->check(found->type);
}

CodecDigests digests_of(const CodecDescriptions& codecs) {
  CodecDigests digests;
  for (const auto& [codec, description] : codecs) digests[codec] = base::digest_of(description);
  return digests;
}

const base::NamedTensor* tensor_named(const std::string& name, const std::vector<base::NamedTensor>& tensors) {
  const auto found = std::ranges::find(tensors, name, &base::NamedTensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

Error unlike(const base::NamedTensor& answer, const base::TensorType& expected) {
  return {ErrorKind::Internal, fmt::format("a target answered output '{}' as {}, expected {}", answer.name,
                                           base::to_string(answer.tensor.type()), base::to_string(expected))};
}

std::vector<std::string> names_of(const std::vector<base::NamedType>& types) {
  std::vector<std::string> names;
  for (const auto& type : types) names.push_back(type.name);
  return names;
}

std::vector<std::string> digests_of(const std::vector<PartLayers>& parts, const Parcels& parcels) {
  std::vector<std::string> digests;
  for (const auto& layers : parts) digests.push_back(parcels.at(layers).offer.digest);
  return digests;
}

Route route_of(LoweredPlan plan, const Parcels& parcels) {
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    rpc::Hop& hop = plan.route.hops[i];
    hop.parts = digests_of(plan.parts[i], parcels);
    for (std::size_t k = 0; k < hop.offloads.size(); ++k)
      hop.offloads[k].parts = digests_of(plan.offloaded[i][k], parcels);
  }
  return std::move(plan.route);
}

// The machine that gets the share of a target; none where it is for another one alone.
const std::string* receiver_of(const std::string& target, const std::string& only, const rpc::Targets& targets) {
  if (only.empty()) return &target;
  const auto& machines = targets.machines_of(target);
  return std::ranges::find(machines, only) == machines.end() ? nullptr : &only;
}

}  // namespace

Deployment::Deployment(const model::Model& model, const rpc::Targets& targets, CodecDescriptions codecs)
    : model_(model), targets_(targets), codecs_(std::move(codecs)) {}

std::vector<Route> Deployment::add(const std::vector<plan::Plan>& plans, const UploadProgress& progress,
                                   base::Deadline deadline, const Machines& out) {
  const std::lock_guard lock(sending_);
  const CodecDescriptions codecs = codecs_of(plans);
  auto lowered = lower(model_.graph(), plans, added_, digests_of(codecs));
  upload_codecs(plans, codecs, deadline, out);
  auto routes = upload(std::move(lowered), progress, deadline, out);
  added_.insert(added_.end(), plans.begin(), plans.end());
  return routes;
}

std::vector<Route> Deployment::add_apart(const std::vector<plan::Plan>& plans, const UploadProgress& progress,
                                         base::Deadline deadline) {
  const std::lock_guard lock(sending_);
  const CodecDescriptions codecs = codecs_of(plans);
  const CodecDigests digests = digests_of(codecs);
  std::vector<LoweredPlan> lowered;
  for (const auto& plan : plans) lowered.push_back(lower(model_.graph(), {plan}, {}, digests).front());
  upload_codecs(plans, codecs, deadline);
  return upload(std::move(lowered), progress, deadline);
}

std::string Deployment::description_of(const plan::SentTensor& sent) const {
  const auto known = codecs_.find({sent.name, sent.codec});
  if (known != codecs_.end()) return known->second;
  if (describes_itself(sent.codec)) return sent.codec;
  throw Error(
      ErrorKind::NotFound,
      fmt::format("codec '{}' of tensor '{}' is not known here: fit it with `tandem codec tune`, and plan again",
                  sent.codec, sent.name));
}

// The codecs that the plans use; each takes its tensor.
CodecDescriptions Deployment::codecs_of(const std::vector<plan::Plan>& plans) const {
  CodecDescriptions codecs;
  for (const auto& plan : plans) {
    for (const auto& sending : plan::sendings_of(plan)) {
      for (const auto& sent : sending.sent) {
        if (is_encoded(sent)) codecs.try_emplace({sent.name, sent.codec}, description_of(sent));
      }
    }
  }
  for (const auto& [codec, description] : codecs) check_takes(model_.graph(), codec.first, description);
  return codecs;
}

// Codecs go to both ends of every link that uses them.
void Deployment::upload_codecs(const std::vector<plan::Plan>& plans, const CodecDescriptions& codecs,
                               base::Deadline deadline, const Machines& out) {
  std::map<std::string, std::set<std::string>> descriptions;  // by machine
  for (const auto& plan : plans) {
    for (const auto& sending : plan::sendings_of(plan)) {
      for (const auto& sent : sending.sent) {
        if (!is_encoded(sent)) continue;
        const std::string& description = codecs.at({sent.name, sent.codec});
        for (const auto& end : {sending.from, sending.to}) {
          for (const auto& machine : targets_.machines_of(end)) descriptions[machine].insert(description);
        }
      }
    }
  }
  for (const auto& [codec, description] : codecs) descriptions_[base::digest_of(description)] = description;
  for (const auto& [target, texts] : descriptions) {
    if (out.contains(target)) continue;
    std::vector<base::Tensor> blobs;
    for (const auto& text : texts) blobs.push_back(base::tensor_of(text));
    const auto sent = targets_.at(target).upload_blobs(blobs, limit_for(target, targets_, deadline));
    if (!sent) fail(target, sent.error());
  }
}

std::vector<Route> Deployment::upload(std::vector<LoweredPlan> plans, const UploadProgress& progress,
                                      base::Deadline deadline, const Machines& out) {
  for (const auto& plan : plans) (void)targets_.at(plan.route.hops.front().target);  // throws where it is unknown
  const auto placements = placements_of(plans, targets_, out);
  const auto parcels = pack_all(placements, model_, offers_);
  send(placements, parcels, targets_, progress, deadline);
  std::vector<Route> routes;
  for (auto& plan : plans) routes.push_back(route_of(std::move(plan), parcels));
  for (const auto& [layers, parcel] : parcels) parts_[parcel.offer.digest] = layers;
  return routes;
}

// The weights that a target still has stay where they are.
base::Status Deployment::send_again(const Route& route, base::Deadline deadline, const std::string& machine) {
  const std::unique_lock lock =
      deadline.is_never() ? std::unique_lock(sending_) : std::unique_lock(sending_, deadline.instant());
  if (!lock) return Error(ErrorKind::DeadlineExceeded, "the deadline passed while parts were sent again");
  for (const auto& hop : route.hops) {
    if (auto sent = send_parts_again(hop.target, machine, hop.parts, deadline); !sent) return sent;
    for (const auto& offload : hop.offloads) {
      if (auto sent = send_parts_again(offload.target, machine, offload.parts, deadline); !sent) return sent;
      const std::vector<std::string> ends = {hop.target, offload.target};
      if (auto sent = send_codecs_again(offload.codecs, ends, machine, deadline); !sent) return sent;
    }
    for (const auto& deposit : hop.deposits) {
      const std::vector<std::string> ends = {hop.target, deposit.target};
      if (auto sent = send_codecs_again(deposit.codecs, ends, machine, deadline); !sent) return sent;
    }
  }
  for (std::size_t i = 0; i + 1 < route.hops.size(); ++i) {
    const std::vector<std::string> ends = {route.hops[i].target, route.hops[i + 1].target};
    if (auto sent = send_codecs_again(route.hops[i].codecs, ends, machine, deadline); !sent) return sent;
  }
  return base::Nothing{};
}

base::Status Deployment::send_parts_again(const std::string& target, const std::string& only,
                                          const std::vector<std::string>& digests, base::Deadline deadline) {
  const std::string* const receiver = receiver_of(target, only, targets_);
  if (receiver == nullptr) return base::Nothing{};
  for (const auto& digest : digests) {
    const Parcel parcel = pack(model_.extract(parts_.at(digest)), offers_);
    const auto sent = targets_.at(*receiver).upload(parcel.offer, parcel.weights, deadline, {});
    if (!sent) return sent.error().at(*receiver);
  }
  return base::Nothing{};
}

base::Status Deployment::send_codecs_again(const std::vector<std::string>& codecs,
                                           const std::vector<std::string>& targets, const std::string& only,
                                           base::Deadline deadline) const {
  std::vector<base::Tensor> blobs;
  for (const auto& codec : codecs) {
    const auto description = descriptions_.find(codec);
    if (description != descriptions_.end()) blobs.push_back(base::tensor_of(description->second));
  }
  if (blobs.empty()) return base::Nothing{};
  for (const auto& target : targets) {
    const std::string* const receiver = receiver_of(target, only, targets_);
    if (receiver == nullptr) continue;
    const auto sent = targets_.at(*receiver).upload_blobs(blobs, deadline);
    if (!sent) return sent.error().at(*receiver);
  }
  return base::Nothing{};
}

base::Result<Answer> Deployment::run(const Route& route, const std::vector<base::NamedTensor>& inputs,
                                     base::Deadline deadline) {
  return turns_.has_any(route) ? run_by(in_turn(route), inputs, deadline) : run_by(route, inputs, deadline);
}

base::Result<Answer> Deployment::run_by(const Route& route, const std::vector<base::NamedTensor>& inputs,
                                        base::Deadline deadline) {
  const auto ask = [&] {
    return targets_.at(route.hops.front().target).run({next_id_++, deadline, with_deposit_keys(route.hops), inputs});
  };
  const auto start = base::steady_clock().now();
  auto reply = ask();
  if (!reply && reply.error().kind() == ErrorKind::NotFound) {
    base::log(base::LogLevel::Info, "sent again: {}", reply.error().message());
    const auto sent = send_again(route, deadline);
    if (!sent) return sent.error();
    reply = ask();
    if (!reply && reply.error().kind() == ErrorKind::NotFound)
      return Error(ErrorKind::Unavailable, "sent again, and gone again: " + reply.error().message());
  }
  if (!reply) return reply.error();
  auto answer = answer_of(route, inputs, std::move(reply.value()));
  if (answer) answer.value().latency_ms = base::Milliseconds(base::steady_clock().now() - start).count();
  return answer;
}

std::vector<PartLayers> Deployment::layers_of(const std::vector<std::string>& digests) const {
  std::vector<PartLayers> layers;
  for (const auto& digest : digests) layers.push_back(parts_.at(digest));
  return layers;
}

base::Result<Answer> Deployment::answer_of(const Route& route, const std::vector<base::NamedTensor>& inputs,
                                           rpc::RunReply reply) const {
  Answer answer;
  answer.hops = std::move(reply.hops);
  const auto types = model_.output_types();
  // An output that is an input, too, is among the answers of no part.
  for (const auto& name : route.stops_at_one ? route.answers : names_of(types)) {
    if (const auto* made = tensor_named(name, reply.tensors)) {
      const auto type = std::ranges::find(types, name, &base::NamedType::name);
      if (type != types.end() && !base::fits(made->tensor.type(), type->type)) return unlike(*made, type->type);
      answer.outputs.push_back(*made);
    } else if (const auto* given = tensor_named(name, inputs)) {
      answer.outputs.push_back(*given);
    } else if (!route.stops_at_one && std::ranges::find(route.answers, name) != route.answers.end()) {
      return Error(ErrorKind::Internal, fmt::format("no target answered output '{}'", name));
    }
  }
  if (answer.outputs.empty() && route.answers.empty())
    return Error(ErrorKind::Unsupported, "none of the model's outputs can be sent, expected tensors of numbers");
  if (answer.outputs.empty()) return Error(ErrorKind::Internal, "no target answered any exit of the plan");
  return answer;
}

}  // namespace tandem::deploy
