// The planner against Scission's published measurements: every query of theirs, by an exhaustive search that knows
// nothing of plan/, and the best plans that their own tool finds.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "plan/import/import.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/problem_json.h"
#include "plan/solve/solve.h"
#include "scission_data.h"

namespace tandem {
namespace {

constexpr std::size_t kCount = 5;
constexpr double kSame = 1e-9;  // seconds

// A pipeline and its cost. `stages`: "device-raspi4 0-4, cloud-6700k(GPU) 5-25".
struct Pipeline {
  double seconds = 0;
  std::string stages;
};

std::string stage_text(const std::string& system, std::size_t first_layer, std::size_t last_layer) {
  return fmt::format("{} {}-{}", system, first_layer, last_layer);
}

// Tries every pipeline of at most one system of each tier, straight from the numbers of the files.
class ExhaustiveSearch {
 public:
  ExhaustiveSearch(const scission::Data& data, const std::string& model, const std::string& network)
      : data_(data), model_(model), hops_(data.networks.at(network)) {}

  std::vector<Pipeline> run() {
    const std::string& device = data_.systems[0];
    for (const auto& system : data_.systems) {
      const double arrival = system == device ? 0 : hop_seconds(device, system, scission::kInputBytes);
      extend(arrival, "", system, 0);
    }
    std::ranges::sort(found_, {}, &Pipeline::seconds);
    return std::move(found_);
  }

 private:
  double hop_seconds(const std::string& from, const std::string& to, double bytes) const {
    const auto& hop = hops_.at({from, to});
    return hop.ping_seconds + bytes / hop.bytes_per_second;
  }

  // The next stage is on `system` and starts with block `begin`.
  void extend(double seconds, const std::string& stages, const std::string& system, std::size_t begin) {
    const auto& blocks = data_.blocks.at({model_, system});
    for (std::size_t end = begin + 1; end <= blocks.size(); ++end) {
      seconds += blocks[end - 1].seconds;
      const std::string longer = stages + (stages.empty() ? "" : ", ") +
                                 stage_text(system, blocks[begin].first_layer, blocks[end - 1].last_layer);
      if (end == blocks.size()) {
        found_.push_back({seconds, longer});
        return;
      }
      for (const auto& next : data_.systems) {
        if (!hops_.contains({system, next})) continue;
        extend(seconds + hop_seconds(system, next, blocks[end - 1].output_bytes), longer, next, end);
      }
    }
  }

  const scission::Data& data_;
  const std::string& model_;
  const std::map<std::pair<std::string, std::string>, scission::Hop>& hops_;
  std::vector<Pipeline> found_;
};

Pipeline pipeline_of(const plan::Plan& plan) {
  Pipeline pipeline{plan.cost / 1000, ""};
  for (const auto& stage : plan.stages) {
    if (!pipeline.stages.empty() && stage.runs_layers()) pipeline.stages += ", ";
    for (const auto& range : stage.ranges) pipeline.stages += stage_text(stage.target, range.first, range.last - 1);
  }
  return pipeline;
}

std::vector<Pipeline> solved(const plan::Problem& problem) {
  std::vector<Pipeline> pipelines;
  for (const auto& plan : plan::solve(problem, {.count = kCount}).plans) pipelines.push_back(pipeline_of(plan));
  return pipelines;
}

// Equal costs in the same order; which of several pipelines of the same cost it is does not matter.
void expect_best(const std::vector<Pipeline>& found, const std::vector<Pipeline>& all) {
  ASSERT_EQ(found.size(), kCount);
  std::set<std::string> distinct;
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_NEAR(found[i].seconds, all[i].seconds, kSame) << "plan " << i << ": " << found[i].stages;
    const auto same = std::ranges::find(all, found[i].stages, &Pipeline::stages);
    ASSERT_NE(same, all.end()) << "plan " << i << ": " << found[i].stages;
    EXPECT_NEAR(same->seconds, all[i].seconds, kSame) << "plan " << i << ": " << found[i].stages;
    distinct.insert(found[i].stages);
  }
  EXPECT_EQ(distinct.size(), kCount);
}

class Scission : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = scission::find_data();
    if (!folder) GTEST_SKIP() << "NOT TESTED: no shared/data/scission above the sources, nor $TANDEM_DATA/scission";
    data_ = scission::read(*folder);
  }

  plan::Problem problem(const std::string& model, const std::string& network) const {
    return scission::make_problem(data_, model, network);
  }

  // Their constrained query: all three tiers, and three layers in their places.
  plan::Problem constrained() const {
    plan::Problem query = problem("vgg19", "3g");
    for (const char* text : {"use device", "use edge", "use cloud", "on 0 device", "on 10 edge", "on 16 cloud"})
      query.constraints.push_back(plan::parse_constraint(query, text));
    return query;
  }

  void expect_known(const std::string& model, const std::string& network, double seconds, const std::string& system) {
    const auto best = plan::solve(problem(model, network)).plans.at(0);
    EXPECT_NEAR(best.cost / 1000, seconds, 0.00005) << model << " on " << network;
    EXPECT_TRUE(best.is_native()) << model << " on " << network;
    EXPECT_EQ(best.stages.back().target, system) << model << " on " << network;
    EXPECT_NEAR(ExhaustiveSearch(data_, model, network).run()[0].seconds, seconds, 0.00005) << model;
  }

  scission::Data data_;
};

void expect_constrained_plans(const plan::Problem& problem) {
  const std::vector<double> known = {9.0106, 9.0594, 9.0721, 9.1209, 9.1511};
  const auto found = solved(problem);
  ASSERT_EQ(found.size(), known.size());
  for (std::size_t i = 0; i < known.size(); ++i) EXPECT_NEAR(found[i].seconds, known[i], 0.00005) << found[i].stages;
}

TEST_F(Scission, HasEighteenModelsOnFiveSystemsAndTwoNetworks) {
  EXPECT_EQ(data_.models.size(), 18);
  EXPECT_EQ(data_.systems.size(), 5);
  EXPECT_EQ(data_.systems[0], "device-raspi4");
  EXPECT_EQ(data_.networks.at("3g").size(), 8);
  EXPECT_EQ(data_.networks.at("wired").size(), 8);
}

TEST_F(Scission, TheFiveBestPlansOfEveryQueryAreThoseOfAnExhaustiveSearch) {
  for (const auto& model : data_.models) {
    for (const char* network : {"3g", "wired"}) {
      SCOPED_TRACE(fmt::format("{} on {}", model, network));
      expect_best(solved(problem(model, network)), ExhaustiveSearch(data_, model, network).run());
    }
  }
}

TEST_F(Scission, TheImporterMakesTheSameProblems) {
  const auto folder = *scission::find_data();
  const auto file = [&](const std::string& name) {
    return plan::ImportFile{name, base::read_file(folder / name, 64u << 20)};
  };
  for (const std::string network : {"3g", "wired"}) {
    const std::vector<plan::ImportFile> files = {file("blocks.csv"), file(fmt::format("net_{}.csv", network))};
    for (const auto& model : data_.models) {
      auto imported = plan::import_scission(files, {.model = model}).problem;
      std::ranges::sort(imported.links, {}, [&](const plan::Link& link) {  // as scission::Data orders them
        return std::pair(imported.targets[link.from].name, imported.targets[link.to].name);
      });
      EXPECT_EQ(plan::to_json(imported), plan::to_json(problem(model, network))) << model;
    }
  }
}

TEST_F(Scission, TheBestPlansAreThePublishedOnes) {
  expect_known("vgg19", "3g", 0.8586, "cloud-6700k(GPU)");
  expect_known("resnet50v2", "3g", 0.8812, "device-raspi4");
  expect_known("mobilenet", "3g", 0.3444, "device-raspi4");
  expect_known("nasnetlarge", "3g", 1.0400, "cloud-6700k(GPU)");
  expect_known("vgg19", "wired", 0.1136, "cloud-6700k(GPU)");
  expect_known("nasnetlarge", "wired", 0.2950, "cloud-6700k(GPU)");
}

TEST_F(Scission, TheConstrainedQueryHasThePublishedPlans) {
  expect_constrained_plans(constrained());
}

TEST_F(Scission, AProblemFileGivesTheSamePlans) {
  const auto read = plan::problem_from_json(plan::to_json(constrained()), "problem.json");
  EXPECT_EQ(read.targets[0].block_ms, constrained().targets[0].block_ms);
  expect_constrained_plans(read);
}

}  // namespace
}  // namespace tandem
