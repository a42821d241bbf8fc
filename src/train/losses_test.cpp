#include "train/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace tandem::train {
namespace {

at::Tensor row(double first, double second) {
  return at::tensor({static_cast<float>(first), static_cast<float>(second)}).view({1, 2}).requires_grad_();
}

at::Tensor label(std::int64_t value) {
  return at::tensor({value});
}

// Of two logits at a temperature.
std::array<double, 2> softmax(double first, double second, double temperature = 1) {
  const double a = std::exp(first / temperature);
  const double b = std::exp(second / temperature);
  return {a / (a + b), b / (a + b)};
}

double divergence(const std::array<double, 2>& p, const std::array<double, 2>& q) {
  return p[0] * std::log(p[0] / q[0]) + p[1] * std::log(p[1] / q[1]);
}

TEST(Losses, TakeTheCrossEntropyOfLogits) {
  EXPECT_NEAR(label_loss(row(2, -1), label(1)).item<double>(), -std::log(softmax(2, -1)[1]), 1e-6);
}

TEST(Losses, MeasureWhatTheTeacherSaysAtItsTemperature) {
  const double expected = 9 * divergence(softmax(1, 3, 3), softmax(2, -1, 3));
  EXPECT_NEAR(teacher_loss(row(2, -1), row(1, 3), 3).item<double>(), expected, 1e-5);
  EXPECT_NEAR(teacher_loss(row(1, 3), row(1, 3), 3).item<double>(), 0, 1e-6);
}

TEST(Losses, SendNothingBackIntoTheTeacher) {
  const auto pupil = row(2, -1);
  const auto teacher = row(1, 3);
  teacher_loss(pupil, teacher, 2).backward();
  EXPECT_TRUE(pupil.grad().defined());
  EXPECT_FALSE(teacher.grad().defined());
}

TEST(Losses, AddUpOverExitsByTheirWeights) {
  const Lesson lesson{.labels = label(0)};
  const double sum = loss_of({{row(2, -1), 1}, {row(0, 0), 0.5}}, lesson).item<double>();
  EXPECT_NEAR(sum, -std::log(softmax(2, -1)[0]) + 0.5 * std::log(2), 1e-6);
}

TEST(Losses, ShareBetweenLabelsAndTeacher) {
  const auto labels = label(0);
  const auto teacher = row(1, 3);
  const Lesson lesson{.labels = labels, .teacher = teacher, .distillation = 0.25, .temperature = 2};
  const double hard = label_loss(row(2, -1), labels).item<double>();
  const double soft = teacher_loss(row(2, -1), teacher, 2).item<double>();
  EXPECT_NEAR(loss_of({{row(2, -1), 1}}, lesson).item<double>(), 0.75 * hard + 0.25 * soft, 1e-6);
}

TEST(Losses, LeaveTheLastExitToItsLabels) {
  const Lesson lesson{.labels = label(1), .teacher = row(2, -1), .distillation = 1, .temperature = 2};
  const double hard = label_loss(row(2, -1), label(1)).item<double>();
  EXPECT_NEAR(loss_of({{row(2, -1), 2, /*is_taught=*/false}}, lesson).item<double>(), 2 * hard, 1e-6);
}

}  // namespace
}  // namespace tandem::train
