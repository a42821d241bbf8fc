#include "workspace/cut_check.h"

#include <algorithm>
#include <vector>

#include "base/progress.h"
#include "engine/verify.h"

namespace tandem::workspace {
namespace {

std::vector<model::Cut> choose_cuts(const model::Model& model, int several) {
  std::vector<model::Cut> chosen;
  std::vector<model::Cut> multiple;
  for (const auto& cut : model.cuts()) (cut.tensors.size() == 1 ? chosen : multiple).push_back(cut);
  const std::size_t wanted =
      several < 0 ? multiple.size() : std::min(multiple.size(), static_cast<std::size_t>(several));
  for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(multiple[i * multiple.size() / wanted]);
  std::ranges::sort(chosen, {}, &model::Cut::position);
  return chosen;
}

}  // namespace

CutCheck check_cuts(const model::Model& model, engine::Engine& engine, const CutCheckOptions& options) {
  engine::SplitVerifier verifier(model, engine, options.seed);
  const auto cuts = choose_cuts(model, options.several);
  base::ProgressBar progress;
  CutCheck check;
  check.uncompared = verifier.uncompared();
  check.compared = model.output_types().size() - check.uncompared.size();
  check.noise = engine::noise_of(model, engine, verifier.inputs());
  check.is_equal = check.compared > 0 && !check.noise.is_random();
  if (check.noise.is_random()) return check;
  for (const auto& cut : cuts) {
    progress.show("checking cuts", static_cast<double>(check.checked) / static_cast<double>(cuts.size()));
    const auto [difference, is_same] = verifier.judge(cut.position, check.noise, options.tolerance);
    check.is_equal = check.is_equal && is_same;
    if (difference > check.largest_difference || check.checked == 0) {
      check.largest_difference = difference;
      check.worst_position = cut.position;
    }
    ++check.checked;
    check.of_one_tensor += cut.tensors.size() == 1 ? 1 : 0;
  }
  return check;
}

}  // namespace tandem::workspace
