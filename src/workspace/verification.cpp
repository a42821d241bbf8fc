#include "workspace/verification.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/progress.h"
#include "cost/estimate.h"
#include "profile/measure.h"
#include "rpc/offer.h"
#include "workspace/inputs.h"

namespace tandem::workspace {
namespace {

constexpr int kMostRounds = 3;

class Verifier {
 public:
  explicit Verifier(Workspace& workspace)
      : workspace_(workspace), subjects_(workspace.access().subjects(workspace.model().digest())) {}

  std::vector<VerifiedPlan> run(const Planner& planner) {
    KnownCosts known;
    std::vector<plan::Plan> plans;
    for (int round = 0; round < kMostRounds; ++round) {
      known = workspace_.costs();
      plans = planner(known);
      if (!measure(plans)) break;
    }
    std::vector<VerifiedPlan> verified;
    for (auto& plan : plans) {
      const double verified_ms = plan.latency_ms + correction_ms(plan, known);
      verified.push_back({std::move(plan), verified_ms});
    }
    return verified;
  }

 private:
  // Returns whether any stage was timed anew.
  bool measure(const std::vector<plan::Plan>& plans) {
    std::vector<profile::StageSubject> missing;
    for (const auto& plan : plans) {
      for (const auto& stage : plan.stages) {
        for (const auto& share : plan::shares_of(stage)) {
          if (!share.ranges.empty() && measured_.insert(subject_of(share)).second) missing.push_back(subject_of(share));
        }
      }
    }
    profile::MeasurementSettings settings;
    settings.inputs = workspace_.store().inputs_of(workspace_.model().digest());
    run_on({settings.inputs, settings.inputs.empty()}, workspace_.model(), [&] {
      profile::measure_stages(workspace_.model(), subjects_, missing, workspace_.store(), offers_, settings,
                              [&](const std::string& doing, double share) { progress_.show(doing, share); });
    });
    return !missing.empty();
  }

  profile::StageSubject subject_of(const plan::Share& share) const {
    return {workspace_.fleet().index_of(share.target), share.ranges};
  }

  // The measured time of all stages together beyond the prediction.
  double correction_ms(const plan::Plan& plan, const KnownCosts& known) const {
    double sum_ms = 0;
    for (const auto& stage : plan.stages) {
      if (stage.steps.empty() && stage.runs_layers()) sum_ms += correction_ms({stage.target, stage.ranges}, known);
      for (const auto& step : stage.steps) sum_ms += correction_ms(stage, step, known);
    }
    return sum_ms;
  }

  // Of a step, which lasts as long as the longest of its own layers and its offloads.
  double correction_ms(const plan::Stage& stage, const plan::Step& step, const KnownCosts& known) const {
    double measured_ms = step.compute_ms + correction_ms({stage.target, step.ranges}, known);
    for (const auto& offload : step.offloads) {
      measured_ms =
          std::max(measured_ms, offload.latency_ms() + correction_ms({offload.target, offload.ranges}, known));
    }
    return measured_ms - step.latency_ms();
  }

  double correction_ms(const plan::Share& share, const KnownCosts& known) const {
    const auto times = workspace_.store().stage_times(subjects_[subject_of(share).subject].identity);
    const auto time = std::ranges::find(times, share.ranges, &cost::StageTime::ranges);
    const auto costs = std::ranges::find_if(
        known.models, [&](const cost::ModelCosts& each) { return each.identity.target == share.target; });
    if (time == times.end() || costs == known.models.end()) return 0;
    return cost::timing_of(*time).typical_ms - cost::predict_stage_ms(workspace_.model().graph(), *costs, share.ranges);
  }

  Workspace& workspace_;
  std::vector<profile::Subject> subjects_;
  std::set<profile::StageSubject> measured_;
  rpc::OfferMaker offers_;
  base::ProgressBar progress_;
};

}  // namespace

std::vector<VerifiedPlan> verify_plans(Workspace& workspace, const Planner& planner) {
  return Verifier(workspace).run(planner);
}

}  // namespace tandem::workspace
