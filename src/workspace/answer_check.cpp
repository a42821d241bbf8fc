#include "workspace/answer_check.h"

#include <algorithm>

#include "engine/noise.h"
#include "engine/verify.h"

namespace tandem::workspace {
namespace {

constexpr double kRawTolerance = 1e-4;
constexpr double kEncodedTolerance = 0.1;

bool encodes(const plan::Plan& plan) {
  return std::ranges::any_of(plan::sendings_of(plan), [](const plan::Sending& sending) {
    return std::ranges::any_of(sending.sent, [](const plan::SentTensor& sent) { return sent.codec != plan::kRaw; });
  });
}

}  // namespace

AnswerCheck check_answer(const model::Model& model, engine::Engine& engine, const plan::Plan& plan,
                         const std::vector<base::NamedTensor>& inputs, const deploy::Answer& answer) {
  const auto whole = engine::run_whole(model, engine, inputs);
  const bool is_encoded = encodes(plan);
  const double tolerance = is_encoded ? kEncodedTolerance : kRawTolerance;
  const auto plain = engine::compare(answer.outputs, whole, {}, tolerance);
  if (is_encoded) return {plain.difference, tolerance, plain.difference <= tolerance};
  if (plain.is_same) return {plain.difference, tolerance, true};
  const auto noise = engine::noise_of(model, engine, inputs, whole);
  return {plain.difference, tolerance, engine::compare(answer.outputs, whole, noise, tolerance).is_same};
}

}  // namespace tandem::workspace
