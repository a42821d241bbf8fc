#include "workspace/questioning.h"

#include <algorithm>
#include <limits>

#include "base/clock.h"

namespace tandem::workspace {
namespace {

using Tensors = std::vector<base::NamedTensor>;

constexpr base::Milliseconds kLongestAnswer{60'000};
constexpr double kTolerance = 1e-4;  // beyond the rounding of another order of additions

const base::NamedTensor* find(const std::string& name, const Tensors& tensors) {
  const auto found = std::ranges::find(tensors, name, &base::NamedTensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

Tensors pick(const std::vector<std::string>& names, const Tensors& tensors) {
  Tensors picked;
  for (const auto& name : names) {
    if (const auto* tensor = find(name, tensors)) picked.push_back(*tensor);
  }
  return picked;
}

Tensors run_here(const std::vector<deploy::PartLayers>& parts, Tensors tensors, const model::Model& model,
                 engine::Engine& engine) {
  Tensors made;
  for (const auto& layers : parts) {
    const auto session = engine.load(model.extract(layers));
    std::vector<base::Tensor> inputs;
    for (const auto& input : session->inputs()) {
      const auto* tensor = find(input.name, tensors);
      if (tensor == nullptr) throw base::Error(base::ErrorKind::Internal, "no stage made '" + input.name + "'");
      inputs.push_back(tensor->tensor);
    }
    auto outputs = session->run(inputs);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      made.push_back({session->outputs()[i].name, std::move(outputs[i])});
    tensors.insert(tensors.end(), made.end() - static_cast<std::ptrdiff_t>(outputs.size()), made.end());
  }
  return made;
}

// The largest difference of what the machine makes of `given`; 0 where it does not answer.
double difference_at(const rpc::Hop& hop, const Tensors& given, const Tensors& expected, rpc::Access& target) {
  std::vector<std::string> names;
  for (const auto& tensor : expected) names.push_back(tensor.name);
  const auto reply =
      target.run({1, base::Deadline::after(kLongestAnswer), {{hop.target, hop.parts, {}, names}}, given});
  if (!reply) return 0;
  double largest = 0;
  for (const auto& tensor : expected) {
    const auto* answered = find(tensor.name, reply.value().tensors);
    largest = std::max(largest, answered == nullptr ? std::numeric_limits<double>::infinity()
                                                    : base::relative_difference(answered->tensor, tensor.tensor));
  }
  return largest;
}

}  // namespace

std::set<std::string> liars_of(const serve::Way& way, const Tensors& inputs, const model::Model& model,
                               engine::Engine& engine, const rpc::Targets& targets) {
  std::set<std::string> remote;
  std::string worst;
  double largest = kTolerance;
  Tensors given = inputs;
  for (std::size_t i = 0; i < way.route.hops.size(); ++i) {
    const rpc::Hop& hop = way.route.hops[i];
    const Tensors made = run_here(way.layers[i], given, model, engine);
    auto sent = hop.forwards;
    sent.insert(sent.end(), hop.answers.begin(), hop.answers.end());
    if (!targets.is_here(hop.target)) {
      remote.insert(hop.target);
      const double difference = difference_at(hop, given, pick(sent, made), targets.at(hop.target));
      if (difference > largest) worst = hop.target;
      largest = std::max(largest, difference);
    }
    Tensors all = made;
    all.insert(all.end(), given.begin(), given.end());
    given = pick(hop.forwards, all);
  }
  return worst.empty() ? remote : std::set{worst};
}

}  // namespace tandem::workspace
