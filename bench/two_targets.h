// A device that is slowed down and an edge, one thread each, joined by an emulated link: what profiles are judged on.
// Make it before anything starts a thread; it forks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/private_folder.h"
#include "deploy/deployment.h"
#include "engine/engine.h"
#include "model/model.h"
#include "plan/problem/problem.h"
#include "processes.h"
#include "profile/measure.h"
#include "rpc/targets.h"
#include "store/store.h"
#include "workspace/deployed_plan.h"
#include "workspace/workspace.h"

namespace tandem::bench {

struct Slowdowns {
  double device = 6;
  double edge = 1;
};

// A network of the zoo by its name, or a file: "model.onnx", "model.onnx@x=1x3x48x320" with the shape of an input.
model::Model read_network(const std::string& network, engine::Engine& engine);

class TwoTargets {
 public:
  // The agents' memory and everything measured are of one network.
  explicit TwoTargets(const std::string& network, const Slowdowns& slowdowns = {});

  void set_link(double mbps, double one_way_ms);  // and probes it, into the store

  AdjustableLink& link() { return *link_; }
  workspace::Workspace& workspace() { return *workspace_; }
  engine::Engine& engine() { return workspace_->engine(); }  // of this process
  const model::Model& model() const { return workspace_->model(); }
  const fleet::Fleet& fleet() const { return workspace_->fleet(); }
  const rpc::Targets& targets() { return workspace_->access().targets(); }
  const std::vector<profile::Subject>& subjects() const { return subjects_; }
  const std::vector<base::NamedTensor>& inputs() const { return inputs_; }
  store::Store& store() { return workspace_->store(); }
  rpc::OfferMaker& offers() { return offers_; }

  void profile(const profile::MeasurementSettings& settings = {}, const profile::Progress& progress = {});
  std::vector<cost::ModelCosts> costs() { return workspace_->costs().models; }  // by what the store knows now
  plan::Problem problem() { return workspace_->problem(); }
  // The plan that runs the blocks before `position` on the device and the others on the edge; it must be where a block
  // begins. 0: all on the edge; the layer count: all on the device.
  plan::Plan split_at(const plan::Problem& problem, std::size_t position) const;
  std::vector<const model::Cut*> cuts(const plan::Problem& problem) const;  // where blocks begin
  plan::Plan any_split_at(std::size_t position) const;                      // not priced: also inside of blocks

 private:
  base::PrivateFolder folder_{"bench"};
  std::vector<Process> agents_;
  std::unique_ptr<AdjustableLink> link_;
  std::unique_ptr<workspace::Workspace> workspace_;
  rpc::OfferMaker offers_;
  std::vector<profile::Subject> subjects_;
  std::vector<base::NamedTensor> inputs_;
};

std::vector<std::string> published_networks();  // the 18 of the zoo that the literature compares on

// A plan at work: deployed by itself, so that its stages are not split for another plan's sake.
struct Runner {
  plan::Plan plan;
  std::unique_ptr<workspace::DeployedPlan> deployed;
  std::vector<double> samples_ms;
  std::vector<std::vector<double>> compute_ms;  // by hop

  // `codecs`: of what crosses in the plan.
  Runner(TwoTargets& machines, plan::Plan chosen, const deploy::CodecDescriptions& codecs = {});
  deploy::Answer run(const std::vector<base::NamedTensor>& inputs);  // and keeps the sample
  double median_ms() const;
};

}  // namespace tandem::bench
