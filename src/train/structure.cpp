#include "train/structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "base/error.h"

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
bool is_pooling(const model::Node& node) {
  static const std::set<std::string> kPoolings{"AveragePool", "GlobalAveragePool", "GlobalMaxPool", "MaxPool"};
  return kPoolings.contains(node.op_type);
}
bool is_product(const model::Node& node) {
  static const std::set<std::string> kProducts{"Conv", "ConvTranspose", "Gemm", "MatMul"};
  return kProducts.contains(node.op_type);
}

// Collects trainable initializers, node by node.
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

  // The initializer behind a tensor, perhaps through an Identity or a Transpose.
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
  std::set<std::string> known;          // already in `found`
  std::set<std::string> made_in_heads;  // except by poolings at the start of a head
  std::set<std::string> flowing;        // depends on the model's inputs; constants need not be given
  for (const auto& input : program_.inputs) flowing.insert(input.name);
  std::vector<std::string> found;
  const auto is_exit = [&](const model::Node& node) {
    return std::ranges::find(program_.exits, node.outputs.at(0)) != program_.exits.end();
  };
  for (const auto& node : program_.nodes) {
    const bool flows = std::ranges::any_of(node.inputs, [&](const auto& name) { return flowing.contains(name); });
    if (flows) flowing.insert(node.outputs.begin(), node.outputs.end());
    flowing.erase("");
    const bool is_first_pooling = is_pooling(node) && !made_in_heads.contains(node.inputs.at(0)) && !is_exit(node);
    const bool is_in_head = is_head(need_of(node)) && !is_first_pooling;
    if (is_in_head) made_in_heads.insert(node.outputs.begin(), node.outputs.end());
    for (const auto& input : node.inputs) {
      const bool is_needed = is_in_head && flowing.contains(input) && !made_in_heads.contains(input);
      if (is_needed && known.insert(input).second) found.push_back(input);
    }
  }
  return found;
}

model::Program with_one_input(model::Program program) {
  if (program.inputs.size() == 1) return program;
  throw base::Error(base::ErrorKind::Unsupported,
                    fmt::format("{}: {} inputs, expected one: a data set has one tensor a sample", program.name,
                                program.inputs.size()));
}

std::string free_stem(const model::Program& program, std::string stem) {
  std::set<std::string> names;
  for (const auto& input : program.inputs) names.insert(input.name);
  for (const auto& [name, weight] : program.weights) names.insert(name);
  for (const auto& node : program.nodes) {
    names.insert(node.name);
    names.insert(node.outputs.begin(), node.outputs.end());
  }
  const auto is_taken = [&](const std::string& name) {
    return name.size() > stem.size() && name.starts_with(stem) &&
           std::isdigit(static_cast<unsigned char>(name[stem.size()])) != 0;
  };
  while (std::ranges::any_of(names, is_taken)) stem = "added_" + stem;
  return stem;
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
