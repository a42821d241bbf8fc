// Three agents without an order: a request visits them in any.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>

#include "deploy/test_cluster.h"

namespace tandem::deploy {
namespace {

// A device in this process, and three edges behind servers, each linked to each other.
class UnorderedCluster {
 public:
  UnorderedCluster() {
    find_ports();
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      Node& node = nodes_.emplace_back(kNames[i], real_engine(kNames[i]), fleet());
      node.port = ports_[i];
      node.start();
    }
    device_.emplace("device", real_engine("device"), fleet());
    targets_.emplace(fleet(), accesses_to(fleet(), device_->agent));
    deployment_.emplace(model_, *targets_);
  }

  static constexpr std::array kNames = {"a", "b", "c"};

  double difference(const std::vector<plan::Stage>& stages) {
    const auto answer = deployment_->run(deployment_->add({plan::Plan{stages}}).front(), agent::branchy_inputs());
    return difference_from_whole(answer, model_, *device_->engine);
  }

 private:
  // Free ones: agents need the addresses of all others before any listens.
  void find_ports() {
    std::deque<Node> probes;
    for (const char* name : kNames) probes.emplace_back(name, engine::fake_engine(), std::nullopt).start();
    for (const Node& probe : probes) ports_.push_back(probe.port);
  }

  fleet::Fleet fleet() const {
    std::string text = "targets:\n- {name: device, tier: device}\n";
    for (std::size_t i = 0; i < kNames.size(); ++i)
      text += fmt::format("- {{name: {}, tier: edge, address: \"127.0.0.1:{}\"}}\n", kNames[i], ports_[i]);
    return fleet::parse_fleet(text + "links: [{from: device, to: edge}, {between: edge}]\n", "fleet.yaml");
  }

  const model::Model model_ = agent::branchy_model();
  std::vector<int> ports_;
  std::deque<Node> nodes_;
  std::optional<Node> device_;
  std::optional<rpc::Targets> targets_;
  std::optional<Deployment> deployment_;
};

TEST(AnyOrder, OfThreeAgentsAnswersAsTheWholeDoes) {
  UnorderedCluster cluster;
  std::array order = UnorderedCluster::kNames;
  do {
    const std::vector stages = {stage("device", 0, 1), stage(order[0], 1, 3), stage(order[1], 3, 5),
                                stage(order[2], 5, kLayers)};
    EXPECT_LE(cluster.difference(stages), 1e-6) << order[0] << order[1] << order[2];
  } while (std::ranges::next_permutation(order, {}, [](const char* name) { return *name; }).found);
}

TEST(AnyOrder, MayLeadThroughAnAgentThatRunsNothing) {
  UnorderedCluster cluster;
  EXPECT_LE(cluster.difference({stage("device", 0, 1), stage("c", 0, 0), stage("b", 1, 4), stage("a", 4, kLayers)}),
            1e-6);
}

}  // namespace
}  // namespace tandem::deploy
