#include "workspace/answer_check.h"

#include <algorithm>

#include "engine/noise.h"
#include "engine/verify.h"

namespace tandem::workspace {
namespace {

constexpr double kRawTolerance = 1e-4;
constexpr double kEncodedTolerance = 0.1;

bool encodes(const plan::Plan& plan) {
  return std::ranges::any_of(plan.stages, [](const plan::Stage& stage) {
    return std::ranges::any_of(stage.sent, [](const plan::SentTensor& sent) { return sent.codec != plan::kRaw; });
  });
}

// Of an answer and the whole model's, by output.
struct Pair {
  const base::NamedTensor& answered;
  const base::NamedTensor& expected;
};

std::vector<Pair> pairs_of(const deploy::Answer& answer, const std::vector<base::NamedTensor>& whole) {
  std::vector<Pair> pairs;
  for (const auto& output : answer.outputs) {
    const auto same = std::ranges::find(whole, output.name, &base::NamedTensor::name);
    if (same != whole.end() && !same->tensor.empty()) pairs.push_back({output, *same});
  }
  return pairs;
}

bool are_same(const std::vector<Pair>& pairs, const engine::Noise& noise, double tolerance) {
  return std::ranges::all_of(pairs, [&](const Pair& pair) {
    const auto own = std::ranges::find(noise.outputs, pair.expected.name, &engine::OutputNoise::name);
    const auto of_output = own == noise.outputs.end() ? engine::OutputNoise{} : *own;
    return engine::is_same(pair.answered.tensor, pair.expected.tensor, of_output, tolerance);
  });
}

}  // namespace

AnswerCheck check_answer(Workspace& workspace, const plan::Plan& plan, const std::vector<base::NamedTensor>& inputs,
                         const deploy::Answer& answer) {
  const auto whole = engine::run_whole(workspace.model(), workspace.engine(), inputs);
  const auto pairs = pairs_of(answer, whole);
  AnswerCheck check;
  for (const auto& [answered, expected] : pairs)
    check.difference = std::max(check.difference, base::relative_difference(answered.tensor, expected.tensor));
  check.tolerance = encodes(plan) ? kEncodedTolerance : kRawTolerance;
  if (encodes(plan)) {
    check.is_same = check.difference <= check.tolerance;
  } else if (!are_same(pairs, {}, check.tolerance)) {
    check.is_same =
        are_same(pairs, engine::noise_of(workspace.model(), workspace.engine(), inputs, whole), check.tolerance);
  }
  return check;
}

}  // namespace tandem::workspace
