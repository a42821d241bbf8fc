#include "tune/codec_times.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"
#include "tune/cuts.h"

namespace tandem::tune {
namespace {

using base::Error;
using base::ErrorKind;

// Answers with times until it is lost.
class FakeTarget : public rpc::Access {
 public:
  explicit FakeTarget(int most_answers) : most_answers_(most_answers) {}

  base::Result<rpc::TargetDescription> describe(base::Deadline) override { return rpc::TargetDescription{}; }
  base::Status upload(const rpc::PartOffer&, const std::vector<base::Tensor>&, base::Deadline,
                      const std::function<void(std::size_t)>&) override {
    return Error(ErrorKind::Unsupported, "a fake");
  }
  base::Result<std::vector<std::string>> upload_blobs(const std::vector<base::Tensor>&, base::Deadline) override {
    return std::vector<std::string>{"description", "sample"};
  }
  base::Result<rpc::RunReply> run(const rpc::RunRequest&) override { return Error(ErrorKind::Unsupported, "a fake"); }
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest& request, base::Deadline) override {
    EXPECT_EQ(request.codec, "description");
    EXPECT_EQ(request.sample, "sample");
    if (most_answers_-- == 0) return Error(ErrorKind::Unavailable, "connection lost");
    rpc::MeasureReply reply;
    reply.encode_samples_ms = {1, 2, 9};
    reply.decode_samples_ms = {3, 4, 9};
    return reply;
  }
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest&, base::Deadline) override { return rpc::LinkReport{}; }

 private:
  int most_answers_;
};

// Counts the parts that it loads.
class CountingEngine : public engine::Engine {
 public:
  std::string name() const override { return engine_->name(); }
  int threads() const override { return engine_->threads(); }
  std::unique_ptr<engine::Session> load(const model::Part& part, engine::Optimization optimization) override {
    ++loads;
    return engine_->load(part, optimization);
  }
  std::vector<engine::KernelTime> time_kernels(const model::Part& part, const std::vector<base::Tensor>& inputs,
                                               int runs, const std::stop_token& stop) override {
    return engine_->time_kernels(part, inputs, runs, stop);
  }

  int loads = 0;

 private:
  std::unique_ptr<engine::Engine> engine_ = engine::onnx_runtime({.threads = 1});
};

model::Part two_layers() {
  const base::TensorType type{base::ElementType::Float32, {1, 2}};
  model::GraphBuilder builder("two layers");
  builder.input("x", type);
  builder.node("Tanh", {"x"}, {}, "bounded");
  builder.node("Softmax", {"bounded"}, {{"axis", std::int64_t{1}}}, "answer");
  builder.output("answer", type);
  return builder.finish();
}

class TimeCodecs : public testing::Test {
 protected:
  TimeCodecs() {
    const std::vector<float> values{1, 0};
    const data::Part sample{base::Tensor::of<float>({base::ElementType::Float32, {1, 2}}, values), {0}};
    dataset_ = {"made up", {}, sample, sample, {"first", "second"}};
    for (const char* codec : {"fp16", "int8"}) {
      for (const auto& tensor : tensors_that_cross(model_)) {
        cost::CodecRate rate;
        rate.tensor = tensor;
        rate.codec = rate.description = codec;
        rates_.push_back(rate);
      }
    }
  }

  // Every codec on each target.
  void time_on(const std::vector<profile::Subject>& subjects, const profile::OnLoss& on_loss = {}) {
    std::vector<CodecTiming> timings;
    for (const auto& rate : rates_) {
      for (const auto& subject : subjects) timings.push_back({rate, subject});
    }
    engine_.loads = 0;
    time_codecs(
        {model_, engine_, dataset_}, timings, [&](const cost::CodecTime& time) { kept_.push_back(time); },
        [](const std::string&, double) {}, on_loss);
  }
  int answers() const { return static_cast<int>(rates_.size()); }
  std::size_t kept_of(const std::string& target) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(kept_, [&](const cost::CodecTime& time) { return time.identity.target == target; }));
  }

  CountingEngine engine_;
  model::Model model_ = engine::complete(model::Source::from_part(two_layers(), "two.onnx"), engine_);
  data::Dataset dataset_;
  std::vector<cost::CodecRate> rates_;
  std::vector<cost::CodecTime> kept_;
};

TEST_F(TimeCodecs, KeepsTheMedianOfEachCodecOnEachTensorAndTarget) {
  FakeTarget edge(answers()), cloud(answers());
  time_on({{{.target = "edge"}, &edge}, {{.target = "cloud"}, &cloud}});
  EXPECT_EQ(kept_of("edge"), rates_.size());
  EXPECT_EQ(kept_of("cloud"), rates_.size());
  for (const auto& time : kept_) {
    EXPECT_EQ(time.encode_ms, 2);
    EXPECT_EQ(time.decode_ms, 4);
  }
}

TEST_F(TimeCodecs, GoesOnWithTheOthersWhereATargetIsLost) {
  FakeTarget edge(1), cloud(answers());
  std::vector<std::string> lost;
  time_on({{{.target = "edge"}, &edge}, {{.target = "cloud"}, &cloud}},
          [&](const std::string& target, const Error&) { lost.push_back(target); });
  EXPECT_EQ(lost, std::vector<std::string>{"edge"});
  EXPECT_EQ(kept_of("edge"), 1u);
  EXPECT_EQ(kept_of("cloud"), rates_.size());
}

TEST_F(TimeCodecs, LoadsTheLayersBeforeACutOnceForAllTargets) {
  FakeTarget edge(2 * answers()), cloud(answers());
  time_on({{{.target = "edge"}, &edge}});
  const int loads_for_one = engine_.loads;
  time_on({{{.target = "edge"}, &edge}, {{.target = "cloud"}, &cloud}});
  EXPECT_GT(loads_for_one, 0);
  EXPECT_EQ(engine_.loads, loads_for_one);
}

TEST_F(TimeCodecs, KeepsTheTimesThatWereKnownWhenATargetIsLost) {
  FakeTarget edge(answers()), cloud(1);
  try {
    time_on({{{.target = "edge"}, &edge}, {{.target = "cloud"}, &cloud}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
    EXPECT_EQ(error.message(), "cloud: connection lost");
  }
  EXPECT_EQ(kept_of("edge"), 2u);
  EXPECT_EQ(kept_of("cloud"), 1u);
}

}  // namespace
}  // namespace tandem::tune
