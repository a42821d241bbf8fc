// Ranges of values that a graph's operators allow for its inputs: indices inside of what they index, lengths within
// their sequences, divisors that are not 0. For made-up inputs (engine/engine.h). Pure; thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/part.h"

namespace tandem::model {

// [least, most]. Of floating-point tensors any number between, unless `is_whole`.
struct ValueRange {
  double least = 0;
  double most = 1;
  bool is_whole = true;
  std::vector<double> each = {};  // a value for each element, where the operator wants them to fit together
  bool operator==(const ValueRange&) const = default;
};
using RangeByInput = std::map<std::string, ValueRange>;

// Of the inputs that the graph restricts, as far as a walk back from each operator through those that keep values
// (Cast, Reshape, Clip, …) can tell; another operator in between, such as Sub, ends the walk. `shapes`: of tensors
// inside, where they are known. Throws Error(InvalidInput) when the graph is not an ONNX model.
RangeByInput value_ranges(const Part& part, const std::map<std::string, base::Shape>& shapes = {});

}  // namespace tandem::model
