// The subcommands that work over a fleet: a device in this process, an edge on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "cli/test_application.h"
#include "input/npy.h"

namespace tandem::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

constexpr std::size_t kLargestFile = std::size_t{1} << 26;

using Profile = FleetTest;

TEST_F(Profile, ListsTargetsAndLinks) {
  const std::string text = profile(model());
  EXPECT_THAT(text, ContainsRegex("model +target +whole ms +95 % interval"));
  EXPECT_THAT(text, ContainsRegex("lenet5 +device +[0-9]"));
  EXPECT_THAT(text, ContainsRegex("lenet5 +edge +[0-9]"));
  EXPECT_THAT(text, ContainsRegex("device → edge +[0-9]"));
  const std::string links = output_of(over_fleet({"profile", "--links-only"}));
  EXPECT_THAT(links, testing::StartsWith("link "));
}

TEST_F(Profile, WritesAPageAndJson) {
  profile(model());
  const auto json =
      base::parse_json(output_of(over_fleet({"profile", model(), "--report", folder / "page.html", "--json"})), "json");
  EXPECT_EQ(json["examinations"].size(), 2u);
  EXPECT_EQ(json["links"].size(), 1u);
  EXPECT_THAT(base::read_file(folder / "page.html", kLargestFile), HasSubstr("lenet5"));
}

TEST_F(Profile, MovesBetweenStores) {
  profile(model());
  output_of({"profile", "export", "-o", folder / "profile.json"});
  output_of({"profile", "import", folder / "profile.json", "--store", folder / "other.db"});
  EXPECT_EQ(output_of({"profile", "export", "--store", folder / "other.db"}), output_of({"profile", "export"}));
  EXPECT_EQ(run({"profile", "import", folder / "none.json"}).code, 4);
}

class Run : public FleetTest {
 protected:
  Run() {
    profile(model());
    words_ = over_fleet({"run", model()});
  }
  std::vector<std::string> words(const std::vector<std::string>& flags) const {
    std::vector<std::string> all = words_;
    all.insert(all.end(), flags.begin(), flags.end());
    return all;
  }
  std::string input(const base::Shape& shape) const {
    const std::string path = folder / "input.npy";
    const std::vector<float> values(base::element_count(shape), 0.5f);
    input::write_npy(path, base::Tensor::of<float>({base::ElementType::Float32, shape}, values));
    return path;
  }

 private:
  std::vector<std::string> words_;
};

TEST_F(Run, ShowsHopsAndGuesses) {
  folder.write("labels.txt", "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n");
  const std::string text =
      output_of(words({"--where", "on 5-12 edge", "--runs", "3", "--verify", "--labels", folder / "labels.txt", "--top",
                       "10", "--save", folder / "outputs", "--deadline", "1min"}));
  EXPECT_THAT(text, HasSubstr("plan: "));
  EXPECT_THAT(text, HasSubstr("(median of 3)"));
  EXPECT_THAT(text, ContainsRegex("target +compute ms +next hop ms +sent"));
  EXPECT_THAT(text, HasSubstr("native plan, all on edge: predicted"));
  EXPECT_THAT(text, HasSubstr("largest relative difference from the whole model in one process"));
  EXPECT_THAT(text, ContainsRegex("[0-9.]+ %  seven\n"));
  EXPECT_EQ(input::read_npy(folder / "outputs/output0.npy").shape(), (base::Shape{1, 10}));
}

TEST_F(Run, PrintsJson) {
  const auto json = base::parse_json(output_of(words({"--where", "use edge", "--json", "--verify"})), "run");
  EXPECT_EQ(json["outputs"][0]["values"].size(), 10u);
  EXPECT_EQ(json["hops"].back()["target"], "edge");
  EXPECT_LT(json["max_relative_difference"], 1e-4);
}

TEST_F(Run, TakesAnArrayOfTheModelsShape) {
  const std::string input = this->input({1, 1, 28, 28});
  const Outcome unnamed = run(words({"--input", input}));
  EXPECT_EQ(unnamed.code, 0) << unnamed.errors;
  const auto model_json = base::parse_json(output_of({"inspect", model(), "--json"}), "inspect");
  const std::string name = model_json["inputs"][0]["name"];
  EXPECT_EQ(run(words({"--input", name + "=" + input})).code, 0);
  EXPECT_THAT(run(words({"--input", "nothing=" + input})).errors,
              HasSubstr("the model has no input 'nothing', expected one of: " + name));
  EXPECT_THAT(run(words({"--input", input, "--input", input})).errors,
              HasSubstr("--input: two files for input '" + name + "'"));
}

TEST_F(Run, RefusesAnArrayOfAnotherShape) {
  const Outcome outcome = run(words({"--input", input({1, 28, 28})}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, ContainsRegex("float32 1x28x28, the model's input '.*' is float32 1x1x28x28"));
}

TEST_F(Run, RefusesASizeThatIsNone) {
  folder.write("photo.png", "\x89PNG\r\n\x1a\n and no picture");
  const Outcome outcome = run(words({"--input", folder / "photo.png", "--size", "28"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("--size 28: expected HxW, such as 224x224"));
  EXPECT_EQ(run(words({"--input", folder / "photo.png", "--size", "28x28", "--resize", "crop", "--layout", "nhwc",
                       "--mean", "0", "0", "0", "--std", "1", "1", "1", "--bgr"}))
                .code,
            3);
}

TEST_F(Run, RefusesAPlanOfAnotherModel) {
  output_of(over_fleet({"plan", model(), "-o", folder / "plan.json"}));
  EXPECT_THAT(output_of(words({"--plan", folder / "plan.json"})), HasSubstr("plan: "));
  const std::string other = folder / "other.onnx";
  output_of({"zoo", "export", "lenet5", "--seed", "7", "-o", other});
  const auto run_plan = [&](const std::string& content) {
    folder.write("changed.json", content);
    return run(words({"--plan", folder / "changed.json"})).errors;
  };
  EXPECT_THAT(run(over_fleet({"run", other, "--plan", folder / "plan.json"})).errors,
              HasSubstr("the plan was made for another model, or for other shapes of it, which are part of a plan's "
                        "identity"));
  EXPECT_THAT(run_plan(R"({"format": "tandem.problem"})"), HasSubstr("format: expected tandem.plan"));
  EXPECT_THAT(run_plan(R"({"format": "tandem.plan", "version": 2, "plans": [], "native_plans": []})"),
              HasSubstr("expected a plan of this model: it was made from a problem file"));
}

TEST_F(Run, RunsSamplesOfADataSet) {
  const std::vector<std::string> data = {"--data", "fashion-mnist", "--limit", "20", "--runs", "5"};
  const std::string text = output_of(words(data));
  EXPECT_THAT(text, ContainsRegex("5 requests: 100.0 % in time, [0-9.]+ % right and in time"));
  EXPECT_THAT(text, ContainsRegex("latency: median .* ms, 95th percentile .* ms, predicted .* ms"));
  const Outcome live = run(words({"--data", "fashion-mnist", "--limit", "20", "--live", "--deadline", "1s"}));
  EXPECT_EQ(live.code, 4);
  EXPECT_THAT(live.errors, HasSubstr("the store has no exit statistics of this model"));
}

using Bench = FleetTest;

TEST_F(Bench, TimesPlansInTurn) {
  profile(model());
  const std::string text = output_of(over_fleet({"bench", model(), "--runs", "3"}));
  EXPECT_THAT(text, ContainsRegex("plan +predicted ms +median ms +95 % interval +p95 ms +p99 ms"));
  EXPECT_THAT(text, ContainsRegex("all on edge +[0-9]"));
  const auto json = base::parse_json(output_of(over_fleet({"bench", model(), "--runs", "3", "--json"})), "bench");
  EXPECT_EQ(json["plans"][0]["samples_ms"].size(), 3u);
  EXPECT_GE(json["plans"][0]["median_high_ms"], json["plans"][0]["median_low_ms"]);
}

TEST_F(Bench, WritesAPageOfPredictionsAndMeasurements) {
  profile(model());
  output_of(over_fleet({"bench", model(), "--runs", "3", "--report", folder / "bench.html"}));
  const auto html = base::read_file(folder / "bench.html", 1 << 24);
  EXPECT_THAT(html, HasSubstr("<p class=\"kicker\">Tandem comparison</p>"));
  EXPECT_THAT(html, ContainsRegex("<td data-label=\"Plan\">all on edge <small>"));
  EXPECT_THAT(html, ContainsRegex("<td data-label=\"Requests\">3</td>"));
}

using Tuning = FleetTest;

TEST_F(Tuning, ShowsRatesAndTimes) {
  const auto inspected = base::parse_json(output_of({"inspect", model(), "--json"}), "inspect");
  const std::string tensor = inspected["cuts"].back()["tensors"][0];
  const std::vector<std::string> subject = {model(), "--data", "fashion-mnist", "--limit", "20", "--losses", "5,1"};
  std::vector<std::string> tune = {"codec", "tune"};
  tune.insert(tune.end(), subject.begin(), subject.end());
  tune.insert(tune.end(), {"--tensors", tensor, "--fitted-only"});
  const Outcome tuned = run(over_fleet(tune));
  EXPECT_THAT(tuned.output, ContainsRegex("tensor +elements +≤ 1 points +≤ 5 points +lost on test"));
  EXPECT_THAT(tuned.output,
              HasSubstr("20 samples of the test part cannot tell a loss of less than 17 points from none"));
  EXPECT_THAT(tuned.errors, HasSubstr("20 samples of the calibration part cannot tell a loss of less than 17 points"));
  std::vector<std::string> show = {"codec", "show"};
  show.insert(show.end(), subject.begin(), subject.end());
  show.emplace_back("--all");
  EXPECT_THAT(output_of(show), ContainsRegex("other answers +device enc \\+ dec +edge enc \\+ dec"));
  show.back() = "--json";
  const auto json = base::parse_json(output_of(show), "show");
  EXPECT_EQ(json["rates"][0]["tensor"], tensor);
  EXPECT_EQ(json["times"][0]["target"], "device");
  EXPECT_NEAR(json["finest_loss_points"].get<double>(), 16.8, 0.05);
}

// alexnet5, five exits with random weights.
class Exits : public FleetTest {
 protected:
  Exits() { output_of({"zoo", "export", "alexnet5", "--uint8", "--classes", "10", "-o", folder / "exits.onnx"}); }
  std::vector<std::string> with_data(std::vector<std::string> words) const {
    words.insert(words.end(), {"--data", "fashion-mnist", "--limit", "40"});
    return words;
  }
  std::string exits() const { return folder / "exits.onnx"; }
};

TEST_F(Exits, ReportsEachExitAndAPolicy) {
  const std::string text = output_of(with_data({"exits", "report", exits(), "--confidence", "margin", "--loss", "50"}));
  EXPECT_THAT(text, HasSubstr("fashion-mnist (40 samples a part): 40 samples of the test part"));
  EXPECT_THAT(text, ContainsRegex("exit +right +95 % interval +calibration +temperature"));
  EXPECT_THAT(text, ContainsRegex("exit5 +[0-9.]+ %"));
  EXPECT_THAT(text, HasSubstr("stop at the first exit with enough confidence (margin): at most 50 points below"));
  const auto json = base::parse_json(output_of(with_data({"exits", "report", exits(), "--json"})), "report");
  EXPECT_EQ(json["exits"].size(), 5u);
  EXPECT_EQ(json["policy"]["exits"].back()["threshold"], 0);
  EXPECT_EQ(run(with_data({"exits", "report", exits(), "--confidence", "guess"})).code, 3);
}

TEST_F(Exits, LiveRequestsShowTheBandwidthOfEach) {
  profile(exits());
  output_of(with_data({"exits", "report", exits()}));
  const std::string text =
      output_of(with_data(over_fleet({"run", exits(), "--live", "--deadline", "20s", "--runs", "3"})));
  EXPECT_THAT(text, ContainsRegex("Mbit/s +plan +exit +predicted ms +measured ms +in time"));
  EXPECT_THAT(text, HasSubstr("3 requests: 100.0 % in time"));
  EXPECT_THAT(text, HasSubstr("answered by the first target alone, since the link failed: 0 requests"));
}

TEST_F(Exits, MakeAccuracyTheObjectiveAndSaySo) {
  profile(exits());
  output_of(with_data({"exits", "report", exits()}));
  EXPECT_THAT(output_of(over_fleet({"plan", exits()})),
              testing::StartsWith("objective: accuracy (by default, since the store has exit statistics of this model; "
                                  "--objective latency: the fastest plan)\n"));
  const auto json = base::parse_json(output_of(over_fleet({"plan", exits(), "--json"})), "plan");
  EXPECT_EQ(json["objective_source"], "exit statistics");
}

TEST_F(Exits, TakeTheFastestPlanWhereNoneIsInTime) {
  profile(exits());
  output_of(with_data({"exits", "report", exits()}));
  const Outcome outcome =
      run(with_data(over_fleet({"run", exits(), "--deadline", "0.001ms", "--runs", "2", "--json"})));
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("no plan is predicted to answer within 0.001 ms: taking the fastest"));
  const auto json = base::parse_json(outcome.output, "run");
  EXPECT_EQ(json["in_time_percent"], 0);
  EXPECT_TRUE(json["exits"].empty());
}

}  // namespace
}  // namespace tandem::cli
