#include "workspace/verification.h"

#include <algorithm>
#include <set>

#include "base/progress.h"
#include "cost/estimate.h"
#include "profile/measure.h"
#include "rpc/offer.h"

namespace tandem::cli {
namespace {

constexpr int kMostRounds = 3;

class Verifier {
 public:
  Verifier(const model::Model& model, const FleetAccess& access, store::Store& store)
      : model_(model), access_(access), store_(store) {
    const auto& targets = access.fleet().targets;
    for (std::size_t i = 0; i < targets.size(); ++i)
      subjects_.push_back(profile::make_subject(model.digest(), targets[i].name, *access.targets()[i]));
  }

  std::vector<VerifiedPlan> run(const Planner& planner) {
    KnownCosts known;
    std::vector<plan::Plan> plans;
    for (int round = 0; round < kMostRounds; ++round) {
      known = costs_from_store(model_, access_.fleet(), store_);
      plans = planner(known);
      if (!measure(plans)) break;
    }
    std::vector<VerifiedPlan> verified;
    for (auto& plan : plans) {
      const double correction_ms = correction(plan, known);
      verified.push_back({std::move(plan), 0});
      verified.back().verified_ms = verified.back().plan.latency_ms + correction_ms;
    }
    return verified;
  }

 private:
  // Whether any stage was missing.
  bool measure(const std::vector<plan::Plan>& plans) {
    std::vector<profile::StageSubject> missing;
    for (const auto& plan : plans) {
      for (const auto& stage : plan.stages) {
        if (stage.runs_layers() && measured_.insert(subject_of(stage)).second) missing.push_back(subject_of(stage));
      }
    }
    profile::measure_stages(model_, subjects_, missing, store_, offers_, {},
                            [&](const std::string& doing, double share) { progress_.show(doing, share); });
    return !missing.empty();
  }

  profile::StageSubject subject_of(const plan::Stage& stage) const {
    return {access_.fleet().index_of(stage.target), stage.ranges};
  }

  // By how much the stages took longer than predicted, all together.
  double correction(const plan::Plan& plan, const KnownCosts& known) const {
    double sum_ms = 0;
    for (const auto& stage : plan.stages) {
      if (!stage.runs_layers()) continue;
      const auto times = store_.stage_times(subjects_[subject_of(stage).subject].identity);
      const auto time = std::ranges::find(times, stage.ranges, &cost::StageTime::ranges);
      const auto costs = std::ranges::find_if(
          known.models, [&](const cost::ModelCosts& each) { return each.identity.target == stage.target; });
      if (time == times.end() || costs == known.models.end()) continue;
      sum_ms += cost::timing_of(*time).typical_ms - cost::predict_stage_ms(model_.graph(), *costs, stage.ranges);
    }
    return sum_ms;
  }

  const model::Model& model_;
  const FleetAccess& access_;
  store::Store& store_;
  std::vector<profile::Subject> subjects_;
  std::set<profile::StageSubject> measured_;
  rpc::OfferMaker offers_;
  base::ProgressBar progress_;
};

}  // namespace

std::vector<VerifiedPlan> verify_plans(const model::Model& model, const FleetAccess& access, store::Store& store,
                                       const Planner& planner) {
  return Verifier(model, access, store).run(planner);
}

}  // namespace tandem::cli
