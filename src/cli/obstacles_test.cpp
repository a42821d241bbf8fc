#include "cli/obstacles.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::cli {
namespace {

// A chain of layers; layer i makes tensor i + 1 of the given types, tensor 0 is the input.
model::Graph chain(const std::vector<base::TensorType>& types) {
  model::Graph graph;
  graph.tensors.push_back({.name = "x", .type = {base::ElementType::Float32, {1}}, .consumers = {0}});
  graph.inputs = {0};
  for (std::size_t i = 0; i < types.size(); ++i) {
    graph.layers.push_back({.name = std::to_string(i), .inputs = {i}, .outputs = {i + 1}});
    model::TensorInfo made{.name = "t" + std::to_string(i), .type = types[i], .producer = i};
    if (i + 1 < types.size()) made.consumers = {i + 1};
    graph.tensors.push_back(made);
  }
  return graph;
}

const base::TensorType kFixed{base::ElementType::Float32, {1}};
const base::TensorType kOpen{base::ElementType::Int64, {base::kUnknownDimension, 3}};
const base::TensorType kSequence{base::ElementType::Sequence, {}};

TEST(Obstacles, AreNoneWhereEveryTensorCanBeSent) {
  EXPECT_EQ(text_of_obstacles(chain({kFixed, kFixed, kFixed})), "");
}

TEST(Obstacles, AreNamedWithTheirReason) {
  EXPECT_EQ(text_of_obstacles(chain({kFixed, kOpen, kSequence, kFixed, kFixed})),
            "no cut before layer 2: a tensor has no size before a run: 't1' (int64 ?x3)\n"
            "no cut before layer 3: a tensor has no size before a run: 't2' (sequence)\n");
}

TEST(Obstacles, OfNeighboursWithOneReasonAreOneLine) {
  model::Graph graph = chain({kOpen, kFixed, kFixed, kFixed});
  graph.tensors[1].consumers = {1, 3};
  EXPECT_EQ(text_of_obstacles(graph),
            "no cut before layers 1 to 3: a tensor has no size before a run: 't0' (int64 ?x3)\n");
}

TEST(Obstacles, AreListedInFullOnlyAsJson) {
  const model::Graph graph = chain(std::vector<base::TensorType>(14, kOpen));
  EXPECT_NE(text_of_obstacles(graph).find("no cut at 3 more places\n"), std::string::npos);
  const auto json = json_of_obstacles(graph);
  ASSERT_EQ(json.size(), 13u);
  EXPECT_EQ(json[0], (base::Json{{"position", 1}, {"tensors", {"t0"}}}));
}

}  // namespace
}  // namespace tandem::cli
