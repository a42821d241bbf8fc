#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/part.h"
#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::ElementsAre;

std::vector<std::string> node_names(const onnx::GraphProto& graph) {
  std::vector<std::string> names;
  for (const auto& node : graph.node()) names.push_back(node.name());
  return names;
}

// c = −|x|, and the absolute value again inside of an If.
TestModel nested() {
  TestModel test;
  test.input("x").input("is_on", {1}, onnx::TensorProto::BOOL).output("d");
  test.node("Abs", {"x"}, {"b"}).clear_name();
  test.node("Neg", {"b"}, {"c"}).set_name("same");
  auto& choice = test.node("If", {"is_on"}, {"d"});
  choice.set_name("same");
  for (const char* branch : {"then_branch", "else_branch"}) {
    auto& graph = TestModel::add_subgraph(choice, branch);
    TestModel::fill_node(*graph.add_node(), "Abs", {"c"}, {std::string("abs_") + branch});
    graph.mutable_node(0)->set_name("same");
    graph.add_output()->set_name(std::string("abs_") + branch);
  }
  return test;
}

TEST(NodeNames, AreAllThereAndAllDifferentForAnEngine) {
  const auto proto = proto_of(with_node_names(nested().model({"b", "c"}).whole()));
  EXPECT_THAT(node_names(proto.graph()), ElementsAre("b", "same", "same#2"));
  const auto& choice = proto.graph().node(2);
  EXPECT_THAT(node_names(choice.attribute(0).g()), ElementsAre("same#3"));
  EXPECT_THAT(node_names(choice.attribute(1).g()), ElementsAre("same#4"));
}

TEST(NodeNames, AreThoseOfLayers) {
  const Model model = nested().model({"b", "c"});
  EXPECT_THAT(layer_names(model), ElementsAre("b", "same", "same#2"));
}

TEST(NodeNames, OfAFileAreKeptUnlessOneIsThereTwice) {
  const auto proto = proto_of(nested().model({"b", "c"}).whole());
  EXPECT_THAT(node_names(proto.graph()), ElementsAre("", "same", "same#2"));
  EXPECT_THAT(node_names(proto.graph().node(2).attribute(0).g()), ElementsAre("same")) << "another graph";
}

TEST(NodeNames, DoNotChangeTheIdentityOfAModel) {
  const Model model = nested().model({"b", "c"});
  const std::string digest = model.digest();
  with_node_names(model.whole());
  EXPECT_EQ(model.digest(), digest);
  EXPECT_EQ(Model(Source::from_part(model.whole(), "part"), {}).digest(), digest);
}

TEST(LinksOfNodes, AreTheTensorsThatTheyReadAndMake) {
  const auto links = links_of(nested().model({"b", "c"}).whole().graph);
  ASSERT_EQ(links.size(), 3u);
  EXPECT_THAT(links[1].reads, ElementsAre("b"));
  EXPECT_THAT(links[1].writes, ElementsAre("c"));
  EXPECT_THAT(links[2].reads, ElementsAre("is_on", "c")) << "captured";
  EXPECT_THROW(links_of("no model"), base::Error);
}

}  // namespace
}  // namespace tandem::model
