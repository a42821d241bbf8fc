#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "cli/test_application.h"
#include "model/builder.h"
#include "model/part.h"
#include "report/png.h"

namespace tandem::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

// A phone, an edge and a server; best is each in turn, 10 + (4 + 8) + 8 + (20 + 1) + 5 = 56 ms.
constexpr const char* kProblem = R"({"format": "tandem.problem", "version": 1, "input_bytes": 100000,
 "blocks": [{"name": "stem", "output_bytes": 20000}, {"name": "body", "output_bytes": 10000},
            {"name": "head", "output_bytes": 0}],
 "targets": [{"name": "phone", "tier": "device", "block_ms": [10, 80, 100]},
             {"name": "near", "tier": "edge", "block_ms": [5, 8, 40]},
             {"name": "server", "tier": "cloud", "block_ms": [1, 10, 5]}],
 "links": [{"from": "phone", "to": "near", "round_trip_ms": 4, "upload_mbps": 20},
           {"from": "phone", "to": "server", "round_trip_ms": 40, "upload_mbps": 8},
           {"from": "near", "to": "server", "round_trip_ms": 20, "upload_mbps": 80}]})";

class PlanProblem : public CommandTest {
 protected:
  PlanProblem() { folder.write("problem.json", kProblem); }
  std::vector<std::string> words(const std::vector<std::string>& flags) const {
    std::vector<std::string> all = {"plan", "--problem", folder / "problem.json"};
    all.insert(all.end(), flags.begin(), flags.end());
    return all;
  }
  std::string text(const std::vector<std::string>& flags) const { return output_of(words(flags)); }
  base::Json json(std::vector<std::string> flags) const {
    flags.emplace_back("--json");
    return base::parse_json(text(flags), "plan");
  }
};

TEST_F(PlanProblem, ListsPlansBestFirstAndNativeOnes) {
  const std::string table = text({"--top", "2"});
  EXPECT_THAT(table, ContainsRegex("1 +phone 0 → near 1 → server 2 +56"));
  EXPECT_THAT(table, ContainsRegex("native +all on phone +190"));
}

TEST_F(PlanProblem, SaysTheObjectiveFirstAndWhereItIsFrom) {
  EXPECT_THAT(text({}), testing::StartsWith("objective: latency (of the problem file; --objective sets another)\n"));
  EXPECT_THAT(text({"--objective", "upload"}), testing::StartsWith("objective: upload (by --objective)\n"));
  EXPECT_EQ(json({})["objective_source"], "problem file");
  EXPECT_EQ(json({"--objective", "upload"})["objective_source"], "flag");
}

TEST_F(PlanProblem, RefusesToCountWhatIsUnknown) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> questions = {
      {{"--where", "memory(phone) <= 1KB"}, "constraint 'memory(phone) <= 1KB': the memory of the model is unknown"},
      {{"--where", "energy(phone) <= 1J"}, "constraint 'energy(phone) <= 1J': 'phone' has no compute_watts"},
      {{"--objective", "energy"}, "objective energy: no target has compute_watts"},
      {{"--objective", "money"}, "objective money: no target has a price_per_hour"},
      {{"--front", "latency", "energy"}, "objective energy: no target has compute_watts"},
      {{"--objective", "accuracy"}, "objective accuracy: no exit and no codec changes it"},
      {{"--min-accuracy", "92"}, "constraint 'accuracy >= 92%': the accuracy of the model is unknown"}};
  for (const auto& [flags, complaint] : questions) {
    const Outcome outcome = run(words(flags));
    EXPECT_EQ(outcome.code, 3) << complaint;
    EXPECT_THAT(outcome.errors, HasSubstr("tandem: " + complaint));
    EXPECT_EQ(outcome.output, "");
  }
}

TEST_F(PlanProblem, HasAColumnForTheObjective) {
  EXPECT_THAT(text({"--objective", "throughput"}), ContainsRegex("throughput \\(ms per request\\)"));
  EXPECT_THAT(text({"--objective", "upload"}), ContainsRegex("upload +predicted ms"));
  EXPECT_THAT(text({"--objective", "latency + 0.001*upload"}), HasSubstr("latency + 0.001*upload"));
}

// Over 20 and 8 Mbit/s the input takes 40 and 100 ms, the stem's output 8 and 20. Neurosurgeon counts 10 + 8 + 48 with
// near and 10 + 20 + 15 with the server, but not the latter's round trip of 40.
TEST_F(PlanProblem, ComparesWithPublishedMethods) {
  const std::string table = text({"--compare", "all", "--where", "avoid server"});
  EXPECT_THAT(table, ContainsRegex("tandem +phone 0 → near 1–2 +70\\.0 +equal"));
  EXPECT_THAT(table, ContainsRegex("neurosurgeon +phone 0 → server 1–2 +85\\.0 +\\+21 % +breaks 'avoid server'"));
  EXPECT_THAT(table, ContainsRegex("edgent +– +it needs exits"));
  EXPECT_THAT(table, ContainsRegex("exhaustive +phone 0 → near 1–2 +70\\.0 +equal"));
  EXPECT_THAT(table, HasSubstr("dads: Hu et al., INFOCOM 2019"));
}

TEST_F(PlanProblem, ComparesInJson) {
  const auto compared = json({"--compare", "spinn,edgent"})["compared"];
  ASSERT_EQ(compared.size(), 2);
  EXPECT_EQ(compared[0]["method"], "edgent");
  EXPECT_TRUE(compared[0]["plan"].is_null());
  EXPECT_THAT(compared[0]["why_not"].get<std::string>(), HasSubstr("it needs exits"));
  EXPECT_EQ(compared[1]["plan"]["latency_ms"], 70);
  EXPECT_TRUE(compared[1]["why_not"].is_null());
}

TEST_F(PlanProblem, RefusesUnknownMethods) {
  const Outcome outcome = run(words({"--compare", "magic"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("--compare magic: expected names of all, neurosurgeon"));
}

// The same with prices: 3.6 an hour for the server, 1e-6 a millisecond; 1,000 a gigabyte to it, 1e-6 a byte.
class PricedProblem : public PlanProblem {
 protected:
  PricedProblem() {
    base::Json problem = base::parse_json(kProblem, "problem");
    problem["targets"][2]["price_per_hour"] = 3.6;
    problem["links"][2]["price_per_gb"] = 1000;
    folder.write("problem.json", problem.dump());
  }
};

TEST_F(PricedProblem, ShowsMoneyForAThousandRequests) {
  EXPECT_THAT(text({}), ContainsRegex("money per 1,000"));
  EXPECT_THAT(text({}), ContainsRegex("near 1 → server 2 .* 10.01\n")) << "10,000 bytes and 5 ms";
  EXPECT_THAT(text({"--explain"}), HasSubstr("money: 10.01 per 1,000 requests"));
  EXPECT_DOUBLE_EQ(json({})["plans"][0]["money"].get<double>(), 0.010005);
}

TEST_F(PricedProblem, PlansForMoneyAndUnderALimit) {
  EXPECT_EQ(json({"--objective", "money"})["plans"][0]["cost"], 0);
  EXPECT_EQ(json({"--objective", "money"})["unit"], "money");
  EXPECT_LE(json({"--where", "money(server) <= 0.005"})["plans"][0]["money"], 0.005);
  EXPECT_GE(json({"--front", "latency", "money"})["front"]["points"].size(), 2u);
}

TEST_F(PlanProblem, SaysWhichTargetsCannotRunABlock) {
  base::Json problem = base::parse_json(kProblem, "problem");
  for (auto& target : problem["targets"]) target["block_ms"][1] = nullptr;
  folder.write("problem.json", problem.dump());
  const Outcome outcome = run(words({}));
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("'body' (layer 1) cannot run on phone, near, server"));
}

TEST_F(PlanProblem, ExplainsTheConstraintsThatBind) {
  const std::vector<std::string> flags = {"--where", "upload <= 15KB", "--where", "avoid server", "--explain"};
  EXPECT_THAT(text(flags), HasSubstr("'upload <= 15KB' binds"));
  const auto answer = json(flags);
  EXPECT_EQ(answer["binds"][0]["constraint"], "upload <= 15KB");
  EXPECT_GT(answer["binds"][0]["reaches"], 15000);
}

TEST_F(PlanProblem, DrawsAFrontAndAMap) {
  const std::vector<std::string> flags = {"--map",   "0.1..1000", "--map-link", "phone->near",
                                          "--front", "latency",   "upload"};
  const std::string tables = text(flags);
  EXPECT_THAT(tables, ContainsRegex("from Mbit/s +to Mbit/s +latency \\(ms\\) +plan"));
  EXPECT_THAT(tables, ContainsRegex("latency \\(ms\\) +upload +plan"));
  const auto answer = json(flags);
  EXPECT_EQ(answer["front"]["points"][0]["first_cost"], 56.0);
  EXPECT_EQ(answer["map"][0]["low_mbps"], 0.1);
}

TEST_F(PlanProblem, ShowsWhereTheMapHasNoPlan) {
  const std::string table = text({"--map", "0.001..1000", "--where", "on head server", "--deadline", "60ms"});
  EXPECT_THAT(table, HasSubstr("no plan is feasible"));
  EXPECT_THAT(run(words({"--map", "1..2", "--map-link", "near->phone"})).errors, HasSubstr("near->phone"));
}

TEST_F(PlanProblem, NamesTheConstraintsThatClash) {
  const Outcome outcome = run(words({"--deadline", "10ms", "--json"}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("  latency <= 10ms\n"));
  const auto answer = base::parse_json(outcome.output, "plan");
  EXPECT_EQ(answer["clash"]["constraints"][0], "latency <= 10ms");
  EXPECT_EQ(answer["clash"]["ways"][0]["needs"], 56.0);
  EXPECT_TRUE(answer["bound"].is_null());
  EXPECT_EQ(run(words({"--deadline", "10ms"})).output, "");
}

TEST_F(PlanProblem, WritesPlansPicturesAndTheProblem) {
  text({"-o", folder / "plan.json", "--picture", folder / "plan.svg", "--save-problem", folder / "saved.json"});
  EXPECT_THAT(base::read_file(folder / "plan.json", 1 << 20), HasSubstr("\"tandem.plan\""));
  EXPECT_THAT(base::read_file(folder / "plan.svg", 1 << 20), testing::StartsWith("<svg "));
  EXPECT_EQ(output_of({"plan", "--problem", folder / "saved.json"}), text({}));
  text({"--picture", folder / "plan.dot"});
  EXPECT_THAT(base::read_file(folder / "plan.dot", 1 << 20), testing::StartsWith("digraph "));
}

TEST_F(PlanProblem, DrawsPngOrSaysWhatIsMissing) {
  const Outcome outcome = run(words({"--picture", folder / "plan.png"}));
  if (report::can_draw_png()) {
    EXPECT_EQ(outcome.code, 0) << outcome.errors;
    EXPECT_THAT(base::read_file(folder / "plan.png", 1 << 22), testing::StartsWith("\x89PNG"));
  } else {
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr("PNG needs librsvg"));
  }
}

TEST_F(PlanProblem, RefusesAFileThatItCannotWriteBeforeAnyWork) {
  const Outcome picture = run(words({"--picture", "plan.pdf", "-o", folder / "plan.json"}));
  EXPECT_EQ(picture.code, 2);
  EXPECT_THAT(picture.errors, HasSubstr("expected a file name that ends in .svg"));
  EXPECT_FALSE(std::filesystem::exists(folder / "plan.json"));
  EXPECT_EQ(run(words({"-o", folder / "none/plan.json"})).code, 4);
}

TEST_F(PlanProblem, RefusesWhatItCannotRead) {
  for (const char* range : {"1", "2..1", "0..5", "1..x"}) {
    const Outcome outcome = run(words({"--map", range}));
    EXPECT_EQ(outcome.code, 3) << range;
    EXPECT_THAT(outcome.errors, HasSubstr("expected LOW..HIGH in Mbit/s")) << range;
  }
  EXPECT_EQ(run(words({"--objective", "speed"})).code, 3);
  EXPECT_EQ(run(words({"--min-accuracy", "most"})).code, 3);
}

TEST_F(PlanProblem, TakesEveryFlagOfAQuestion) {
  const auto answer = json({"--use", "server", "--avoid", "near", "--quantile", "0.9", "--no-relays", "--time-limit",
                            "5s", "--max-accuracy-loss", "0", "--codecs", "none"});
  EXPECT_EQ(answer["plans"][0]["summary"], "phone 0 → server 1–2");
}

using PlanModel = FleetTest;

TEST_F(PlanModel, SaysWhereCostsComeFrom) {
  profile(model());
  const std::string text = output_of(over_fleet({"plan", model(), "--explain"}));
  EXPECT_THAT(text, ContainsRegex("device: measured [0-9]+ s ago"));
  EXPECT_THAT(text, ContainsRegex("[0-9]+ blocks of [0-9]+ layers: |every layer may end a stage"));
  EXPECT_THAT(text, ContainsRegex("device → edge: [0-9.e+]+ Mbit/s \\(.*, [0-9]+ s ago\\) up"));
  const auto json = base::parse_json(output_of(over_fleet({"plan", model(), "--json"})), "plan");
  EXPECT_EQ(json["costs"]["targets"][1]["target"], "edge");
  EXPECT_EQ(json["costs"]["links"][0]["to"], "edge");
}

// One product, its matrix of 1 MB in a Constant node.
void write_constant_weight(const std::string& path) {
  model::GraphBuilder builder("constant");
  const base::TensorType vector{base::ElementType::Float32, {1, 512}};
  const std::vector<float> values(512 * 512, 0.01f);
  builder.input("x", vector);
  builder.constant("w", base::Tensor::of<float>({base::ElementType::Float32, {512, 512}}, values));
  builder.node("MatMul", {"x", "w"}, {}, "y");
  builder.output("y", vector);
  model::write_onnx(builder.finish(), path);
}

TEST_F(PlanModel, CountsTheMemoryOfWeightsInConstantNodes) {
  const std::string path = folder / "constant.onnx";
  write_constant_weight(path);
  EXPECT_THAT(output_of({"inspect", path}), HasSubstr("constant.onnx: 1 layer, 262144 parameters"));
  profile(path);
  EXPECT_THAT(output_of(over_fleet({"plan", path, "--where", "memory(device) <= 1KB"})),
              ContainsRegex("1 +all on edge"));
  EXPECT_EQ(run(over_fleet({"plan", path, "--where", "memory <= 1KB"})).code, 1);
  EXPECT_EQ(run(over_fleet({"run", path, "--where", "memory(device) <= 1KB"})).code, 0);
}

TEST_F(PlanModel, NoticesAProfileOfAnotherMachine) {
  output_of(over_fleet({"profile", model(), "--precision", "50", "--longest", "20ms", "--slowdown", "2"}));
  EXPECT_THAT(run(over_fleet({"plan", model()})).errors,
              ContainsRegex("'device': the profile is stale: .*slowdown 2.*slowdown 1"));
  EXPECT_THAT(run(over_fleet({"plan", model(), "--slowdown", "2"})).errors, testing::Not(HasSubstr("stale")));
}

TEST_F(PlanModel, SaysTheObjectiveFirst) {
  profile(model());
  EXPECT_THAT(output_of(over_fleet({"plan", model()})),
              testing::StartsWith("objective: latency (by default; --objective sets another)\n"));
}

TEST_F(PlanModel, VerifiesTheBestPlans) {
  profile(model());
  EXPECT_THAT(output_of(over_fleet({"plan", model(), "--verify", "2"})), HasSubstr("verified ms"));
}

TEST_F(PlanModel, PredictsAModelThatWasNeverMeasured) {
  profile(model());
  const std::string other = folder / "other.onnx";
  output_of({"zoo", "export", "lenet5", "--classes", "7", "-o", other});
  const Outcome outcome = run(over_fleet({"plan", other, "--explain"}));
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, ContainsRegex("device: predicted from other models, whole model .* to .* ms"));
  EXPECT_THAT(outcome.errors, HasSubstr("times are predicted from other models"));
}

}  // namespace
}  // namespace tandem::cli
