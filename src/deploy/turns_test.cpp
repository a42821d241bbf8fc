#include "deploy/turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <thread>
#include <vector>

#include "deploy/test_replicas.h"

namespace tandem::deploy {
namespace {

using testing::ElementsAre;

// Nobody is asked for anything.
class TurnsTest : public testing::Test {
 protected:
  static rpc::Targets targets_of(const fleet::Fleet& fleet) {
    std::vector<std::unique_ptr<rpc::Access>> accesses;
    for (const auto& machine : fleet::with_replicas_apart(fleet).targets)
      accesses.push_back(rpc::access_to(std::make_unique<rpc::Peer>(machine.name, "127.0.0.1:1", rpc::Credentials{})));
    return {fleet, std::move(accesses)};
  }
  static Route route_over(const std::vector<std::string>& names) {
    Route route;
    for (const auto& name : names) route.hops.push_back({.target = name});
    return route;
  }
  std::vector<std::string> next(const Machines& out = {}, const std::vector<std::string>& over = {"device", "edge"}) {
    std::vector<std::string> names;
    for (const auto& hop : turns_.next(route_over(over), out).hops) names.push_back(hop.target);
    return names;
  }

  rpc::Targets targets_ = targets_of(fleet_with_replicas({"a:1", "b:1", "c:1"}));
  Turns turns_{targets_};
};

TEST_F(TurnsTest, GoFromReplicaToReplica) {
  EXPECT_THAT(next(), ElementsAre("device", "edge.1"));
  EXPECT_THAT(next(), ElementsAre("device", "edge.2"));
  EXPECT_THAT(next(), ElementsAre("device", "edge.3"));
  EXPECT_THAT(next(), ElementsAre("device", "edge.1"));
}

TEST_F(TurnsTest, LeaveOutThoseThatAreOut) {
  EXPECT_THAT(next({"edge.1"}), ElementsAre("device", "edge.2"));
  EXPECT_THAT(next({"edge.1"}), ElementsAre("device", "edge.3"));
  EXPECT_THAT(next({"edge.1"}), ElementsAre("device", "edge.2"));
  EXPECT_THAT(next({"edge.1", "edge.2"}), ElementsAre("device", "edge.3"));
  EXPECT_THAT(next(), ElementsAre("device", "edge.1"));
}

TEST_F(TurnsTest, GoOnWhereAllAreOut) {
  const Machines all = {"edge.1", "edge.2", "edge.3"};
  EXPECT_THAT(next(all), ElementsAre("device", "edge.1"));
  EXPECT_THAT(next(all), ElementsAre("device", "edge.2"));
}

TEST_F(TurnsTest, LeaveMachinesWhereTheyAre) {
  EXPECT_THAT(next({}, {"device", "edge.2"}), ElementsAre("device", "edge.2"));
  EXPECT_FALSE(turns_.has_any(route_over({"device", "edge.2"})));
  EXPECT_TRUE(turns_.has_any(route_over({"device", "edge"})));
}

TEST_F(TurnsTest, GiveATargetOneMachineInARoute) {
  Route route = route_over({"device"});
  route.hops[0].offloads = {{.target = "edge"}, {.target = "edge"}};
  EXPECT_TRUE(turns_.has_any(route));
  const Route first = turns_.next(route);
  EXPECT_EQ(first.hops[0].offloads[0].target, "edge.1");
  EXPECT_EQ(first.hops[0].offloads[1].target, "edge.1");
  EXPECT_EQ(turns_.next(route).hops[0].offloads[1].target, "edge.2");
}

TEST_F(TurnsTest, SendDepositsToTheMachineOfTheirHop) {
  Route route = route_over({"device", "edge"});
  route.hops[0].deposits = {{.target = "edge"}};
  for (const std::string name : {"edge.1", "edge.2"}) {
    const Route next = turns_.next(route);
    EXPECT_EQ(next.hops[0].deposits[0].target, name);
    EXPECT_EQ(next.hops[1].target, name);
  }
}

TEST_F(TurnsTest, AreSharedEvenlyByThreads) {
  std::map<std::string, int> counts;
  std::mutex mutex;
  const auto take = [&] {
    for (int i = 0; i < 300; ++i) {
      const auto names = next();
      const std::lock_guard lock(mutex);
      ++counts[names[1]];
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(take);
  threads.clear();
  EXPECT_EQ(counts, (std::map<std::string, int>{{"edge.1", 400}, {"edge.2", 400}, {"edge.3", 400}}));
}

}  // namespace
}  // namespace tandem::deploy
