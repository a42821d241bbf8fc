#include "plan/solve/layered.h"

#include <gtest/gtest.h>

#include <random>

#include "plan/solve/contract.h"
#include "plan/solve/flow.h"
#include "plan/solve/lay.h"
#include "plan/solve/narrow.h"

namespace tandem::plan {
namespace {

constexpr unsigned kSeeds = 3000;

double real(std::mt19937& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

// A few nodes over two to four positions, wires with one to three readers, now and then forbidden places, wires that
// cannot be cut, and phases.
Layered random_layered(std::mt19937& random, std::size_t most_phases) {
  Layered made;
  made.positions = 2 + random() % 3;
  made.phases = 1 + random() % most_phases;
  const std::size_t nodes = made.phases + random() % 5;
  for (std::size_t node = 0; node < nodes; ++node) made.phase.push_back(node * made.phases / nodes);
  made.low.assign(nodes, 0);
  made.high.assign(nodes, static_cast<std::uint8_t>(made.positions - 1));
  for (std::size_t i = 0; i < nodes * made.positions; ++i)
    made.node_cost.push_back(random() % 12 == 0 ? kUnlimited : real(random, 0, 10));
  std::vector<std::size_t> starts;
  for (std::size_t node = 0; node + 1 < nodes; ++node) {
    starts.push_back(made.own_readers.size());
    for (std::size_t reader = node + 1; reader < nodes; ++reader) {
      if (reader == node + 1 || random() % 3 == 0) made.own_readers.push_back(reader);
    }
    made.wires.push_back({node, {}});
  }
  starts.push_back(made.own_readers.size());
  made.own_readers.push_back(0);
  made.wires.push_back({kNone, {}});
  starts.push_back(made.own_readers.size());
  for (std::size_t i = 0; i < made.wires.size(); ++i)
    made.wires[i].readers = std::span(made.own_readers).subspan(starts[i], starts[i + 1] - starts[i]);
  const auto add_by_phase = [&](std::vector<double>& costs, double highest) {
    for (std::size_t phase = 0; phase < made.phases; ++phase) costs.push_back(highest *= real(random, 0.3, 1));
  };
  for (std::size_t wire = 0; wire < made.wires.size(); ++wire) {
    const bool is_sendable = random() % 10 != 0;
    for (std::size_t boundary = 0; boundary < made.boundaries(); ++boundary) {
      if (is_sendable)
        add_by_phase(made.wire_cost, real(random, 0, 8));
      else
        made.wire_cost.insert(made.wire_cost.end(), made.phases, kUnlimited);
    }
  }
  for (std::size_t boundary = 0; boundary < made.boundaries(); ++boundary)
    add_by_phase(made.boundary_cost, real(random, 0, 6));
  made.first_cost = real(random, 0, 4);
  if (made.phases > 1 && random() % 4 != 0) {
    for (std::size_t i = 0; i < made.positions * made.phases; ++i) made.part_cost.push_back(real(random, 0, 6));
  }
  return made;
}

bool flows_forward(const Layered& layered, const std::vector<std::uint8_t>& position) {
  for (const auto& wire : layered.wires) {
    for (const std::size_t reader : wire.readers) {
      if (wire.producer != kNone && position[reader] < position[wire.producer]) return false;
    }
  }
  for (std::size_t a = 0; a < position.size(); ++a) {
    for (std::size_t b = 0; b < position.size(); ++b) {
      if (layered.phase[a] < layered.phase[b] && position[a] > position[b]) return false;
    }
  }
  return true;
}

double least_by_brute_force(const Layered& layered) {
  double least = kUnlimited;
  std::vector<std::uint8_t> position(layered.size(), 0);
  while (true) {
    if (flows_forward(layered, position)) least = std::min(least, cost_of(layered, position));
    std::size_t node = 0;
    while (node < position.size() && ++position[node] == layered.positions) position[node++] = 0;
    if (node == position.size()) return least;
  }
}

TEST(Lay, AgreesWithBruteForce) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    std::mt19937 random(seed);
    Layered layered = random_layered(random, 3);
    const double least = least_by_brute_force(layered);
    ASSERT_EQ(narrow(layered), least != kUnlimited) << "seed " << seed;
    if (least == kUnlimited) continue;
    const auto position = lay(layered);
    ASSERT_TRUE(flows_forward(layered, position)) << "seed " << seed;
    ASSERT_NEAR(cost_of(layered, position), least, 1e-9) << "seed " << seed;
  }
}

TEST(Lay, PaysForTheFirstPositionWhereALaterNodeMustStayThere) {
  Layered layered;
  layered.positions = 2;
  layered.phase = {0, 0};
  layered.low = {0, 0};
  layered.high = {1, 0};
  layered.node_cost = {0, 1, 0, kUnlimited};
  layered.boundary_cost = {0};
  layered.first_cost = 5;
  EXPECT_EQ(lay(layered), (std::vector<std::uint8_t>{0, 0}));
}

TEST(Lay, SeesSmallCostsBesideLargeOnes) {
  Layered layered;
  layered.positions = 2;
  layered.phase = {0, 0, 0};
  layered.low = {0, 0, 0};
  layered.high = {1, 1, 1};
  layered.node_cost = {1e12, 2e-6, 2e-6, 1e12, 3e-6, 1e-6};
  layered.boundary_cost = {1e-6};
  EXPECT_EQ(lay(layered), (std::vector<std::uint8_t>{1, 0, 1}));
}

TEST(Contract, KeepsTheLeastCost) {
  std::size_t merged = 0;
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    std::mt19937 random(seed);
    Layered layered = random_layered(random, 1);
    if (!narrow(layered)) continue;
    std::vector<std::size_t> group;
    const Layered smaller = contract(layered, group);
    merged += layered.size() - smaller.size();
    ASSERT_NEAR(cost_of(layered, lay_contracted(layered)), least_by_brute_force(layered), 1e-9) << "seed " << seed;
  }
  EXPECT_GT(merged, kSeeds / 10);  // else the test proves little
}

TEST(FlowNetwork, FindsTheCheapestOfAllCuts) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    std::mt19937 random(seed);
    const std::size_t count = 1 + random() % 7;
    FlowNetwork network;
    std::vector<std::int64_t> behind(count), before(count);
    std::vector<std::array<std::size_t, 3>> arcs;
    for (std::size_t i = 0; i < count; ++i) {
      network.add_vertex();
      network.add_cost_on_sink_side(i, behind[i] = static_cast<std::int64_t>(random() % 20));
      network.add_cost_on_source_side(i, before[i] = static_cast<std::int64_t>(random() % 20));
    }
    for (std::size_t i = random() % 15; i-- > 0 && count > 1;) {
      const std::size_t from = random() % count;
      arcs.push_back({from, (from + 1 + random() % (count - 1)) % count, random() % 15});
      network.add_arc(arcs.back()[0], arcs.back()[1], static_cast<std::int64_t>(arcs.back()[2]));
    }
    const auto cost = [&](const auto& is_behind) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < count; ++i) sum += is_behind(i) ? behind[i] : before[i];
      for (const auto& [from, to, price] : arcs)
        sum += !is_behind(from) && is_behind(to) ? static_cast<long>(price) : 0;
      return sum;
    };
    std::int64_t least = FlowNetwork::kInfinite;
    for (unsigned mask = 0; mask < 1u << count; ++mask)
      least = std::min(least, cost([&](std::size_t i) { return (mask >> i & 1u) != 0; }));
    ASSERT_EQ(network.solve(), least) << "seed " << seed;
    ASSERT_EQ(cost([&](std::size_t i) { return network.is_on_sink_side(i); }), least) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tandem::plan
