// An answer over the fleet compared with the whole model's in this process: the work of `tandem run --verify`.
#pragma once

#include <vector>

#include "base/tensor.h"
#include "deploy/deployment.h"
#include "engine/engine.h"
#include "model/model.h"
#include "plan/problem/plan.h"

namespace tandem::workspace {

struct AnswerCheck {
  double difference = 0;  // base::relative_difference, the largest of the outputs
  double tolerance = 0;   // that was allowed
  bool is_same = true;
};

// From any thread. Raw tensors must give the same answer but for the model's own noise (engine/noise.h); tensors that
// codecs encode may change it by a tenth.
AnswerCheck check_answer(const model::Model& model, engine::Engine& engine, const plan::Plan& plan,
                         const std::vector<base::NamedTensor>& inputs, const deploy::Answer& answer);

}  // namespace tandem::workspace
