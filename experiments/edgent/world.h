// What the experiment runs in: a slow device and an edge as processes of their own with an emulated link between them,
// a network with exits that both have profiled, and the pictures that it is asked about.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "exits/statistics.h"
#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "profile/measure.h"
#include "two_targets.h"
#include "workspace/data_options.h"

namespace tandem::edgent {

struct Setting {
  std::string model;  // a file
  std::string data;
  double device_ms = 2000;  // that the whole network takes, heads of earlier exits not counted
  double edge_ms = 20;
  double one_way_ms = 4;
  std::size_t limit = 0;  // samples of each part of the data; 0: all
  double longest_s = 12;  // of runs of one stage, while profiling
};

// Forks; make it before anything starts a thread.
class World {
 public:
  World(const Setting& setting, const profile::Progress& progress);

  bench::TwoTargets& machines() { return machines_; }
  void set_bandwidth(double mbps);  // and probes it

  // With all exits and policies, at the bandwidth that was probed last.
  plan::Problem problem();

  // A picture of the test part, every time another, and what it shows.
  struct Sample {
    std::vector<base::NamedTensor> inputs;
    std::int64_t label = 0;
  };
  Sample next_sample();

  // Percent right of the test part, by replay.
  double accuracy_of(const plan::Plan& plan) const;
  std::size_t exit_number(const std::string& name) const;  // from 1; throws Error(NotFound)
  const std::vector<std::string>& exits() const { return exits_; }
  const std::string& data_name() const { return data_.dataset.name; }
  double one_way_ms() const { return setting_.one_way_ms; }

 private:
  std::vector<profile::StageSubject> stages_of_exits();

  Setting setting_;
  bench::TwoTargets machines_;
  workspace::DataForModel data_;
  std::vector<std::string> exits_;
  exits::ExitStatistics test_;
  std::size_t next_sample_ = 0;
};

// A plan at work at one bandwidth: deployed by itself, and what requests got from it.
class Subject {
 public:
  Subject(World& world, const plan::Plan& plan);

  void ask(const World::Sample& sample);  // and keeps what came of it

  const plan::Plan& plan() const { return deployed_.plan(); }
  double median_ms() const;
  double in_time_share(double deadline_ms) const;  // of the requests
  double right_share() const;
  // Latencies of the requests that stopped at an exit.
  std::vector<double> latencies_ms(const std::string& exit) const;
  std::size_t count() const { return requests_.size(); }

 private:
  struct Request {
    double latency_ms = 0;
    std::string exit;
    bool is_right = false;
  };
  workspace::DeployedPlan deployed_;
  std::vector<Request> requests_;
};

// What requests of a plan take that stop at its exits, in their order; nobody stops: left at 0.
std::vector<double> latency_by_exit(plan::Problem problem, const plan::Plan& plan);

}  // namespace tandem::edgent
