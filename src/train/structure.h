// For train's own sources: what training has to know of a program before it runs: which exits need what, where heads
// leave the trunk, and which weights can learn. Free of libtorch.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "model/program.h"

namespace tandem::train {

// The exits that need a tensor or a node, from the first to the last of them.
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

  // A head is what only one exit needs, and not the last one; the trunk is the rest.
  bool is_head(const Need& need) const { return need.first == need.last && need.last + 1 < exit_count_; }

  // What nodes of heads read and nodes of the trunk, or nobody, make; in the order of the nodes that read it. Where a
  // head begins with a pooling, what that makes of it: nothing is learnt before, and it is smaller.
  std::vector<std::string> head_inputs() const;

 private:
  const model::Program& program_;  // must outlive this
  std::size_t exit_count_;
  std::map<std::string, Need> needs_;  // by tensor
};

// Throws Error(Unsupported) on models of several inputs, or none.
model::Program with_one_input(model::Program program);

// `stem`, or a longer one, such that no name in the program is it with a number and whatever else behind it.
std::string free_stem(const model::Program& program, std::string stem);

// See Network::logits.
std::vector<std::string> logits_of(const model::Program& program);

// Initializers that can learn, in the order of the nodes that read them; see Parameter. Those that reach their node
// through an Identity or a Transpose are among them.
struct Learner {
  std::string name;
  bool decays = false;
};
std::vector<Learner> find_learners(const model::Program& program);

// Whether a batch norm's running statistics are initializers, so that they can follow training and be written back.
bool has_running_statistics(const model::Node& node, const model::Program& program);

}  // namespace tandem::train
