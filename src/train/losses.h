// The training loss of one batch over several exits. Private to train/. Pure but for autograd's graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace tandem::train {

// Logits are [batch, classes] of any floating type; losses are computed in float32.
struct Pupil {
  at::Tensor logits;      // of an exit that is trained
  double weight = 1;      // of its loss in the sum
  bool is_taught = true;  // learns from the teacher too; false for the last exit, the teacher
};

struct Lesson {
  at::Tensor labels;        // [batch], int64
  at::Tensor teacher;       // logits of the last exit, without gradient; may be undefined without distillation
  double distillation = 0;  // share of the teacher in the losses of taught exits; the rest is the labels'
  double temperature = 1;   // > 0
};

// The mean cross-entropy of the labels.
at::Tensor label_loss(const at::Tensor& logits, const at::Tensor& labels);

// T² × the mean Kullback-Leibler divergence of softmax(logits ÷ T) from softmax(teacher ÷ T): Hinton, Vinyals and Dean,
// "Distilling the Knowledge in a Neural Network" (2015), section 2; T² keeps gradients as large at any T.
at::Tensor teacher_loss(const at::Tensor& logits, const at::Tensor& teacher, double temperature);

// The weighted sum of both losses over the pupils (Teerapittayanon et al., "BranchyNet", 2016, section III-B).
at::Tensor loss_of(const std::vector<Pupil>& pupils, const Lesson& lesson);

}  // namespace tandem::train
