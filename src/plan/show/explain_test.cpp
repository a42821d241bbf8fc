#include "plan/show/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/figures.h"
#include "plan/judge/price.h"
#include "plan/problem/test_problems.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two blocks, a phone and a rack; decisions are written by hand, without solvers.
class Explain : public testing::Test {
 protected:
  Explain() {
    problem_.tiers = {"device", "cloud"};
    problem_.blocks = {{"conv", 0, 3, 0}, {"head", 3, 5, 0}};
    problem_.tensors = {{"x", kNone, {0}, {raw(1e6)}}, {"conv", 0, {1}, {raw(1e5)}}};
    problem_.targets = {target("phone", 0, {10, 40}), target("rack", 1, {1, 4})};
    problem_.links = {{0, 1, 2, 80, 80}};
    solution_.plans = {split(), on_phone()};
    solution_.bound = solution_.plans[0].cost;
    solution_.solver = "chain";
    solution_.proven = 2;
  }

  static Encoding raw(double bytes) {
    Encoding encoding;
    encoding.bytes = bytes;
    return encoding;
  }
  static Target target(const std::string& name, std::size_t tier, std::vector<double> block_ms) {
    Target made;
    made.name = name;
    made.tier = tier;
    made.block_ms = std::move(block_ms);
    return made;
  }
  Plan split() const { return price(problem_, {0, {0, 1}, {0, 1}, {{0, 1, 0}}}); }
  Plan on_phone() const { return price(problem_, {0, {0}, {0, 0}, {}}); }
  Plan on_rack() const { return price(problem_, {0, {0, 1}, {1, 1}, {{0, 0, 0}}}); }
  void forbid_rack() {
    Constraint avoid;
    avoid.kind = ConstraintKind::Avoids;
    avoid.text = "avoid rack";
    avoid.targets = {1};
    problem_.constraints.push_back(avoid);
  }
  void limit_upload(double bytes) {
    Constraint cap;
    cap.text = "upload <= " + base::human_bytes(bytes);
    cap.metric = Metric::Upload;
    cap.limit = bytes;
    problem_.constraints.push_back(cap);
  }

  Problem problem_;
  Solution solution_;
};

TEST_F(Explain, TellsStagesHopsAndTheProof) {
  const std::string text = explain(problem_, solution_, {}, {});
  EXPECT_THAT(text, HasSubstr("best plan: phone 0–2 → rack 3–4\n"));
  EXPECT_THAT(text, HasSubstr("  phone: layers 0–2, computing 10.0 ms\n"));
  EXPECT_THAT(text, HasSubstr("  phone → rack: 12.0 ms for 100 KB: conv 100 KB\n"));
  EXPECT_THAT(text, HasSubstr("proof: no plan costs less than 26.0 ms (chain)\n"));
}

TEST_F(Explain, TellsWhereARunnerUpLoses) {
  EXPECT_THAT(explain(problem_, solution_, {}, {}),
              HasSubstr("plan 2, all on phone: +24.0 ms: computing +36.0, links −12.0\n"));
}

TEST_F(Explain, TellsWhyANativePlanLosesOrBreaksAConstraint) {
  EXPECT_THAT(explain(problem_, solution_, {on_rack()}, {}), HasSubstr("native, all on rack: +81.0 ms: computing"));
  limit_upload(5e5);
  EXPECT_THAT(explain(problem_, solution_, {on_rack()}, {}),
              HasSubstr("native, all on rack: breaks 'upload <= 500 KB': 1.0 MB\n"));
}

TEST_F(Explain, TellsTheGapOfAStoppedSearch) {
  solution_.is_proven = false;
  solution_.proven = 0;
  solution_.bound = 13;
  EXPECT_THAT(explain(problem_, solution_, {}, {}),
              HasSubstr("no plan costs less than 13.0 ms, so this one is at most 50 %"));
}

TEST_F(Explain, NamesBindingConstraintsAndTheGainFromRelaxingThem) {
  limit_upload(1e4);
  solution_.plans = {on_phone()};
  const std::string text = explain(problem_, solution_, {}, {{0, split(), 1e5}});
  EXPECT_THAT(text, HasSubstr("'upload <= 10.0 KB' binds: without it 26.0 ms (−24.0 ms): phone 0–2 → rack 3–4\n"));
  EXPECT_THAT(text, HasSubstr("  a limit of 100 KB instead of 10.0 KB would allow that\n"));
  EXPECT_THAT(explain(problem_, solution_, {}, {}), HasSubstr("no constraint makes the plan cost more\n"));
}

TEST_F(Explain, NamesConstraintsThatClashAndTheNearestPlans) {
  forbid_rack();
  limit_upload(1e4);
  const std::string text = explain(problem_, Clash{{0, 1}, {{1, split(), 1e5, 9}, {0, split(), 0, 1}}});
  EXPECT_THAT(text, HasSubstr("these 2 constraints together:\n  avoid rack\n  upload <= 10.0 KB\n"));
  EXPECT_THAT(
      text, HasSubstr("nearest, if 'upload <= 10.0 KB' allowed 100 KB (900 % more): phone 0–2 → rack 3–4, 26.0 ms\n"));
  EXPECT_THAT(text, HasSubstr("nearest, without 'avoid rack': phone"));
}

TEST(TextOfRanges, ListsAFewAndCountsTheRest) {
  EXPECT_EQ(text_of_ranges({{0, 4}, {7, 8}}), "0–3, 7");
  EXPECT_EQ(text_of_ranges({{0, 1}, {2, 3}, {4, 5}}, 2), "0, 2 and 1 ranges more");
}

TEST(TextOfNumbers, PicksUnitsAndShortens) {
  EXPECT_EQ(base::human_bytes(999), "999 B");
  EXPECT_EQ(base::human_bytes(602'112), "602 KB");
  EXPECT_EQ(text_of_change_ms(-7.8), "−7.80");
  EXPECT_EQ(shortened("Größe", 4), "Gr…e");
  EXPECT_EQ(shortened("block_16_project", 8), "bloc…ect");
  EXPECT_EQ(shortened("Größe", 5), "Größe");
}

TEST(ExplainParallel, SaysWhatOthersRunMeanwhile) {
  const Problem problem = two_branches();
  Solution solution;
  solution.plans = {price(problem, branch_on_edge())};
  solution.solver = "parallel";
  const std::string text = explain(problem, solution, {price(problem, decide(problem, {0}, {0, 0, 0, 0}))}, {});
  EXPECT_THAT(text, HasSubstr("meanwhile edge: layers 3–4, computing 17.0 ms, beside layers 2, 20.5 ms"));
  EXPECT_THAT(text, HasSubstr("device → edge → device: 3.00 ms for 10.0 KB there and 5.0 KB back: stem.out 10.0 KB"));
  EXPECT_THAT(text, Not(HasSubstr("waits")));
}

}  // namespace
}  // namespace tandem::plan
