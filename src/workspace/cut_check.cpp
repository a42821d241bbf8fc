#include "workspace/cut_check.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "engine/verify.h"

namespace tandem::workspace {
namespace {

using Verdict = engine::Verdict;

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

class Checker {
 public:
  Checker(engine::SplitVerifier& verifier, CutCheck& check, double tolerance)
      : verifier_(verifier), check_(check), tolerance_(tolerance) {}

  void run(const std::vector<std::size_t>& positions) {
    total_ = positions.size();
    if (total_ > 0) run_all(positions);
  }

 private:
  void run_all(std::span<const std::size_t> positions) {
    progress_.show("checking cuts", static_cast<double>(check_.checked) / static_cast<double>(total_));
    ++check_.splits;
    const bool is_single = positions.size() == 1;
    const auto verdict = is_single ? judge(positions) : judge_or_refused(positions);
    if (is_single || (verdict && verdict->is_same)) return count(positions, *verdict);
    run_all(positions.first(positions.size() / 2));
    run_all(positions.subspan(positions.size() / 2));
  }

  std::optional<Verdict> judge(std::span<const std::size_t> positions) {
    return verifier_.judge({positions.begin(), positions.end()}, check_.noise, tolerance_);
  }

  std::optional<Verdict> judge_or_refused(std::span<const std::size_t> positions) try {
    return judge(positions);
  } catch (const base::Error& error) {
    base::log(base::LogLevel::Info, "cuts are checked in smaller groups: {}", error.message());
    return {};
  }

  void count(std::span<const std::size_t> positions, const Verdict& verdict) {
    check_.checked += positions.size();
    check_.is_equal = check_.is_equal && verdict.is_same;
    const std::pair rank(!verdict.is_same, verdict.difference);
    if (rank < worst_) return;
    worst_ = rank;
    check_.largest_difference = verdict.difference;
    check_.worst = {positions.front(), positions.back()};
  }

  engine::SplitVerifier& verifier_;
  CutCheck& check_;
  const double tolerance_;
  std::size_t total_ = 0;
  std::pair<bool, double> worst_ = {false, 0};
  base::ProgressBar progress_;
};

}  // namespace

CutCheck check_cuts(const model::Model& model, engine::Engine& engine, std::vector<base::NamedTensor> inputs,
                    const CutCheckOptions& options) {
  CutCheck check;
  std::vector<std::size_t> positions;
  for (const auto& cut : choose_cuts(model, options.several)) {
    positions.push_back(cut.position);
    check.of_one_tensor += cut.tensors.size() == 1 ? 1 : 0;
  }
  if (positions.empty()) return check;
  engine::SplitVerifier verifier(model, engine, std::move(inputs));
  check.uncompared = verifier.uncompared();
  check.compared = model.output_types().size() - check.uncompared.size();
  check.noise = engine::noise_of(model, engine, verifier.inputs(), verifier.expected());
  check.is_equal = check.compared > 0 && !check.noise.is_random();
  if (!check.noise.is_random()) Checker(verifier, check, options.tolerance).run(positions);
  return check;
}

}  // namespace tandem::workspace
