#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "cli/test_application.h"
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
  EXPECT_THAT(table, ContainsRegex("1 +phone 0–0 → near 1–1 → server 2–2 +56"));
  EXPECT_THAT(table, ContainsRegex("native +all on phone +190"));
}

TEST_F(PlanProblem, HasAColumnForTheObjective) {
  EXPECT_THAT(text({"--objective", "throughput"}), ContainsRegex("throughput \\(ms per request\\)"));
  EXPECT_THAT(text({"--objective", "upload"}), ContainsRegex("upload +predicted ms"));
  EXPECT_THAT(text({"--objective", "latency + 0.001*upload"}), HasSubstr("latency + 0.001*upload"));
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
                            "5", "--min-accuracy", "0", "--codecs", "none"});
  EXPECT_EQ(answer["plans"][0]["summary"], "phone 0–0 → server 1–2");
}

}  // namespace
}  // namespace tandem::cli
