// A model deployed on a fleet by a plan, with an input to run: what `tandem run` and `tandem bench` have in common.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/flags.h"
#include "workspace/fleet_access.h"
#include "workspace/question.h"
#include "deploy/deployment.h"
#include "input/preprocess.h"
#include "plan/problem/plan.h"

namespace tandem::cli {

// --input and how a picture becomes a tensor.
struct InputFlags {
  std::vector<std::string> inputs;  // FILE, or NAME=FILE
  std::string preset = "imagenet";
  std::string size;
  std::string resize;
  std::string layout = "nchw";
  std::vector<double> mean;
  std::vector<double> deviation;
  bool bgr = false;

  void add_to(CLI::App& command);
  // One tensor for each input of the model; made up when no file is given. Throws base::Error when they do not fit.
  std::vector<base::NamedTensor> read(const model::Model& model) const;

 private:
  input::Preprocessing preprocessing(const base::NamedType& type) const;
};

// --plan, and otherwise the fastest by the cost store that keeps every --where.
struct PlanFlags {
  std::string path;
  QuestionFlags question;
  std::string deadline;  // for a model with exits: the most accurate answer that is always there in time

  void add_to(CLI::App& command);
  // The best plan and the native ones. Without any profile and without --plan: Error(NotFound).
  struct Choice {
    plan::Plan best;
    std::vector<plan::Plan> native;
  };
  Choice choose(const model::Model& model, const FleetFlags& flags, const FleetAccess& access) const;

  // What choose() asks of the planner without --plan; and that with the deadline, for every request, as a constraint.
  plan::Problem make_problem(const model::Model& model, const FleetFlags& flags, const FleetAccess& access) const;
  plan::Problem in_time(plan::Problem problem) const;

 private:
  plan::Plan best_of(plan::Problem problem) const;
};

// Learns what requests say of the links that they go over, and keeps it in the store at the end.
class TransferWatch {
 public:
  TransferWatch(const FleetFlags& flags, const fleet::Fleet& fleet);
  ~TransferWatch();
  TransferWatch(const TransferWatch&) = delete;
  TransferWatch& operator=(const TransferWatch&) = delete;

  void see(const std::vector<rpc::HopReport>& hops);  // of a request, in route order

 private:
  store::Store store_;
  std::vector<std::pair<cost::LinkCosts, bool>> links_;  // and whether anything was learnt
};

// Makes plans resident, with a progress bar.
std::vector<deploy::Route> deploy(deploy::Deployment& deployment, const std::vector<plan::Plan>& plans);

}  // namespace tandem::cli
