// For tests of deployments: three agents that run the small model of test_parts.h, and a gate that holds up an agent's
// engine.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/test_parts.h"
#include "deploy/deployment.h"
#include "engine/fake/fake.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "rpc/server.h"
#include "rpc/targets.h"

namespace tandem::deploy {

inline constexpr std::size_t kLayers = 7;

// An agent behind a real server on a free port of this machine.
struct Node {
  Node(const std::string& name, std::unique_ptr<engine::Engine> runs_on, std::optional<fleet::Fleet> fleet)
      : engine(std::move(runs_on)), agent({.name = name, .fleet = std::move(fleet)}, *engine) {}
  void start() {
    server.emplace("127.0.0.1:" + std::to_string(port), agent, rpc::Credentials{});
    port = server->port();
  }

  std::unique_ptr<engine::Engine> engine;
  agent::Agent agent;
  int port = 0;
  std::optional<rpc::Server> server;
};

// To the first target in this process, and to the others at their addresses.
inline std::vector<std::unique_ptr<rpc::Access>> accesses_to(const fleet::Fleet& fleet, agent::Agent& here) {
  std::vector<std::unique_ptr<rpc::Access>> accesses;
  accesses.push_back(rpc::access_here(here));
  for (std::size_t i = 1; i < fleet.targets.size(); ++i) {
    const auto& target = fleet.targets[i];
    accesses.push_back(rpc::access_to(std::make_unique<rpc::Peer>(target.name, target.address, rpc::Credentials{})));
  }
  return accesses;
}

// The largest relative difference from the whole model's answer to branchy_inputs(); infinite without an answer.
inline double difference_from_whole(const base::Result<Answer>& answer, const model::Model& model,
                                    engine::Engine& engine) {
  if (!answer) {
    ADD_FAILURE() << answer.error().message();
    return std::numeric_limits<double>::infinity();
  }
  const auto expected = engine::run_whole(model, engine, agent::branchy_inputs());
  EXPECT_EQ(answer.value().outputs.size(), expected.size());
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(answer.value().outputs.at(i).name, expected[i].name);
    largest = std::max(largest, base::relative_difference(answer.value().outputs[i].tensor, expected[i].tensor));
  }
  return largest;
}

// A device in this process, an edge and a cloud behind servers, linked device → edge → cloud and device → cloud.
class Cluster {
 public:
  using MakeEngine = std::function<std::unique_ptr<engine::Engine>(const std::string& target)>;

  // `past`: the address of the link device → cloud; empty: the cloud's own.
  explicit Cluster(const MakeEngine& make_engine, const std::string& past = {}) : past_(past) {
    cloud.emplace("cloud", make_engine("cloud"), std::nullopt);
    cloud->start();
    edge.emplace("edge", make_engine("edge"), fleet_with(1, cloud->port));
    edge->start();
    const fleet::Fleet fleet = fleet_with(edge->port, cloud->port);
    device.emplace("device", make_engine("device"), fleet);
    targets.emplace(fleet, accesses_to(fleet, device->agent));
    deployment.emplace(model, *targets);
  }

  fleet::Fleet edge_fleet() const { return fleet_with(1, cloud->port); }
  Route deploy(const std::vector<plan::Stage>& stages) { return deployment->add({plan::Plan{stages}}).front(); }

  const model::Model model = agent::branchy_model();
  std::optional<Node> cloud;
  std::optional<Node> edge;
  std::optional<Node> device;
  std::optional<rpc::Targets> targets;
  std::optional<Deployment> deployment;

 private:
  fleet::Fleet fleet_with(int edge_port, int cloud_port) const {
    const auto address = [](int port) { return "127.0.0.1:" + std::to_string(port); };
    fleet::Fleet fleet;
    fleet.targets = {{"device", fleet::Tier::Device, fleet::kHere},
                     {"edge", fleet::Tier::Edge, address(edge_port)},
                     {"cloud", fleet::Tier::Cloud, address(cloud_port)}};
    fleet.links = {
        {0, 1, address(edge_port)}, {1, 2, address(cloud_port)}, {0, 2, past_.empty() ? address(cloud_port) : past_}};
    return fleet;
  }

  const std::string past_;
};

inline std::unique_ptr<engine::Engine> real_engine(const std::string&) {
  return engine::onnx_runtime({.threads = 1});
}

inline plan::Stage stage(const std::string& target, std::size_t first, std::size_t last) {
  plan::Stage made;
  made.target = target;
  if (first < last) made.ranges.push_back({first, last});
  return made;
}

// Fake engines; one of them stops at the gate while it is closed. Must be open in the end.
class Gate {
 public:
  Cluster::MakeEngine engines(const std::string& held_up) {
    return [this, held_up](const std::string& target) {
      return target == held_up ? engine::fake_engine([this](const model::Part&) { pass(); }) : engine::fake_engine();
    };
  }
  void close() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
    arrived_ = 0;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void wait_for_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return arrived_ > 0; });
  }

 private:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = true;
  int arrived_ = 0;
};

}  // namespace tandem::deploy
