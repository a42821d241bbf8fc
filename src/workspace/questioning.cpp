#include "workspace/questioning.h"

#include <algorithm>
#include <limits>
#include <map>

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

// What one target does for a request: its parts, what it needs, and what it hands on.
struct Question {
  std::string target;
  std::vector<std::string> parts;
  Tensors given;
  Tensors expected;
};

// The largest difference of what the machine makes; 0 where it does not answer.
double difference_at(const Question& question, rpc::Access& target) {
  std::vector<std::string> names;
  for (const auto& tensor : question.expected) names.push_back(tensor.name);
  const rpc::Hop hop{.target = question.target, .parts = question.parts, .answers = names};
  const auto reply = target.run({1, base::Deadline::after(kLongestAnswer), {hop}, question.given});
  if (!reply) return 0;
  double largest = 0;
  for (const auto& tensor : question.expected) {
    const auto* answered = find(tensor.name, reply.value().tensors);
    largest = std::max(largest, answered == nullptr ? std::numeric_limits<double>::infinity()
                                                    : base::relative_difference(answered->tensor, tensor.tensor));
  }
  return largest;
}

// Runs a way here, hop by hop, and asks for each hop and each offload what its target should have made.
class Examination {
 public:
  Examination(const serve::Way& way, const deploy::Route& route, const model::Model& model, engine::Engine& engine)
      : way_(way), route_(route), model_(model), engine_(engine) {}

  std::vector<Question> questions(Tensors given) const {
    std::vector<Question> all;
    std::map<std::string, Tensors> deposited;  // by target
    for (std::size_t i = 0; i < route_.hops.size(); ++i) {
      append(deposited[route_.hops[i].target], given);
      given = pass(i, std::move(given), deposited, all);
    }
    return all;
  }

 private:
  // What the hop hands on. Its own parts are given the results of its offloads.
  Tensors pass(std::size_t index, Tensors given, std::map<std::string, Tensors>& deposited,
               std::vector<Question>& questions) const {
    const rpc::Hop& hop = route_.hops[index];
    Tensors all = given;
    std::uint32_t run = 0;
    const auto run_until = [&](std::uint32_t part) {
      const auto& layers = way_.layers[index];
      for (; run < part; ++run) append(run_here({layers[run]}, all, model_, engine_), all);
    };
    for (std::size_t k = 0; k < hop.offloads.size(); ++k) {
      const rpc::Offload& offload = hop.offloads[k];
      run_until(offload.after_parts);
      Question asked{offload.target, offload.parts, pick(offload.forwards, all), {}};
      asked.expected = pick(offload.answers, run_here(way_.offloaded[index][k], asked.given, model_, engine_));
      append(asked.expected, all);
      append(asked.expected, given);
      questions.push_back(std::move(asked));
    }
    run_until(static_cast<std::uint32_t>(hop.parts.size()));
    auto sent = hop.forwards;
    sent.insert(sent.end(), hop.answers.begin(), hop.answers.end());
    for (const auto& deposit : hop.deposits) {
      append(pick(deposit.forwards, all), deposited[deposit.target]);
      sent.insert(sent.end(), deposit.forwards.begin(), deposit.forwards.end());
    }
    std::erase_if(sent, [&](const std::string& name) { return find(name, given) != nullptr; });
    Tensors handed = pick(hop.forwards, all);
    questions.push_back({hop.target, hop.parts, std::move(given), pick(sent, all)});
    return handed;
  }

  static void append(const Tensors& more, Tensors& tensors) { tensors.insert(tensors.end(), more.begin(), more.end()); }

  const serve::Way& way_;
  const deploy::Route& route_;
  const model::Model& model_;
  engine::Engine& engine_;
};

}  // namespace

std::set<std::string> liars_of(const serve::Way& way, const deploy::Route& route, const Tensors& inputs,
                               const model::Model& model, engine::Engine& engine, const rpc::Targets& targets) {
  std::set<std::string> remote;
  std::string worst;
  double largest = kTolerance;
  for (const auto& question : Examination(way, route, model, engine).questions(inputs)) {
    if (targets.is_here(question.target)) continue;
    remote.insert(question.target);
    const double difference = difference_at(question, targets.at(question.target));
    if (difference > largest) worst = question.target;
    largest = std::max(largest, difference);
  }
  return worst.empty() ? remote : std::set{worst};
}

}  // namespace tandem::workspace
