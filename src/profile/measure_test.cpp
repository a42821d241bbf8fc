#include "profile/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "base/error.h"
#include "base/test_files.h"
#include "cost/estimate.h"
#include "model/builder.h"

namespace tandem::profile {
namespace {

using base::Error;
using base::ErrorKind;
using cost::LayerRange;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kLayers{"a", "b", "c", "d", "e", "f"};

// Six layers in a row.
model::Model chain() {
  const base::TensorType type{base::ElementType::Float32, {1, 4}};
  model::GraphBuilder builder("chain");
  std::string last = builder.input("x", type);
  model::TypeByTensor types;
  for (const auto& layer : kLayers) {
    last = builder.node("Tanh", {last}, {}, layer);
    types[layer] = type;
  }
  builder.output(last, type);
  return model::Model(model::Source::from_part(builder.finish(), "chain"), types);
}

// The requests that the targets of a test received, and their answers.
struct Script {
  std::vector<std::string> requests;  // "edge a-c"; of an examination "edge a-f examined"
  std::vector<rpc::MeasureRequest> details;
  std::size_t samples = 0;           // that were taken
  std::size_t fails_at = 1'000'000;  // request that is lost, counted from 0
  ErrorKind failure = ErrorKind::Unavailable;
  bool stays_lost = false;  // the target that it is sent to
  std::function<double(std::size_t sample)> sample_ms = [](std::size_t) { return 10.0; };
};

class FakeTarget : public rpc::Access {
 public:
  FakeTarget(std::string name, Script& script) : script_(script) {
    description.name = std::move(name);
    description.engine = "onnxruntime 1.2";
    description.threads = 1;
    description.governor = "performance";
  }

  base::Result<rpc::TargetDescription> describe(base::Deadline) override {
    if (is_lost) return Error(ErrorKind::Unavailable, "no answer");
    return description;
  }
  base::Status upload(const rpc::PartOffer& part, const std::vector<base::Tensor>&, base::Deadline,
                      const std::function<void(std::size_t)>&) override {
    std::string name;  // of each range of the chain: its first and its last layer
    for (std::size_t i = 0; i < part.inputs.size(); ++i) {
      const std::string& before = part.inputs[i].name;
      const char first = before == "x" ? 'a' : static_cast<char>(before[0] + 1);
      name += (i == 0 ? "" : ",") + std::string(1, first) + "-" + part.outputs.at(i).name;
    }
    parts_[part.digest] = name;
    return base::Nothing{};
  }
  base::Result<std::vector<std::string>> upload_blobs(const std::vector<base::Tensor>& blobs, base::Deadline) override {
    return std::vector<std::string>(blobs.size(), "blob");
  }
  base::Result<rpc::RunReply> run(const rpc::RunRequest&) override { return Error(ErrorKind::Unsupported, "a fake"); }
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest& request, base::Deadline) override {
    if (script_.requests.size() == script_.fails_at) {
      script_.fails_at = 1'000'000;
      if (script_.stays_lost) is_lost = true;
      return Error(script_.failure, "connection lost");
    }
    if (is_lost) return Error(ErrorKind::Unavailable, "no answer");
    note(request);
    rpc::MeasureReply reply;
    for (int i = 0; i < request.runs; ++i) reply.samples_ms.push_back(script_.sample_ms(script_.samples++));
    if (request.examine) {
      script_.samples -= reply.samples_ms.size();
      for (const auto& layer : kLayers) reply.kernels.push_back({layer, "Tanh", 1});
      reply.load_ms = 20;
      reply.resident_bytes = 4096;
      reply.peak_bytes = 8192;
    }
    return reply;
  }
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest&, base::Deadline) override {
    if (is_lost) return Error(ErrorKind::Unavailable, "no answer");
    return rpc::LinkReport{5, 10, 20, {4, 5, 5, 5, 8}};
  }

  rpc::TargetDescription description;
  bool is_lost = false;

 private:
  void note(const rpc::MeasureRequest& request) {
    std::string text = description.name;
    for (const auto& part : request.parts) text += " " + parts_.at(part);
    for (const auto& part : request.preparation) text += " after " + parts_.at(part);
    script_.requests.push_back(text + (request.examine ? " examined" : ""));
    script_.details.push_back(request);
  }

  Script& script_;
  std::map<std::string, std::string> parts_;  // by digest
};

class MeasureTest : public testing::Test {
 protected:
  MeasureTest() { store_ = std::make_unique<store::Store>(folder_ / "costs.db"); }
  ~MeasureTest() override { store_.reset(); }

  void measure(const std::vector<FakeTarget*>& targets, const OnLoss& on_loss = {}) {
    subjects_.clear();
    for (FakeTarget* target : targets) subjects_.push_back(make_subject("digest", target->description.name, *target));
    measure_model(
        model_, subjects_, *store_, offers_, settings_,
        [this](const std::string&, double share) {
          EXPECT_TRUE(share >= 0 && share <= 1) << share;
          shares_.push_back(share);
        },
        on_loss);
  }
  std::vector<cost::StageTime> stages(const FakeTarget& target) const {
    return store_->stage_times(
        {"digest", target.description.name, fingerprint(target.description), engine_text(target.description)});
  }
  std::size_t kept_samples() const {
    std::size_t count = 0;
    for (const auto& time : store_->all_stage_times()) count += time.samples_ms.size();
    return count;
  }
  std::size_t count(const std::string& request) const {
    return static_cast<std::size_t>(std::ranges::count(script_.requests, request));
  }

  const model::Model model_ = chain();
  Script script_;
  FakeTarget device_{"device", script_};
  FakeTarget edge_{"edge", script_};
  MeasurementSettings settings_;
  std::unique_ptr<store::Store> store_;
  rpc::OfferMaker offers_;
  std::vector<Subject> subjects_;
  std::vector<double> shares_;

 private:
  base::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(MeasureTest, MeasuresTheWholeAndAboutEqualParts) {
  measure({&edge_});
  const auto examination = store_->examination(subjects_[0].identity);
  ASSERT_TRUE(examination);
  EXPECT_EQ(examination->kernels.size(), 6u);
  EXPECT_EQ(examination->layer_count, 6u);
  EXPECT_EQ(examination->load_ms, 20);
  EXPECT_EQ(examination->peak_bytes, 8192);
  std::vector<std::vector<LayerRange>> ranges;
  for (const auto& time : stages(edge_)) ranges.push_back(time.ranges);
  EXPECT_THAT(ranges, testing::UnorderedElementsAre(ElementsAre(LayerRange{0, 6}), ElementsAre(LayerRange{0, 1}),
                                                    ElementsAre(LayerRange{1, 2}), ElementsAre(LayerRange{2, 3}),
                                                    ElementsAre(LayerRange{3, 4}), ElementsAre(LayerRange{4, 5}),
                                                    ElementsAre(LayerRange{5, 6})));
  EXPECT_TRUE(is_complete(*store_, subjects_[0].identity, settings_));
  EXPECT_NEAR(estimate(model_.graph(), *examination, stages(edge_)).whole_ms, 10, 0.1);
}

TEST_F(MeasureTest, RunsStagesOnWhatTheLayersBeforeMakeOfGivenInputs) {
  settings_.inputs = {{"x", base::Tensor::allocate(model_.graph().tensors[0].type)}};
  measure({&edge_});
  EXPECT_GE(count("edge a-a"), 1u);
  EXPECT_GE(count("edge d-d after a-c"), 1u);
  EXPECT_EQ(count("edge d-d"), 0u);
  for (const auto& request : script_.details) {
    ASSERT_EQ(request.inputs.size(), 1u);
    EXPECT_EQ(request.inputs[0].name, "x");
    EXPECT_EQ(request.inputs[0].digest, "blob");
  }
}

TEST_F(MeasureTest, ReportsItsProgress) {
  measure({&edge_, &device_});
  EXPECT_TRUE(std::ranges::is_sorted(shares_));
  EXPECT_EQ(shares_.front(), 0);
  EXPECT_NEAR(shares_.back(), 1, 1e-9);
}

TEST_F(MeasureTest, MeasuresNothingTwice) {
  measure({&edge_});
  const auto requests = script_.requests;
  measure({&edge_});
  EXPECT_EQ(script_.requests, requests);
  EXPECT_EQ(count("edge a-f examined"), 1u);
}

TEST_F(MeasureTest, GoesOnWhereItWasStopped) {
  for (const std::size_t request : {0, 1, 5, 40}) {
    script_.fails_at = request;
    store_->forget(make_subject("digest", "edge", edge_).identity);
    script_.requests.clear();
    script_.samples = 0;
    try {
      measure({&edge_});
      FAIL() << "nothing was thrown at request " << request;
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "edge: connection lost");
    }
    EXPECT_EQ(kept_samples(), script_.samples);
    measure({&edge_});
    EXPECT_EQ(kept_samples(), script_.samples);
    EXPECT_EQ(count("edge a-f examined"), 1u);
    for (const auto& time : stages(edge_)) EXPECT_EQ(time.samples_ms.size(), 12u) << request;
  }
}

TEST_F(MeasureTest, MeasuresTheOthersWhereATargetIsLost) {
  for (const std::size_t request : {0, 40}) {
    std::vector<std::string> lost;
    script_ = {};
    script_.fails_at = request;
    script_.stays_lost = true;
    device_.is_lost = edge_.is_lost = false;
    for (auto* target : {&device_, &edge_})
      store_->forget(make_subject("digest", target->description.name, *target).identity);
    measure({&edge_, &device_},
            [&](const std::string& target, const Error& error) { lost.push_back(target + ", " + error.message()); });
    ASSERT_EQ(lost.size(), 1u);
    const bool is_edge = lost[0] == "edge, edge: connection lost";
    EXPECT_TRUE(is_edge || lost[0] == "device, device: connection lost") << lost[0];
    EXPECT_TRUE(is_complete(*store_, subjects_[is_edge ? 1 : 0].identity, settings_)) << request;
    EXPECT_FALSE(is_complete(*store_, subjects_[is_edge ? 0 : 1].identity, settings_)) << request;
    EXPECT_EQ(kept_samples(), script_.samples);
  }
}

TEST_F(MeasureTest, UploadsAgainToATargetThatCameBackEmpty) {
  script_.fails_at = 40;
  script_.failure = ErrorKind::NotFound;
  measure({&edge_});
  EXPECT_TRUE(is_complete(*store_, subjects_[0].identity, settings_));
}

TEST_F(MeasureTest, MeasuresOnlyTheTargetThatIsNew) {
  measure({&edge_});
  script_.requests.clear();
  measure({&edge_, &device_});
  EXPECT_THAT(script_.requests, testing::Each(testing::StartsWith("device ")));
  EXPECT_EQ(stages(device_).size(), 7u);
}

TEST_F(MeasureTest, MeasuresAnotherMachineAnew) {
  measure({&edge_});
  edge_.description.slowdown = 6;
  EXPECT_FALSE(is_complete(*store_, make_subject("digest", "edge", edge_).identity, settings_));
  measure({&edge_});
  EXPECT_EQ(count("edge a-f examined"), 2u);
  EXPECT_EQ(store_->all_examinations().size(), 2u);
}

TEST_F(MeasureTest, TakesSubjectsAndStagesInTurn) {
  measure({&device_, &edge_});
  const auto& all = script_.requests;
  ASSERT_GT(all.size(), 2u + 28u);
  EXPECT_EQ(all[0], "device a-f examined");
  EXPECT_EQ(all[1], "edge a-f examined");
  const std::vector<std::string> first(all.begin() + 2, all.begin() + 16);
  const std::vector<std::string> second(all.begin() + 16, all.begin() + 30);
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 14u);
  EXPECT_EQ(first, second);
}

TEST_F(MeasureTest, WarmsUpOncePerStage) {
  measure({&edge_});
  int warmups = 0;
  for (const auto& request : script_.details) warmups += request.examine ? 0 : request.warmup_runs;
  EXPECT_EQ(warmups, 7);
}

TEST_F(MeasureTest, RunsAStageOnceARoundHoweverShort) {
  script_.sample_ms = [](std::size_t) { return 0.5; };
  measure({&edge_});
  for (const auto& request : script_.details) {
    EXPECT_TRUE(request.examine || request.runs == 1) << request.runs;
  }
}

TEST_F(MeasureTest, GoesOnUntilTheMedianIsCertain) {
  script_.sample_ms = [](std::size_t sample) { return sample < 100 ? 9.5 + static_cast<double>(sample % 3) : 10.5; };
  measure({&edge_});
  for (const auto& time : stages(edge_)) {
    const auto timing = cost::timing_of(time);
    EXPECT_GT(time.samples_ms.size(), 13u);
    EXPECT_LE(timing.high_ms - timing.low_ms, 0.04 * timing.median_ms);
  }
}

TEST_F(MeasureTest, StopsAtTheLongestTime) {
  script_.sample_ms = [](std::size_t sample) { return sample % 2 == 0 ? 10.0 : 30.0; };
  settings_.longest_ms = 300;
  measure({&edge_});
  for (const auto& time : stages(edge_)) EXPECT_THAT(time.samples_ms.size(), AllOf(testing::Gt(9u), testing::Le(31u)));
}

TEST_F(MeasureTest, TakesAFewSamplesHoweverLongTheyAre) {
  settings_.longest_ms = 1;
  measure({&edge_});
  for (const auto& time : stages(edge_)) EXPECT_THAT(time.samples_ms.size(), AllOf(testing::Ge(6u), testing::Le(7u)));
  EXPECT_TRUE(is_complete(*store_, subjects_[0].identity, settings_));
}

TEST_F(MeasureTest, IsIncompleteWhileAPartIsMissingOrUncertain) {
  measure({&edge_});
  const auto identity = subjects_[0].identity;
  const auto examination = *store_->examination(identity);
  const auto all = stages(edge_);
  for (std::size_t missing = 0; missing < all.size(); ++missing) {
    store_->forget(identity);
    EXPECT_FALSE(is_complete(*store_, identity, settings_));
    store_->put(examination);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i != missing) store_->put(all[i]);
    }
    EXPECT_FALSE(is_complete(*store_, identity, settings_)) << missing;
    store_->put(cost::StageTime{identity, all[missing].ranges, {10, 10}, 1000});
    EXPECT_FALSE(is_complete(*store_, identity, settings_)) << missing;
  }
}

TEST_F(MeasureTest, RefusesAnAnswerWithoutSamples) {
  class Silent : public FakeTarget {
   public:
    using FakeTarget::FakeTarget;
    base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest&, base::Deadline) override {
      return rpc::MeasureReply{};
    }
  };
  Silent silent{"silent", script_};
  EXPECT_THROW(measure({&silent}), Error);
}

TEST_F(MeasureTest, TimesAStageOfSeveralRangesAsOnePart) {
  const std::vector<Subject> subjects{make_subject("digest", "edge", edge_)};
  const std::vector<LayerRange> ranges{{0, 2}, {3, 5}};
  measure_stages(model_, subjects, {{0, ranges}}, *store_, offers_, settings_, [](const std::string&, double) {});
  EXPECT_THAT(script_.requests, testing::Each("edge a-b,d-e"));
  const auto times = stages(edge_);
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times[0].ranges, ranges);
}

cost::Examination examination_of(const std::vector<std::pair<std::vector<std::size_t>, double>>& kernels) {
  cost::Examination examination{{}, 0, kLayers.size()};
  for (const auto& [layers, ms] : kernels) examination.kernels.push_back({"kernel", "Tanh", ms, layers});
  return examination;
}

TEST(SplitOf, CutsAtEqualSharesOfTheTime) {
  const auto ranges = split_of(chain(), examination_of({{{0}, 3}, {{1}, 3}, {{2}, 3}, {{3}, 1}, {{4}, 1}, {{5}, 1}}));
  std::size_t next = 0;
  for (const auto& range : ranges) {
    EXPECT_EQ(range.first, next);
    EXPECT_GT(range.last, range.first);
    next = range.last;
  }
  EXPECT_EQ(next, kLayers.size());
  EXPECT_GE(ranges.size(), 4u);
}

TEST(SplitOf, CutsNoKernel) {
  const auto model = chain();
  EXPECT_THAT(split_of(model, examination_of({{{0, 1, 2}, 3}, {{3, 4, 5}, 3}})),
              ElementsAre(LayerRange{0, 3}, LayerRange{3, 6}));
  EXPECT_THAT(split_of(model, examination_of({{{0, 1, 2, 3, 4, 5}, 3}})), ElementsAre(LayerRange{0, 6}));
}

TEST_F(MeasureTest, NamesTheTargetThatCannotBeReached) {
  edge_.is_lost = true;
  try {
    make_subject("digest", "edge", edge_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "edge: no answer");
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  }
}

TEST_F(MeasureTest, TellsMachinesAndEnginesApart) {
  auto description = edge_.description;
  description.slowdown = 6;
  description.governor = "powersave";
  description.threads = 4;
  EXPECT_THAT(fingerprint(description), AllOf(HasSubstr("slowdown 6"), HasSubstr("governor powersave")));
  EXPECT_THAT(engine_text(description), AllOf(HasSubstr("onnxruntime 1.2"), HasSubstr("4 threads")));
  EXPECT_THAT(engine_text(edge_.description), HasSubstr("1 thread,"));
}

cost::LinkCosts measure_only_link(const FakeTarget& device, const FakeTarget& edge) {
  std::vector<std::unique_ptr<rpc::Access>> accesses;
  for (const auto& target : {device, edge}) accesses.push_back(std::make_unique<FakeTarget>(target));
  const rpc::Targets targets(fleet::parse_fleet(R"(
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:7102"}
)",
                                                "fleet.yaml"),
                             std::move(accesses));
  return measure_link(targets, targets.fleet().links.at(0));
}

TEST_F(MeasureTest, ProbesALink) {
  const auto link = measure_only_link(device_, edge_);
  EXPECT_EQ(link.from, "device");
  EXPECT_EQ(link.to, "edge");
  EXPECT_EQ(link.round_trip_ms.value, 5);
  EXPECT_EQ(link.upload_mbps.value, 10);
  EXPECT_EQ(link.download_mbps.value, 20);
  EXPECT_EQ(link.jitter_ms.value, 0);
  EXPECT_EQ(link.upload_mbps.source, cost::Source::Probe);
  EXPECT_GT(link.upload_mbps.measured_at_s, 0);
}

TEST_F(MeasureTest, NamesTheLinkThatCannotBeProbed) {
  device_.is_lost = true;
  try {
    measure_only_link(device_, edge_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "link device → edge: no answer");
  }
}

}  // namespace
}  // namespace tandem::profile
