// Each model of the generated zoo goes the whole way: inspect, verify, plan, run split over two targets, extract,
// write, read again; and the time of its kernels belongs to layers. Those that cannot are listed with the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "base/test_files.h"
#include "deploy/test_cluster.h"
#include "engine/load.h"
#include "engine/verify.h"
#include "generated/blocks.h"
#include "generated/zoo.h"
#include "plan/make/from_costs.h"
#include "plan/problem/constraint_text.h"
#include "plan/solve/solve.h"
#include "profile/attribution.h"
#include "workspace/cut_check.h"

namespace tandem {
namespace {

using Tensors = std::vector<base::NamedTensor>;

constexpr double kTolerance = 1e-4;

// Models of which one run of the whole, unoptimised, differs less from itself than a split does by rounding.
struct Coarse {
  std::size_t model;
  double tolerance;
};
constexpr Coarse kCoarse[] = {
    {57, 0.015},   // a step of 8-bit codes behind half precision
    {90, 0.015},   // the same
    {93, 0.005},   // the same
    {218, 0.005},  // half precision twice, and differences
};

engine::Engine& shared_engine() {
  static const auto instance = engine::onnx_runtime({.threads = 1});
  return *instance;
}

// A device in this process and an edge behind a server, for all models.
class TwoTargets {
 public:
  TwoTargets() : edge_("edge", deploy::real_engine("edge"), std::nullopt) {
    edge_.start();
    fleet_.targets = {{"device", fleet::Tier::Device, fleet::kHere}, {"edge", fleet::Tier::Edge, address()}};
    fleet_.links = {{0, 1, address()}};
    device_.emplace("device", deploy::real_engine("device"), fleet_);
    std::vector<std::unique_ptr<rpc::Access>> accesses;
    accesses.push_back(rpc::access_here(device_->agent));
    accesses.push_back(rpc::access_to(std::make_unique<rpc::Peer>("edge", address(), rpc::Credentials{})));
    targets_.emplace(fleet_, std::move(accesses));
  }
  const rpc::Targets& targets() const { return *targets_; }
  const fleet::Fleet& fleet() const { return fleet_; }

 private:
  std::string address() const { return "127.0.0.1:" + std::to_string(edge_.port); }

  deploy::Node edge_;
  std::optional<deploy::Node> device_;
  fleet::Fleet fleet_;
  std::optional<rpc::Targets> targets_;
};

TwoTargets& two_targets() {
  static TwoTargets instance;
  return instance;
}

cost::ModelCosts made_up_costs(const model::Model& model, const std::string& target, double layer_ms) {
  const std::size_t layers = model.graph().layers.size();
  cost::ModelCosts costs;
  costs.identity.target = target;
  costs.stage_overhead_ms = 0.5;
  costs.layer_ms.assign(layers, layer_ms);
  costs.whole_ms = 0.5 + layer_ms * static_cast<double>(layers);
  costs.ends_kernel.assign(layers, true);
  return costs;
}

bool has(const Tensors& tensors, const std::string& name) {
  return std::ranges::find(tensors, name, &base::NamedTensor::name) != tensors.end();
}

const base::Tensor& find(const Tensors& tensors, const std::string& name) {
  return std::ranges::find(tensors, name, &base::NamedTensor::name)->tensor;
}

// Runs a part on those of the tensors that it reads, and adds what it makes.
void run(const model::Part& part, Tensors& tensors) {
  const auto session = shared_engine().load(part);
  std::vector<base::Tensor> inputs;
  for (const auto& input : session->inputs()) inputs.push_back(find(tensors, input.name));
  const auto outputs = session->run(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) tensors.push_back({session->outputs()[i].name, outputs[i]});
}

double all_ms = 0;  // of kernels, in all models
double all_attributed_ms = 0;

class GeneratedZoo : public testing::TestWithParam<std::size_t> {
 protected:
  GeneratedZoo() : generated_(generated::make_model(GetParam())), trace_(__FILE__, __LINE__, generated_.name) {}

  void SetUp() override {
    const auto bytes = generated_.proto.SerializeAsString();
    model_.emplace(engine::complete(model::Source::from_bytes(bytes, "m.onnx", generated_.shapes), shared_engine()));
    inputs_ = engine::made_up_inputs(*model_);
    expected_ = engine::run_whole(*model_, shared_engine(), inputs_);
    noise_ = engine::noise_of(*model_, shared_engine(), inputs_, expected_);
  }

  double tolerance() const {
    const auto* const coarse = std::ranges::find(kCoarse, GetParam(), &Coarse::model);
    return coarse == std::end(kCoarse) ? kTolerance : coarse->tolerance;
  }
  std::size_t layers() const { return model_->graph().layers.size(); }
  std::optional<std::size_t> middle() const {
    const auto& cuts = model_->cuts();
    return cuts.empty() ? std::nullopt : std::optional(cuts[cuts.size() / 2].position);
  }
  void expect_answer(const Tensors& answer) const {
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      const auto& name = expected_[i].name;
      ASSERT_TRUE(has(answer, name)) << name;
      EXPECT_TRUE(engine::is_same(find(answer, name), expected_[i].tensor, noise_.outputs[i], tolerance()))
          << name << " differs by " << base::relative_difference(find(answer, name), expected_[i].tensor);
    }
  }
  Tensors answer_of(const std::vector<plan::Stage>& stages) const {
    deploy::Deployment deployment(*model_, two_targets().targets());
    const auto route = deployment.add({plan::Plan{stages}}).front();
    return deployment.run(route, inputs_).take().outputs;
  }

  const generated::GeneratedModel generated_;
  const testing::ScopedTrace trace_;
  std::optional<model::Model> model_;
  Tensors inputs_;
  Tensors expected_;
  engine::Noise noise_;
};

TEST_P(GeneratedZoo, ComputesTheSameAtEveryCut) {
  const auto check = workspace::check_cuts(*model_, shared_engine(), inputs_, {.tolerance = tolerance()});
  EXPECT_EQ(check.checked, model_->cuts().size());
  EXPECT_TRUE(check.is_equal) << "differs by " << check.largest_difference << " at " << check.worst.first;
}

TEST_P(GeneratedZoo, RunsByAPlanThatIsForcedToSplit) {
  const auto costs = {made_up_costs(*model_, "device", 2), made_up_costs(*model_, "edge", 1)};
  auto problem =
      plan::make_problem(model_->graph(), two_targets().fleet(), costs, {{"device", "edge", {1}, {}, {100}, {100}}});
  ASSERT_FALSE(problem.blocks.empty());
  problem.constraints.push_back(plan::parse_constraint(problem, "on 0 device"));
  if (middle())
    problem.constraints.push_back(plan::parse_constraint(problem, "on " + std::to_string(layers() - 1) + " edge"));
  const auto solution = plan::solve(problem);
  ASSERT_FALSE(solution.plans.empty());
  expect_answer(answer_of(solution.plans[0].stages));
}

TEST_P(GeneratedZoo, RunsInSidesThatWereExtractedAndReadAgain) {
  const std::size_t position = middle().value_or(layers());
  base::TemporaryFolder folder;
  Tensors tensors = inputs_;
  for (const auto& [first, last] : {std::pair<std::size_t, std::size_t>(0, position), {position, layers()}}) {
    if (first == last) continue;
    model::write_onnx(model_->extract(first, last), folder / "side.onnx");
    const auto side = engine::load_model(folder / "side.onnx", shared_engine());
    run(side.whole(), tensors);
  }
  expect_answer(tensors);
}

TEST_P(GeneratedZoo, HasNoTimeThatBelongsToNoLayer) {
  const model::Part whole = model_->whole();
  std::vector<base::Tensor> inputs;
  for (const auto& input : whole.inputs) inputs.push_back(find(inputs_, input.name));
  std::vector<rpc::KernelTime> times;
  for (auto& kernel : shared_engine().time_kernels(whole, inputs, 5))
    times.push_back({kernel.name, kernel.op_type, kernel.time.count(), kernel.inputs, kernel.outputs});
  double total_ms = 0;
  double attributed_ms = 0;
  std::string lost;
  for (const auto& kernel : profile::attribute(model_->graph(), times)) {
    total_ms += kernel.median_ms;
    if (!kernel.layers.empty()) attributed_ms += kernel.median_ms;
    if (kernel.layers.empty()) lost += kernel.name + " (" + kernel.op_type + ") ";
  }
  EXPECT_GE(attributed_ms, 0.99 * total_ms) << lost;
  all_ms += total_ms;
  all_attributed_ms += attributed_ms;
}

TEST(GeneratedModels, UseEveryBlockHeadAndOpset) {
  std::string names;
  for (std::size_t i = 0; i < generated::kModels; ++i) names += generated::make_model(i).name + ",\n";
  for (const auto* blocks : {&generated::picture_blocks(), &generated::word_blocks(), &generated::vector_blocks(),
                             &generated::typed_blocks(), &generated::control_blocks()}) {
    for (const auto& block : *blocks) EXPECT_THAT(names, testing::HasSubstr(std::string(" ") + block.name + ","));
  }
  for (const auto& head : generated::heads())
    EXPECT_THAT(names, testing::HasSubstr(std::string(" ") + head.name + ","));
  for (int opset = 9; opset <= 17; ++opset)
    EXPECT_THAT(names, testing::HasSubstr(" opset " + std::to_string(opset) + ":"));
}

TEST(GeneratedModels, AreTheSameInEveryRun) {
  EXPECT_EQ(generated::make_model(7).proto.SerializeAsString(), generated::make_model(7).proto.SerializeAsString());
}

// For the figure in docs/figures.md.
class AttributedShare : public testing::Environment {
 public:
  void TearDown() override {
    if (all_ms > 0) std::printf("attributed: %.3f %% of the time of all kernels\n", 100 * all_attributed_ms / all_ms);
  }
};
const auto* const kShare = testing::AddGlobalTestEnvironment(new AttributedShare);

INSTANTIATE_TEST_SUITE_P(Models, GeneratedZoo,
                         testing::Range(std::size_t{0}, generated::kModels, std::size_t{TANDEM_ZOO_STEP}));

}  // namespace
}  // namespace tandem
