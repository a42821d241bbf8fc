#include "plan/problem/constraint_text.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "plan/problem/objective_text.h"

namespace tandem::plan {
namespace {

using Indices = std::vector<std::size_t>;

// Layers 0–1, 2–4 and 5; a device, two edges and a cloud, linked to all later tiers.
Problem small_problem() {
  Problem problem;
  problem.tiers = {"device", "edge", "cloud"};
  problem.blocks = {{"stem", 0, 2}, {"body", 2, 5}, {"7", 5, 6}};
  problem.targets = {{"device", 0}, {"edge-a", 1}, {"edge-b(gpu)", 1}, {"cloud", 2}};
  problem.links = {{0, 1}, {0, 2}, {0, 3}, {1, 3}, {2, 3}};
  return problem;
}

Constraint parsed(std::string_view text) {
  return parse_constraint(small_problem(), text);
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

std::string complaint(std::string_view text) {
  return message_of([&] { parsed(text); });
}

std::string objective_complaint(std::string_view text) {
  return message_of([&] { (void)parse_objective(small_problem(), text); });
}

void expect_cap(std::string_view text, Metric metric, double limit, bool is_share = false) {
  const Constraint constraint = parsed(text);
  EXPECT_EQ(constraint.kind, ConstraintKind::AtMost) << text;
  EXPECT_EQ(constraint.metric, metric) << text;
  EXPECT_DOUBLE_EQ(constraint.limit, limit) << text;
  EXPECT_EQ(constraint.is_share, is_share) << text;
}

TEST(ConstraintText, FindsTheBlockThatHoldsALayer) {
  const Constraint constraint = parsed(" on 3 cloud ");
  EXPECT_EQ(constraint.kind, ConstraintKind::RunsOn);
  EXPECT_EQ(constraint.text, "on 3 cloud");
  EXPECT_EQ(constraint.blocks, Indices{1});
  EXPECT_EQ(constraint.targets, Indices{3});
}

TEST(ConstraintText, TakesRangesNamesAndListsOfLayers) {
  EXPECT_EQ(parsed("on 1-4 edge").blocks, (Indices{0, 1}));
  EXPECT_EQ(parsed("not-on body edge").blocks, Indices{1});
  EXPECT_EQ(parsed("not-on 5, stem,1 edge").blocks, (Indices{0, 2}));
  EXPECT_EQ(parsed("on '7' edge").blocks, Indices{2});
}

TEST(ConstraintText, TakesATierForAllItsTargets) {
  EXPECT_EQ(parsed("use edge").targets, (Indices{1, 2}));
  EXPECT_EQ(parsed("avoid cloud, edge-b(gpu)").targets, (Indices{2, 3}));
  EXPECT_EQ(parsed("use 'edge-a'").kind, ConstraintKind::Uses);
  EXPECT_EQ(parsed("avoid edge-a").kind, ConstraintKind::Avoids);
}

TEST(ConstraintText, KeepsPrivateTensorsOnTheFirstTargetUnlessToldOtherwise) {
  EXPECT_EQ(parsed("private").targets, Indices{0});
  EXPECT_EQ(parsed("private").blocks, Indices{});
  EXPECT_EQ(parsed("private 4").blocks, Indices{1});
  EXPECT_EQ(parsed("private 4").targets, Indices{0});
  EXPECT_EQ(parsed("private on device,edge-a").targets, (Indices{0, 1}));
  EXPECT_EQ(parsed("private body on edge").targets, (Indices{1, 2}));
}

TEST(ConstraintText, CapsEveryMetricInItsUnits) {
  expect_cap("latency <= 250ms", Metric::Latency, 250);
  expect_cap("latency <= 2min", Metric::Latency, 120'000);
  expect_cap("latency ≤ 50 ms", Metric::Latency, 50);
  expect_cap("period<=0.5s", Metric::Period, 500);
  expect_cap("compute <= 20 ms", Metric::Compute, 20);
  expect_cap("exchange <= 1e2ms", Metric::Exchange, 100);
  expect_cap("upload <= 1.5KB", Metric::Upload, 1500);
  expect_cap("upload<=2kB", Metric::Upload, 2000);
  expect_cap("memory <= 64MB", Metric::Memory, 64e6);
  expect_cap("memory <= 64 MiB", Metric::Memory, 64 * 1048576);
  expect_cap("energy <= 250mJ", Metric::Energy, 0.25);
  expect_cap("error <= 8%", Metric::Error, 8);
}

TEST(ConstraintText, TakesFloorsAsCapsOnTheirCounterparts) {
  expect_cap("accuracy >= 92%", Metric::Error, 8);
  expect_cap("accuracy≥92", Metric::Error, 8);
  expect_cap("throughput >= 20/s", Metric::Period, 50);
}

TEST(ConstraintText, TakesAPercentageOfTheLatencyAsAShare) {
  expect_cap("compute(edge) <= 30%", Metric::Compute, 0.3, true);
  expect_cap("exchange <= 12.5 %", Metric::Exchange, 0.125, true);
}

TEST(ConstraintText, CapsSomeTargetsOrLinks) {
  EXPECT_EQ(parsed("memory(device) <= 64MB").targets, Indices{0});
  EXPECT_EQ(parsed("compute( edge-b(gpu), cloud ) <= 5ms").targets, (Indices{2, 3}));
  EXPECT_EQ(parsed("exchange(device->edge) <= 40ms").links, (Indices{0, 1}));
  EXPECT_EQ(parsed("upload(device -> cloud, edge->cloud) <= 1MB").links, (Indices{2, 3, 4}));
  EXPECT_EQ(parsed("upload <= 1MB").links, Indices{});
}

TEST(ConstraintText, ListsKnownNames) {
  EXPECT_EQ(complaint("on 3 egde"),
            "constraint 'on 3 egde': no target or tier is called 'egde', expected one of: device, edge-a, edge-b(gpu), "
            "cloud, edge");
  EXPECT_EQ(complaint("on stern edge"),
            "constraint 'on stern edge': no block is called 'stern', expected a layer number, a range of them or one "
            "of: stem, body, 7");
  EXPECT_EQ(complaint("on 6 edge"), "constraint 'on 6 edge': the model has no layer 6, its layers are 0 to 5");
  EXPECT_EQ(complaint("upload(cloud->edge) <= 1"),
            "constraint 'upload(cloud->edge) <= 1': no link leads from 'cloud' to 'edge'");
  EXPECT_EQ(complaint("latency <= 3MB"), "constraint 'latency <= 3MB': expected a unit (ms, s, min), found 'MB'");
  EXPECT_EQ(
      complaint("slow"),
      "constraint 'slow': expected one of these first: on, not-on, use, avoid, private, together, latency, period, "
      "compute, exchange, upload, energy, money, memory, error, accuracy, throughput");
}

TEST(ConstraintText, NamesTheWordItExpected) {
  EXPECT_EQ(complaint("on 3"), "constraint 'on 3': expected the name of a target or a tier, found the end");
  EXPECT_EQ(complaint("use edge cloud"), "constraint 'use edge cloud': expected a comma or the end, found 'cloud'");
  EXPECT_EQ(complaint("use 'edge"), "constraint 'use 'edge': a quote is not closed");
  EXPECT_EQ(complaint("on 4-2 edge"), "constraint 'on 4-2 edge': expected the smaller layer first, found 4-2");
  EXPECT_EQ(complaint("latency(edge) <= 3"), "constraint 'latency(edge) <= 3': expected '<=', found '(edge) <= 3'");
  EXPECT_EQ(complaint("accuracy <= 90%"), "constraint 'accuracy <= 90%': expected '>=', found '<= 90%'");
  EXPECT_EQ(complaint("latency <= -1"),
            "constraint 'latency <= -1': expected a number that is not negative, found '-1'");
  EXPECT_EQ(complaint("latency <= 250"), "constraint 'latency <= 250': expected a unit (ms, s, min), found the end");
  EXPECT_EQ(complaint("upload <= 250"),
            "constraint 'upload <= 250': expected a unit (B, KB, kB, MB, GB, KiB, MiB, GiB), found the end");
  EXPECT_EQ(complaint("compute <= 5x"), "constraint 'compute <= 5x': expected a unit (ms, s, min, %), found 'x'");
  EXPECT_EQ(complaint("latency <="), "constraint 'latency <=': expected a number that is not negative, found the end");
  EXPECT_EQ(complaint("latency ≥ 5ms"), "constraint 'latency ≥ 5ms': expected '<=', found '≥ 5ms'");
  EXPECT_EQ(complaint("accuracy >= 101%"),
            "constraint 'accuracy >= 101%': expected a percentage from 0 to 100, found 101");
  EXPECT_EQ(complaint("throughput >= 0/s"), "constraint 'throughput >= 0/s': expected a throughput above 0/s, found 0");
  EXPECT_EQ(complaint("memory <= 1e300GB"), "constraint 'memory <= 1e300GB': the limit is too large");
  EXPECT_EQ(complaint("private 3 edge"), "constraint 'private 3 edge': expected 'on' or the end, found 'edge'");
}

TEST(ConstraintText, WritesConstraintsWithoutTextSoThatTheyReadBack) {
  const Problem problem = small_problem();
  for (const char* text : {"on 0-5 edge", "not-on 5 cloud", "use edge", "avoid edge-b(gpu)", "private", "private 3",
                           "private 3 on cloud,edge", "latency <= 0.1s", "accuracy >= 92.5%", "compute(edge) <= 30%",
                           "upload(edge->cloud) <= 3MB", "energy <= 1mJ", "memory(device,cloud) <= 2KB"}) {
    Constraint written = parse_constraint(problem, text);
    written.text.clear();
    const Constraint read = parse_constraint(problem, text_of(problem, written));
    EXPECT_EQ(read.kind, written.kind) << text;
    EXPECT_EQ(read.blocks, written.blocks) << text;
    EXPECT_EQ(read.targets, written.targets) << text;
    EXPECT_EQ(read.links, written.links) << text;
    EXPECT_EQ(read.metric, written.metric) << text;
    EXPECT_EQ(read.limit, written.limit) << text;
    EXPECT_EQ(read.is_share, written.is_share) << text;
  }
}

TEST(ObjectiveText, KnowsEachKind) {
  const Problem problem = small_problem();
  EXPECT_EQ(parse_objective(problem, "latency").kind, ObjectiveKind::Latency);
  EXPECT_EQ(parse_objective(problem, " accuracy ").kind, ObjectiveKind::Accuracy);
  EXPECT_EQ(parse_objective(problem, "throughput").kind, ObjectiveKind::Throughput);
  EXPECT_EQ(parse_objective(problem, "upload").links, Indices{});
  EXPECT_EQ(parse_objective(problem, "upload(edge->cloud)").links, (Indices{3, 4}));
  EXPECT_EQ(parse_objective(problem, "energy").kind, ObjectiveKind::Energy);
}

TEST(ObjectiveText, AddsWeights) {
  const auto objective = parse_objective(small_problem(), "latency + 0.001*upload(device->edge)+5 * energy + 20*error");
  EXPECT_EQ(objective.kind, ObjectiveKind::Weighted);
  EXPECT_EQ(objective.latency_weight, 1);
  EXPECT_EQ(objective.upload_weight, 0.001);
  EXPECT_EQ(objective.energy_weight, 5);
  EXPECT_EQ(objective.error_weight, 20);
  EXPECT_EQ(objective.links, (Indices{0, 1}));
}

TEST(ObjectiveText, NamesTheWordItExpected) {
  EXPECT_EQ(
      objective_complaint("speed"),
      "objective 'speed': expected latency, accuracy, throughput, upload, energy, money or a sum with weights, found "
      "'speed'");
  EXPECT_EQ(objective_complaint(""), "objective '': expected a weight or a metric, found the end");
  EXPECT_EQ(objective_complaint("latency + -2*error"),
            "objective 'latency + -2*error': expected a weight or a metric, found '-2*error'");
  EXPECT_EQ(objective_complaint("latency + 2*throughput"),
            "objective 'latency + 2*throughput': expected latency, upload, energy, money or error in a sum, found "
            "'throughput'");
  EXPECT_EQ(objective_complaint("latency + 2*latency"), "objective 'latency + 2*latency': latency appears twice");
  EXPECT_EQ(objective_complaint("2 latency"), "objective '2 latency': expected '*', found 'latency'");
  EXPECT_EQ(objective_complaint("latency 2"), "objective 'latency 2': expected '+' or the end, found '2'");
}

TEST(ObjectiveText, ReadsBackWhatItWrites) {
  const Problem problem = small_problem();
  for (const char* text : {"latency", "accuracy", "throughput", "energy", "upload", "upload(device->edge-a)",
                           "upload(edge-b(gpu)->cloud)", "2*latency", "1*latency + 1e-07*upload + 20*error",
                           "0.5*latency + 3*upload(device->cloud,edge-a->cloud) + 1e+20*energy", "0*latency"}) {
    const Objective first = parse_objective(problem, text);
    const Objective second = parse_objective(problem, text_of(problem, first));
    EXPECT_EQ(second.kind, first.kind) << text;
    EXPECT_EQ(second.links, first.links) << text;
    EXPECT_EQ(second.latency_weight, first.latency_weight) << text;
    EXPECT_EQ(second.upload_weight, first.upload_weight) << text;
    EXPECT_EQ(second.energy_weight, first.energy_weight) << text;
    EXPECT_EQ(second.error_weight, first.error_weight) << text;
  }
}

}  // namespace
}  // namespace tandem::plan
