#include "train/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/kl_div.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/zeros.h>

namespace tandem::train {

at::Tensor label_loss(const at::Tensor& logits, const at::Tensor& labels) {
  return at::cross_entropy_loss(logits.to(at::kFloat), labels);
}

at::Tensor teacher_loss(const at::Tensor& logits, const at::Tensor& teacher, double temperature) {
  const auto softened = [&](const at::Tensor& each) { return at::log_softmax(each.to(at::kFloat) / temperature, 1); };
  const at::Tensor sum =
      at::kl_div(softened(logits), softened(teacher.detach()), at::Reduction::Sum, /*log_target=*/true);
  return sum * (temperature * temperature / static_cast<double>(logits.size(0)));
}

at::Tensor loss_of(const std::vector<Pupil>& pupils, const Lesson& lesson) {
  at::Tensor sum = at::zeros({});
  for (const auto& [logits, weight, is_taught] : pupils) {
    if (weight == 0) continue;  // not trained
    const double share = is_taught ? lesson.distillation : 0;
    if (share < 1) sum = sum + weight * (1 - share) * label_loss(logits, lesson.labels);
    if (share > 0) sum = sum + weight * share * teacher_loss(logits, lesson.teacher, lesson.temperature);
  }
  return sum;
}

}  // namespace tandem::train
