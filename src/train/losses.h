// For train's own sources: what the exits of one batch are blamed for. Pure but for autograd's graph.
#pragma once

#include <torch/types.h>

#include <vector>

namespace tandem::train {

// Logits are [batch, classes] of any floating type; losses are computed in float32.
struct Pupil {
  at::Tensor logits;      // of an exit that learns
  double weight = 1;      // of its loss in the sum
  bool is_taught = true;  // by the last exit, which is not taught by itself
};

struct Lesson {
  at::Tensor labels;   // [batch], int64
  at::Tensor teacher;  // logits of the last exit; nothing flows back into them. May be undefined without distillation
  double distillation =
      0;  // share of what the teacher says in the losses of those that are taught; labels have the rest
  double temperature = 1;  // > 0
};

// The mean cross-entropy of the labels.
at::Tensor label_loss(const at::Tensor& logits, const at::Tensor& labels);

// T² × the mean Kullback-Leibler divergence of softmax(logits ÷ T) from softmax(teacher ÷ T): Hinton, Vinyals and Dean,
// "Distilling the Knowledge in a Neural Network" (2015), section 2; T² keeps gradients as large at any T.
at::Tensor teacher_loss(const at::Tensor& logits, const at::Tensor& teacher, double temperature);

// The weighted sum over the pupils (Teerapittayanon et al., "BranchyNet", 2016, section III-B) of both.
at::Tensor loss_of(const std::vector<Pupil>& pupils, const Lesson& lesson);

}  // namespace tandem::train
