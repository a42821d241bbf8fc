#include "plan/show/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/figures.h"
#include "plan/judge/price.h"
#include "plan/problem/test_problems.h"
#include "plan/show/dot.h"
#include "plan/show/picture_layout.h"
#include "plan/show/sample_picture.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

Encoding encoding(const std::string& codec, double bytes) {
  Encoding made;
  made.codec = codec;
  made.bytes = bytes;
  return made;
}

// Two targets and `blocks` blocks in a chain; block i makes tensor i + 1.
Problem chain(std::size_t blocks) {
  Problem problem;
  problem.tiers = {"device", "cloud"};
  Target target;
  target.block_ms.assign(blocks, 1);
  for (const char* name : {"phone", "rack"}) {
    target.name = name;
    problem.targets.push_back(target);
    ++target.tier;
  }
  problem.links = {{0, 1, 2, 80, 80}};
  problem.tensors = {{"x", kNone, {0}, {encoding("raw", 1e6)}}};
  for (std::size_t block = 0; block < blocks; ++block) {
    problem.blocks.push_back({"b" + std::to_string(block), block, block + 1, 0});
    if (block + 1 < blocks) {
      problem.tensors.push_back(
          {"t" + std::to_string(block), block, {block + 1}, {encoding("raw", 4e5), encoding("int8", 1e5)}});
    }
  }
  return problem;
}

// The first `cut` blocks on the phone, the others on the rack; the tensor between them as int8.
Plan split(const Problem& problem, std::size_t cut) {
  Decision decision{0, {0, 1}, std::vector<std::size_t>(problem.blocks.size(), 1), {{0, cut, 1}}};
  std::fill_n(decision.position.begin(), cut, 0);
  return price(problem, decision);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Dot, HasAClusterForEachStageAndLabelsCrossings) {
  const Problem problem = chain(4);
  const std::string dot = to_dot(problem, split(problem, 2));
  EXPECT_EQ(count_of(dot, "subgraph cluster_"), 2u);
  EXPECT_THAT(dot, HasSubstr("label=\"phone: 2.00 ms\""));
  EXPECT_THAT(dot, HasSubstr("b1 -> b2 [style=bold, color=\"#D55E00\", label=\"100 KB int8\"];"));
  EXPECT_THAT(dot, HasSubstr("b2 -> b3;"));
}

TEST(Dot, QuotesNames) {
  Problem problem = chain(2);
  problem.blocks[0].name = "a\"b\\";
  EXPECT_THAT(to_dot(problem, split(problem, 1)), HasSubstr("label=\"a\\\"b\\\\\""));
}

TEST(Dot, GroupsWhatRunsBesideAStage) {
  const Problem problem = two_branches();
  const std::string dot = to_dot(problem, price(problem, branch_on_edge()));
  EXPECT_THAT(dot, HasSubstr("subgraph cluster_0_1 {\n    label=\"meanwhile edge\";\n    b2 "));
  EXPECT_THAT(dot, HasSubstr("b0 -> b2 [style=bold, color=\"#D55E00\", label=\"10.0 KB\"]"));
  EXPECT_THAT(dot, HasSubstr("b2 -> b3 [style=bold"));
  EXPECT_THAT(dot, HasSubstr("b0 -> b1;"));
}

// A tensor that goes over the hop, and past it as bytes of its own.
TEST(Dot, LabelsATensorWhereverItArrives) {
  Problem problem = three_targets();
  problem.tensors[1].consumers = {1, 2};
  problem.tensors[1].encodings.push_back(problem.tensors[1].encodings[0]);
  problem.tensors[1].encodings[1].bytes = 3'000;
  problem.allows_bypass = true;
  const Plan plan = price(problem, {0, {0, 1, 2}, {0, 1, 2}, {{0, 1, 0}, {0, 1, 1, 1}, {1, 2, 0}}});
  const std::string dot = to_dot(problem, plan);
  EXPECT_THAT(dot, HasSubstr("b0 -> b1 [style=bold, color=\"#D55E00\", label=\"10.0 KB\"]"));
  EXPECT_THAT(dot, HasSubstr("b0 -> b2 [style=bold, color=\"#D55E00\", label=\"3.0 KB\"]"));
  const std::string svg = to_svg(problem, plan);
  EXPECT_THAT(svg, HasSubstr(">⤳ cloud</text>"));
  EXPECT_THAT(svg, HasSubstr(">a.out · 3.0 KB</text>"));
}

TEST(Picture, GivesBlocksTheColourOfTheTargetThatRunsThem) {
  const Problem problem = two_branches();
  const std::string picture = to_svg(problem, price(problem, branch_on_edge()));
  EXPECT_THAT(picture, HasSubstr("right: layers 3–4, 15.0 ms on edge"));
  EXPECT_THAT(picture, HasSubstr("∥ edge"));
}

TEST(Svg, HasLanesForStagesBoxesForBlocksAndLabelsForCrossings) {
  const Problem problem = chain(4);
  const std::string svg = to_svg(problem, split(problem, 2));
  EXPECT_THAT(svg, testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr(">phone</text>"));
  EXPECT_THAT(svg, HasSubstr(">computes 2.00 ms</text>"));
  EXPECT_THAT(svg, HasSubstr("<title>b3: layer 3, 1.00 ms on rack</title>"));
  EXPECT_THAT(svg, HasSubstr(">t1 · 100 KB int8</text>"));
  EXPECT_THAT(svg, HasSubstr("<title>t1: 100 KB int8</title>"));
}

TEST(Svg, EscapesNamesOfLayers) {
  Problem problem = chain(2);
  problem.blocks[0].name = "<script>&\x01\xff";
  const std::string svg = to_svg(problem, split(problem, 1));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;&amp;  : layer 0"));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
}

TEST(Svg, StaysAsWideAsAScreenAndKeepsTooltipsWhenBlocksAreMany) {
  const Problem problem = chain(1200);
  const Plan plan = split(problem, 600);
  EXPECT_LE(make_layout(problem, plan).width, 1200);
  const std::string svg = to_svg(problem, plan);
  EXPECT_EQ(count_of(svg, "<title>b"), 1200u);
  EXPECT_THAT(svg, Not(HasSubstr(">b7</text>")));
}

TEST(Svg, ShowsRelaysAndBlocksThatDoNotRun) {
  Problem problem = chain(3);
  problem.tensors[0].consumers = {0};
  problem.exits = {{"early", 1}, {"last", 2}};
  problem.policies = {{"early", {{0, 1, 0}}, 90}};
  const Decision decision{0, {0, 1}, {1, 1, kNone}, {{0, 0, 0}}};
  const std::string svg = to_svg(problem, price(problem, decision));
  EXPECT_THAT(svg, HasSubstr(">hands its input on</text>"));
  EXPECT_THAT(svg, HasSubstr("<title>b2: layer 2, does not run</title>"));
  EXPECT_THAT(svg, HasSubstr("1.00 ms on rack, exit early</title>"));
}

TEST(Svg, ColoursTargetsByTheirPlaceInTheProblemInBothSchemes) {
  Problem problem = chain(3);
  problem.targets.insert(problem.targets.begin() + 1, problem.targets[1]);
  problem.targets[1].name = "unused";
  problem.links = {{0, 2, 2, 80, 80}};
  const Decision decision{0, {0, 2}, {0, 0, 1}, {{0, 2, 0}}};
  const std::string svg = to_svg(problem, price(problem, decision));
  EXPECT_THAT(svg, HasSubstr("class=\"fill-series-0"));
  EXPECT_THAT(svg, HasSubstr("class=\"fill-series-2"));
  EXPECT_THAT(svg, Not(HasSubstr("class=\"fill-series-1")));
  EXPECT_THAT(svg, HasSubstr(".fill-series-2{fill:#009e73}"));
  EXPECT_THAT(svg, HasSubstr("@media screen and (prefers-color-scheme: dark){"));
}

TEST(Svg, ShowsTheTimeOfEachStageAndTransferOverAnAxis) {
  const auto [problem, plan] = sample_picture(30, "");
  const std::string svg = to_svg(problem, plan);
  EXPECT_THAT(svg, HasSubstr(">time of a request, ms</text>"));
  EXPECT_THAT(svg, HasSubstr(">" + base::human_ms(plan.stages[1].compute_ms) + "</text>"));
  EXPECT_THAT(svg, HasSubstr(">" + base::human_ms(plan.stages[0].exchange_ms) + " · " +
                             base::human_bytes(plan.stages[0].sent_bytes) + "</text>"));
}

TEST(Layout, PutsBlocksRightOfTheirProducersAndNeverTwoInOnePlace) {
  Problem problem = chain(5);
  problem.tensors[1].consumers = {1, 2, 3};  // b0 is read by three, which b4 joins
  problem.tensors[2].consumers = problem.tensors[3].consumers = {4};
  const Layout layout = make_layout(problem, price(problem, {0, {0}, {0, 0, 0, 0, 0}, {}}));
  EXPECT_EQ(layout.boxes[3].column, 1u);
  EXPECT_EQ(layout.boxes[4].column, 2u);
  std::vector<std::size_t> rows = {layout.boxes[1].row, layout.boxes[2].row, layout.boxes[3].row};
  std::ranges::sort(rows);
  EXPECT_EQ(rows, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Curve, IsFoundAtAnyHeight) {
  const Curve curve{{0, 0}, {100, 50}, 0};
  EXPECT_NEAR(curve.x_at(25), 50, 1e-3);
  EXPECT_NEAR(curve.x_at(50), 100, 1e-3);
}

TEST(ValidText, KeepsUtf8AndBlanksTheRest) {
  EXPECT_EQ(valid_text("Größe → 7\n"), "Größe → 7 ");
  EXPECT_EQ(valid_text("\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82"), "  |   |    |  ");
}

}  // namespace
}  // namespace tandem::plan
