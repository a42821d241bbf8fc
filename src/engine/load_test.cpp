#include "engine/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "model/builder.h"
#include "model/test_models.h"

namespace tandem::engine {
namespace {

using base::ElementType;
using base::Tensor;
using model::GraphBuilder;
using testing::ElementsAre;

base::TensorType floats(base::Shape shape) {
  return {ElementType::Float32, std::move(shape)};
}

Tensor integers(const std::vector<std::int64_t>& values) {
  return Tensor::of<std::int64_t>({ElementType::Int64, {static_cast<std::int64_t>(values.size())}}, values);
}

// Counts runs of graphs with inputs: those of the model itself.
class CountingSession : public Session {
 public:
  CountingSession(std::unique_ptr<Session> session, int& runs) : session_(std::move(session)), runs_(runs) {}
  const std::vector<base::NamedType>& inputs() const override { return session_->inputs(); }
  const std::vector<base::NamedType>& outputs() const override { return session_->outputs(); }
  std::vector<Tensor> run(const std::vector<Tensor>& inputs, const std::stop_token& stop) override {
    runs_ += inputs.empty() ? 0 : 1;
    return session_->run(inputs, stop);
  }

 private:
  std::unique_ptr<Session> session_;
  int& runs_;
};

class CountingEngine : public Engine {
 public:
  std::string name() const override { return engine_->name(); }
  int threads() const override { return 1; }
  std::unique_ptr<Session> load(const model::Part& part, Optimization optimization) override {
    return std::make_unique<CountingSession>(engine_->load(part, optimization), runs);
  }
  std::vector<KernelTime> time_kernels(const model::Part& part, const std::vector<Tensor>& inputs, int times,
                                       const std::stop_token& stop) override {
    return engine_->time_kernels(part, inputs, times, stop);
  }

  int runs = 0;

 private:
  std::unique_ptr<Engine> engine_ = onnx_runtime({.threads = 1});
};

// Six layers; the last is a Flatten, or the same as exporters write it: with the shape of the first of them.
model::Source chain(bool reads_shape) {
  GraphBuilder builder("chain");
  std::string last = builder.input("x", floats({2, 3, 4}));
  for (const char* name : {"a", "b", "c", "d", "e"}) last = builder.node("Relu", {last}, {}, name);
  if (reads_shape) {
    builder.weight("first", integers({0}));
    builder.weight("rest", integers({-1}));
    builder.node("Shape", {"a"}, {}, "size");
    builder.node("Gather", {"size", "first"}, {}, "rows");
    builder.node("Concat", {"rows", "rest"}, {{"axis", 0}}, "target");
    builder.node("Reshape", {last, "target"}, {}, "flat");
  } else {
    builder.node("Flatten", {last}, {}, "flat");
  }
  builder.output("flat", floats({2, 12}));
  return model::Source::from_part(builder.finish(), "chain");
}

TEST(FoldedShapes, LeaveTheSameLayersAndCuts) {
  CountingEngine engine;
  const model::Model plain = complete(chain(false), engine);
  const model::Model folded = complete(chain(true), engine);
  EXPECT_EQ(model::layer_names(folded), model::layer_names(plain));
  EXPECT_EQ(folded.cuts(), plain.cuts());
  EXPECT_EQ(folded.cuts().size(), 5u);
  EXPECT_EQ(engine.runs, 0);
  SplitVerifier verifier(folded, engine);
  for (const auto& cut : folded.cuts()) EXPECT_EQ(verifier.difference_at(cut.position), 0) << cut.position;
}

// Each Reshape's target comes from the shape that the one before it gave.
TEST(FoldedShapes, AreToldWithoutARunHoweverLongTheChain) {
  CountingEngine engine;
  GraphBuilder builder("reshapes");
  std::string last = builder.input("x", floats({2, 3, 4}));
  builder.weight("back", integers({2, 1, 0}));
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    builder.node("Shape", {last}, {}, "size" + number);
    builder.node("Gather", {"size" + number, "back"}, {}, "target" + number);
    last = builder.node("Reshape", {last, "target" + number}, {}, "r" + number);
  }
  builder.output(last, floats({2, 3, 4}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "reshapes"), engine);
  EXPECT_EQ(model.graph().layers.size(), 20u);
  EXPECT_EQ(model.cuts().size(), 19u);
  EXPECT_EQ(model.graph().tensors.at(1).type, floats({4, 3, 2}));
  EXPECT_EQ(engine.runs, 0);
}

TEST(Scalars, AreToldWithoutARun) {
  CountingEngine engine;
  GraphBuilder builder("mean");
  builder.input("x", floats({1, 8}));
  builder.node("ReduceMean", {"x"}, {{"keepdims", 0}}, "mean");
  builder.node("Mul", {"x", "mean"}, {}, "y");
  builder.output("y", floats({1, 8}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "mean"), engine);
  EXPECT_EQ(model.graph().tensors.at(1).type, floats({}));
  EXPECT_EQ(engine.runs, 0);
}

TEST(FoldedShapes, StayLayersWhereNothingElseIsLeft) {
  CountingEngine engine;
  GraphBuilder builder("size");
  builder.input("x", floats({2, 3}));
  builder.node("Shape", {"x"}, {}, "size");
  builder.node("Add", {"size", "size"}, {}, "twice");
  builder.output("twice", {ElementType::Int64, {2}});
  const model::Model model = complete(model::Source::from_part(builder.finish(), "size"), engine);
  EXPECT_THAT(model::layer_names(model), ElementsAre("size", "twice"));
  const auto outputs = run_whole(model, engine, made_up_inputs(model));
  EXPECT_EQ(outputs.at(0).tensor.values<std::int64_t>()[1], 6);
}

// A Scan over rows whose body was exported for rows of 8: it takes others.
TEST(BodiesOfSubgraphs, TakeTheSizesThatTheModelIsGiven) {
  model::TestModel test;
  test.symbolic_input("x", {"3", "width"});
  auto& node = test.node("Scan", {"x"}, {"y"});
  model::TestModel::add_attribute(node, "num_scan_inputs", 1);
  auto& body = model::TestModel::add_subgraph(node, "body");
  auto& input = *body.add_input();
  input.set_name("row");
  input.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  input.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(8);
  model::TestModel::fill_node(*body.add_node(), "Neg", {"row"}, {"negated"});
  auto& output = *body.add_output();
  output.set_name("negated");
  output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  test.output("y");
  const auto engine = onnx_runtime({.threads = 1});
  const model::Model model = complete(test.source({{"x", {3, 5}}}), *engine);
  EXPECT_EQ(run_whole(model, *engine, made_up_inputs(model)).at(0).tensor.type(), floats({3, 5}));
}

// One branch fits [4, 8], the other only [1, 8]: which one runs depends on `flag`.
model::TestModel with_branches() {
  model::TestModel test;
  test.input("x", {4, 8}).input("flag", {}, onnx::TensorProto::BOOL);
  auto& node = test.node("If", {"flag"}, {"y"});
  for (const char* branch : {"then_branch", "else_branch"}) {
    auto& graph = model::TestModel::add_subgraph(node, branch);
    const bool fits = std::string(branch) == "else_branch";
    auto& inner = *graph.add_node();
    model::TestModel::fill_node(inner, fits ? "Relu" : "Squeeze", {"x"}, {std::string(branch) + "_y"});
    if (!fits) inner.add_input("zero");
    auto& output = *graph.add_output();
    output.set_name(std::string(branch) + "_y");
    output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  }
  test.typed_weight("zero", {1}, onnx::TensorProto::INT64).add_int64_data(0);
  return test.output("y");
}

// The engine infers both branches, and refuses the one that does not fit as long as the shape of `x` is fixed.
TEST(OpenDimensions, LetTheEngineRunWhatItRefusesWithFixedOnes) {
  const auto engine = onnx_runtime({.threads = 1});
  const model::Model model = complete(with_branches().source(), *engine);
  const std::array<bool, 1> no = {false};
  const std::vector<base::NamedTensor> inputs = {{"x", Tensor::of<float>(floats({4, 8}), std::vector<float>(32, 2.0f))},
                                                 {"flag", Tensor::of<bool>({ElementType::Bool, {}}, no)}};
  const auto outputs = run_whole(model, *engine, inputs);
  EXPECT_EQ(outputs.at(0).tensor.type(), floats({4, 8}));
  EXPECT_EQ(outputs.at(0).tensor.values<float>()[31], 2.0f);
}

TEST(OpenDimensions, StillTakeNothingButTheShapesOfThePart) {
  const auto engine = onnx_runtime({.threads = 1});
  const model::Model model = complete(with_branches().source(), *engine);
  const auto session = engine->load(model.whole());
  EXPECT_EQ(session->inputs().at(0).type, floats({4, 8}));
  auto inputs = made_up_inputs(session->inputs());
  inputs[0] = Tensor::of<float>(floats({1, 8}), std::vector<float>(8, 2.0f));
  EXPECT_THROW(session->run(inputs), base::Error);
}

}  // namespace
}  // namespace tandem::engine
