// Weight elements of a model, by the layer that reads them first. Private to model/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "model/onnx_contents.h"

namespace tandem::model {

class ParameterCount {
 public:
  // `contents` must outlive it.
  explicit ParameterCount(const Source::Contents& contents) : contents_(contents) {}

  // Floating-point and 8-bit elements of the weights that a node (an index in the file) reads, those of its subgraphs
  // included; weights that an earlier call counted are left out. A weight is an initializer, or a Constant node's
  // tensor of two or more dimensions: smaller ones are settings, such as the bounds of a Clip.
  std::int64_t count_new(std::size_t node);

 private:
  std::int64_t of_initializer(const std::string& name) const;

  const Source::Contents& contents_;
  std::set<std::string> initializers_;  // counted
  std::set<std::size_t> nodes_;         // counted, constant
};

}  // namespace tandem::model
