// What graph_fuzz rests on: work that dies is counted and the rest goes on; models are spoilt in every part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "fuzz/apart.h"
#include "fuzz/graph_mutator.h"
#include "model/test_models.h"

namespace tandem::fuzz {
namespace {

using testing::HasSubstr;

struct Outcome {
  Counters counters{};
  std::vector<Death> deaths;
};

Outcome run(std::size_t count, const ApartSettings& settings, const std::function<void(std::size_t)>& work) {
  Outcome outcome;
  outcome.counters = run_apart(
      0, count, settings,
      [&](std::size_t i, Counters& counters) {
        work(i);
        ++counters[0];
      },
      [&](const Death& death) { outcome.deaths.push_back(death); });
  return outcome;
}

TEST(Apart, GoesOnBehindWorkThatDies) {
  const auto outcome = run(10, {}, [](std::size_t i) {
    if (i == 3) std::raise(SIGKILL);
    if (i == 9) ::_exit(1);
  });
  EXPECT_EQ(outcome.counters[0], 8u);
  ASSERT_EQ(outcome.deaths.size(), 2u);
  EXPECT_EQ(outcome.deaths[0].index, 3u);
  EXPECT_EQ(outcome.deaths[0].signal, SIGKILL);
  EXPECT_TRUE(outcome.deaths[0].is_repeatable);
  EXPECT_EQ(outcome.deaths[1].index, 9u);
}

TEST(Apart, EndsWorkThatComputesForTooLong) {
  const auto outcome = run(2, {.longest_seconds = 0.05}, [](std::size_t i) {
    for (volatile bool is_endless = i == 0; is_endless;) continue;
  });
  EXPECT_EQ(outcome.counters[0], 1u);
  ASSERT_EQ(outcome.deaths.size(), 1u);
  EXPECT_EQ(outcome.deaths[0].signal, SIGPROF);
}

TEST(Apart, TellsWorkThatDiesOnlyBehindOther) {
  static bool was_called = false;
  const auto outcome = run(2, {}, [](std::size_t) {
    if (was_called) std::raise(SIGKILL);
    was_called = true;
  });
  ASSERT_EQ(outcome.deaths.size(), 1u);
  EXPECT_FALSE(outcome.deaths[0].is_repeatable);
}

GraphMutator mutator() {
  model::TestModel test;
  test.input("x").input("sizes", {2}, onnx::TensorProto::INT64).output("y");
  test.weight("w", {1, 4});
  model::TestModel::add_attribute(test.node("Softmax", {"x"}, {"a"}), "axis", 1);
  test.node("Add", {"a", "w"}, {"b"});
  test.node("Reshape", {"b", "sizes"}, {"y"});
  return GraphMutator({{"small", test.proto}});
}

TEST(GraphMutator, MakesTheSameOfTheSameNumbers) {
  std::mt19937_64 one(7);
  std::mt19937_64 other(7);
  EXPECT_EQ(mutator().make(one).file, mutator().make(other).file);
}

TEST(GraphMutator, SpoilsEveryPartOfAModel) {
  const auto spoils = mutator();
  std::mt19937_64 random(1);
  std::string changes;
  std::set<std::string> files;
  for (int i = 0; i < 400; ++i) {
    const auto mutant = spoils.make(random);
    onnx::ModelProto proto;
    EXPECT_TRUE(proto.ParseFromString(mutant.file)) << mutant.changes;
    files.insert(mutant.file);
    changes += mutant.changes + "\n";
  }
  EXPECT_GT(files.size(), 250u);
  for (const char* part : {"axis := ", "tensor 'w'[", "input 'sizes' is fixed: ", "reads '", "has inputs swapped",
                           "has an input less", "is repeated", "becomes ", "opset ", "input 'x' is of type"})
    EXPECT_THAT(changes, HasSubstr(part));
}

}  // namespace
}  // namespace tandem::fuzz
