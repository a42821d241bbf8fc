// The structure of a program for training: the exits that need each node, the inputs of heads, and the trainable
// weights. Free of libtorch. Private to train/.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "model/program.h"

namespace tandem::train {

// The range of exits that need a tensor or a node.
struct Need {
  std::size_t first = std::numeric_limits<std::size_t>::max();
  std::size_t last = 0;
  bool any() const { return first <= last; }
  void add(const Need& other);
};

class Structure {
 public:
  explicit Structure(const model::Program& program);

  Need need_of(const std::string& tensor) const;
  Need need_of(const model::Node& node) const;

  // A head is needed by one exit alone, other than the last; everything else is the trunk.
  bool is_head(const Need& need) const { return need.first == need.last && need.last + 1 < exit_count_; }

  // See Network::head_inputs.
  std::vector<std::string> head_inputs() const;

 private:
  const model::Program& program_;  // must outlive this
  std::size_t exit_count_;
  std::map<std::string, Need> needs_;  // by tensor
};

// Throws Error(Unsupported) on models of several inputs, or none.
model::Program with_one_input(model::Program program);

// `stem`, with a prefix if needed, such that no name of the program begins with it and a digit.
std::string free_stem(const model::Program& program, std::string stem);

// See Network::logits.
std::vector<std::string> logits_of(const model::Program& program);

// Trainable initializers, in the order of the nodes that read them; see Parameter. They include those that reach their
// node through an Identity or a Transpose.
struct Learner {
  std::string name;
  bool decays = false;
};
std::vector<Learner> find_learners(const model::Program& program);

// Whether a batch norm's running statistics are initializers: only then can training update them and write them back.
bool has_running_statistics(const model::Node& node, const model::Program& program);

}  // namespace tandem::train
