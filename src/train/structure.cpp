#include "train/structure.h"

#include <algorithm>
#include <set>

namespace tandem::train {
namespace {

using Producers = std::map<std::string, const model::Node*>;  // by tensor

Producers producers_of(const model::Program& program) {
  Producers producers;
  for (const auto& node : program.nodes) {
    for (const auto& output : node.outputs) producers[output] = &node;
  }
  return producers;
}

bool is_softmax(const model::Node& node) {
  return node.op_type == "Softmax" || node.op_type == "LogSoftmax";
}
bool is_product(const model::Node& node) {
  static const std::set<std::string> kProducts{"Conv", "ConvTranspose", "Gemm", "MatMul"};
  return kProducts.contains(node.op_type);
}

// Finds what can learn, node by node.
class LearnerSearch {
 public:
  explicit LearnerSearch(const model::Program& program) : program_(program), producers_(producers_of(program)) {}

  void look_at(const model::Node& node) {
    if (is_product(node)) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i) add(node.inputs[i], i < 2);
    } else if (node.op_type == "BatchNormalization") {
      for (std::size_t i = 1; i < std::min<std::size_t>(node.inputs.size(), 3); ++i) add(node.inputs[i], false);
    } else if (node.op_type == "PRelu" && node.inputs.size() > 1) {
      add(node.inputs[1], false);
    } else if (node.op_type == "Add" && follows_product(node)) {
      for (const auto& input : node.inputs) add(input, false);
    }
  }

  std::vector<Learner> take() { return std::move(found_); }

 private:
  bool follows_product(const model::Node& node) const {
    return std::ranges::any_of(node.inputs, [&](const std::string& input) {
      const auto producer = producers_.find(input);
      return producer != producers_.end() && is_product(*producer->second);
    });
  }

  // The initializer that a tensor is, perhaps turned.
  std::string origin_of(std::string tensor) const {
    for (auto producer = producers_.find(tensor); producer != producers_.end(); producer = producers_.find(tensor)) {
      const auto& node = *producer->second;
      if ((node.op_type != "Identity" && node.op_type != "Transpose") || node.inputs.empty()) break;
      tensor = node.inputs[0];
    }
    return tensor;
  }

  void add(const std::string& tensor, bool is_kernel) {
    const std::string name = origin_of(tensor);
    const auto weight = program_.weights.find(name);
    if (weight == program_.weights.end() || weight->second.element() != base::ElementType::Float32) return;
    const bool decays = is_kernel && weight->second.shape().size() >= 2;
    const auto known = std::ranges::find(found_, name, &Learner::name);
    if (known == found_.end()) {
      found_.push_back({name, decays});
    } else {
      known->decays = known->decays || decays;
    }
  }

  const model::Program& program_;
  Producers producers_;
  std::vector<Learner> found_;
};

}  // namespace

void Need::add(const Need& other) {
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

Structure::Structure(const model::Program& program) : program_(program), exit_count_(program.exits.size()) {
  for (std::size_t i = 0; i < exit_count_; ++i) needs_[program.exits[i]].add({i, i});
  for (auto node = program.nodes.rbegin(); node != program.nodes.rend(); ++node) {
    const Need need = need_of(*node);
    for (const auto& input : node->inputs) {
      if (!input.empty()) needs_[input].add(need);
    }
  }
}

Need Structure::need_of(const std::string& tensor) const {
  const auto found = needs_.find(tensor);
  return found == needs_.end() ? Need{} : found->second;
}

Need Structure::need_of(const model::Node& node) const {
  Need need;
  for (const auto& output : node.outputs) need.add(need_of(output));
  return need;
}

std::vector<std::string> Structure::head_inputs() const {
  std::set<std::string> known;    // made by heads, or found already
  std::set<std::string> flowing;  // from the model's inputs: constants are nobody's to give
  for (const auto& input : program_.inputs) flowing.insert(input.name);
  std::vector<std::string> found;
  for (const auto& node : program_.nodes) {
    const bool flows = std::ranges::any_of(node.inputs, [&](const auto& name) { return flowing.contains(name); });
    if (flows) flowing.insert(node.outputs.begin(), node.outputs.end());
    flowing.erase("");
    const bool is_in_head = is_head(need_of(node));
    if (is_in_head) known.insert(node.outputs.begin(), node.outputs.end());
    for (const auto& input : node.inputs) {
      if (is_in_head && flowing.contains(input) && known.insert(input).second) found.push_back(input);
    }
  }
  return found;
}

std::vector<std::string> logits_of(const model::Program& program) {
  const auto producers = producers_of(program);
  std::vector<std::string> logits;
  for (const auto& exit : program.exits) {
    const auto producer = producers.find(exit);
    const bool ends_in_softmax = producer != producers.end() && is_softmax(*producer->second);
    logits.push_back(ends_in_softmax ? producer->second->inputs.at(0) : exit);
  }
  return logits;
}

std::vector<Learner> find_learners(const model::Program& program) {
  LearnerSearch search(program);
  for (const auto& node : program.nodes) search.look_at(node);
  return search.take();
}

bool has_running_statistics(const model::Node& node, const model::Program& program) {
  if (node.op_type != "BatchNormalization" || node.inputs.size() < 5) return false;
  return std::ranges::all_of(std::vector{node.inputs[3], node.inputs[4]}, [&](const std::string& name) {
    const auto weight = program.weights.find(name);
    return weight != program.weights.end() && weight->second.element() == base::ElementType::Float32;
  });
}

}  // namespace tandem::train
