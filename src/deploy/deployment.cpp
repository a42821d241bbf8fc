#include "deploy/deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/digest.h"
#include "codec/open.h"

namespace tandem::deploy {
namespace {

using base::Error;
using base::ErrorKind;

constexpr base::Milliseconds kUploadTimeout{30.0 * 60 * 1000};

std::size_t weight_bytes(const model::Part& part) {
  std::size_t total = 0;
  for (const auto& weight : part.weights) total += weight.tensor.size();
  return total;
}

bool is_raw(const plan::SentTensor& sent) {
  return sent.codec == "raw";
}

// A codec that needs no fitting is its own description.
bool describes_itself(const std::string& codec) try {
  return codec::id_of(*codec::open(codec)) == codec;
} catch (const Error&) {
  return false;
}

void add_layer(std::vector<model::LayerRange>& ranges, std::size_t layer) {
  if (!ranges.empty() && ranges.back().last == layer) {
    ++ranges.back().last;
  } else {
    ranges.push_back({layer, layer + 1});
  }
}

}  // namespace

Deployment::Deployment(const model::Model& model, const rpc::Targets& targets, CodecDescriptions codecs)
    : model_(model), targets_(targets), codecs_(std::move(codecs)) {
  for (const auto& output : model.whole().outputs) output_names_.push_back(output.name);
}

std::vector<Route> Deployment::add(const std::vector<plan::Plan>& plans, const UploadProgress& progress) {
  for (const auto& plan : plans) check_supported(plan);
  for (const auto& plan : plans) (void)targets_.at(plan.stages.front().target);  // throws where it is unknown
  for (const auto& plan : plans) note_layers(plan);
  upload_codecs(plans);
  std::set<std::pair<std::string, Ranges>> parts;
  for (const auto& plan : plans) {
    for (const auto& stage : plan.stages) {
      for (const Ranges& part : parts_of(stage)) parts.emplace(stage.target, part);
    }
  }
  std::size_t total_bytes = 0;
  std::size_t sent_bytes = 0;
  for (const auto& [target, part] : parts) total_bytes += weight_bytes(model_.extract(part));
  for (const auto& [target, part] : parts) upload(target, part, total_bytes, sent_bytes, progress);
  std::vector<Route> routes;
  for (const auto& plan : plans) routes.push_back(route_of(plan));
  return routes;
}

void Deployment::check_supported(const plan::Plan& plan) const {
  if (!plan.policy.empty() && plan.exits.empty())
    throw Error(ErrorKind::Unsupported,
                fmt::format("plan '{}': it does not say where requests may stop, expected 'exits'", plan.summary()));
  const auto& tensors = model_.graph().tensors;
  for (const auto& stage : plan.stages) {
    for (const auto& sent : stage.sent) {
      if (is_raw(sent)) continue;
      const auto codec = codec::open(description_of(sent));
      const auto tensor = std::ranges::find(tensors, sent.name, &model::TensorInfo::name);
      if (tensor != tensors.end() && tensor->can_be_sent()) codec->check(tensor->type);
    }
  }
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

// To both ends of every link that they are used on.
void Deployment::upload_codecs(const std::vector<plan::Plan>& plans) {
  std::map<std::string, std::set<std::string>> descriptions;  // by target
  for (const auto& plan : plans) {
    for (std::size_t i = 0; i + 1 < plan.stages.size(); ++i) {
      for (const auto& sent : plan.stages[i].sent) {
        if (is_raw(sent)) continue;
        descriptions[plan.stages[i].target].insert(description_of(sent));
        descriptions[plan.stages[i + 1].target].insert(description_of(sent));
      }
    }
  }
  for (const auto& [target, texts] : descriptions) {
    std::vector<base::Tensor> blobs;
    for (const auto& text : texts) blobs.push_back(base::tensor_of(text));
    const auto sent = targets_.at(target).upload_blobs(blobs, base::Deadline::after(kUploadTimeout));
    if (!sent) throw sent.error().at(target);
  }
}

std::vector<std::string> Deployment::codecs_of(const plan::Stage& stage,
                                               const std::vector<std::string>& forwards) const {
  if (std::ranges::all_of(stage.sent, is_raw)) return {};
  std::vector<std::string> digests;
  for (const auto& name : forwards) {
    const auto sent = std::ranges::find(stage.sent, name, &plan::SentTensor::name);
    const bool is_encoded = sent != stage.sent.end() && !is_raw(*sent);
    digests.push_back(is_encoded ? base::digest_of(description_of(*sent)) : "");
  }
  return digests;
}

void Deployment::note_layers(const plan::Plan& plan) {
  const std::size_t number = plan_count_++;
  for (const auto& stage : plan.stages) {
    auto& uses = uses_[stage.target];
    uses.resize(model_.graph().layers.size());
    for (const auto& range : stage.ranges) {
      for (std::size_t layer = range.first; layer < range.last; ++layer) uses[layer].plans.insert(number);
    }
    for (const auto& exit : plan.exits) {
      const std::size_t layer = layer_of_exit(exit.name);
      if (uses[layer].plans.contains(number)) uses[layer].ends_part = true;
    }
  }
}

std::size_t Deployment::layer_of_exit(const std::string& name) const {
  const auto& tensors = model_.graph().tensors;
  const auto tensor = std::ranges::find(tensors, name, &model::TensorInfo::name);
  if (tensor == tensors.end() || !tensor->is_answer || tensor->producer == model::kNoLayer)
    throw Error(ErrorKind::InvalidInput, fmt::format("exit '{}' is no output of the model", name));
  return tensor->producer;
}

void Deployment::upload(const std::string& target, const Ranges& ranges, std::size_t total_bytes,
                        std::size_t& sent_bytes, const UploadProgress& progress) {
  const model::Part part = model_.extract(ranges);
  const rpc::PartOffer offer = offers_.make(part);
  digests_[ranges] = offer.digest;
  const auto report = [&](std::size_t part_bytes) {
    if (progress) progress(sent_bytes + part_bytes, total_bytes);
  };
  const auto status =
      targets_.at(target).upload(offer, rpc::tensors_of(part), base::Deadline::after(kUploadTimeout), report);
  if (!status) throw status.error().at(target);
  sent_bytes += weight_bytes(part);
  report(0);
}

// A part ends where the set of plans that run a layer there changes, so that what they share is held once, and where
// a request may stop. Layers that none of them runs there, such as heads of other exits, divide nothing.
std::vector<Deployment::Ranges> Deployment::parts_of(const plan::Stage& stage) const {
  std::vector<Ranges> parts;
  if (!stage.runs_layers()) return parts;
  const auto& uses = uses_.at(stage.target);
  bool begins_part = true;
  const LayerUse* before = nullptr;
  std::size_t next = 0;
  for (const auto& range : stage.ranges) {
    for (; next < range.last; ++next) {
      const LayerUse& use = uses[next];
      if (use.plans.empty()) continue;
      begins_part |= before == nullptr || before->ends_part || before->plans != use.plans;
      before = &use;
      if (next < range.first) continue;
      if (std::exchange(begins_part, false)) parts.emplace_back();
      add_layer(parts.back(), next);
    }
  }
  return parts;
}

std::vector<std::string> Deployment::answers_of(const plan::Stage& stage) const {
  std::vector<std::string> names;
  if (!stage.runs_layers()) return names;
  for (const auto& output : model_.extract(stage.ranges).outputs) {
    if (std::ranges::find(output_names_, output.name) != output_names_.end()) names.push_back(output.name);
  }
  return names;
}

// The exits of a plan that one of its stages makes, each after the part that ends with it. The last one always stops.
std::vector<rpc::ExitCheck> Deployment::exit_checks_of(const plan::Plan& plan, const std::vector<Ranges>& parts) const {
  std::vector<rpc::ExitCheck> checks;
  for (const auto& exit : plan.exits) {
    const std::size_t end = layer_of_exit(exit.name) + 1;
    const auto part = std::ranges::find(parts, end, [](const Ranges& ranges) { return ranges.back().last; });
    if (part == parts.end()) continue;
    const bool is_last = &exit == &plan.exits.back();
    checks.push_back({static_cast<std::uint32_t>(part - parts.begin() + 1), exit.name, is_last ? 0 : exit.threshold,
                      plan.confidence, exit.temperature});
  }
  return checks;
}

// What a stage hands on: all that it or an earlier one made, or the request brought, and a later stage reads. Layers
// that no stage runs read nothing.
std::vector<std::string> Deployment::forwards_of(const plan::Plan& plan, std::size_t stage) const {
  std::vector<std::size_t> stage_of(model_.graph().layers.size(), plan::kNone);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    for (const auto& range : plan.stages[i].ranges)
      std::fill(stage_of.begin() + static_cast<std::ptrdiff_t>(range.first),
                stage_of.begin() + static_cast<std::ptrdiff_t>(range.last), i);
  }
  std::vector<std::string> names;
  for (const auto& tensor : model_.graph().tensors) {
    const bool is_made =
        tensor.producer == model::kNoLayer || stage_of[tensor.producer] <= stage;  // kNone is beyond all
    const auto is_later = [&](std::size_t layer) { return stage_of[layer] != plan::kNone && stage_of[layer] > stage; };
    if (is_made && std::ranges::any_of(tensor.consumers, is_later)) names.push_back(tensor.name);
  }
  return names;
}

Route Deployment::route_of(const plan::Plan& plan) const {
  Route route;
  route.stops_at_one = !plan.exits.empty();
  route.answers = output_names_;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const plan::Stage& stage = plan.stages[i];
    rpc::Hop hop;
    hop.target = stage.target;
    const auto parts = parts_of(stage);
    for (const Ranges& part : parts) hop.parts.push_back(digests_.at(part));
    if (plan.exits.empty()) hop.answers = answers_of(stage);
    hop.exits = exit_checks_of(plan, parts);
    if (i + 1 < plan.stages.size()) {
      hop.forwards = forwards_of(plan, i);
      hop.codecs = codecs_of(stage, hop.forwards);
    }
    route.hops.push_back(std::move(hop));
  }
  return route;
}

base::Result<Answer> Deployment::run(const Route& route, const std::vector<base::NamedTensor>& inputs,
                                     base::Deadline deadline) {
  const rpc::RunRequest request{next_id_++, deadline, route.hops, inputs};
  const auto start = base::steady_clock().now();
  auto reply = targets_.at(route.hops.front().target).run(request);
  if (!reply) return reply.error();
  Answer answer;
  answer.latency_ms = base::Milliseconds(base::steady_clock().now() - start).count();
  answer.hops = std::move(reply.value().hops);
  for (const auto& name : route.answers) {
    const auto tensor = std::ranges::find(reply.value().tensors, name, &base::NamedTensor::name);
    if (tensor != reply.value().tensors.end())
      answer.outputs.push_back(std::move(*tensor));
    else if (!route.stops_at_one)
      return Error(ErrorKind::Internal, fmt::format("no target answered output '{}'", name));
  }
  if (answer.outputs.empty()) return Error(ErrorKind::Internal, "no target answered any exit of the plan");
  return answer;
}

}  // namespace tandem::deploy
