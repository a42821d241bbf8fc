#include "plan/show/text.h"

#include <gtest/gtest.h>

namespace tandem::plan {
namespace {

std::string cost_text(ObjectiveKind kind, double cost) {
  Objective objective;
  objective.kind = kind;
  return text_of_cost(objective, cost);
}

TEST(Text, ShowsAMetricInItsUnit) {
  EXPECT_EQ(text_of(Metric::Latency, 12.34), "12.3 ms");
  EXPECT_EQ(text_of(Metric::Upload, 602'112), "602 KB");
  EXPECT_EQ(text_of(Metric::Memory, 5e6), "5.0 MB");
  EXPECT_EQ(text_of(Metric::Energy, 1.5), "1.5 J");
  EXPECT_EQ(text_of(Metric::Money, 0.000417), "0.417 per 1,000 requests");
  EXPECT_EQ(text_of(Metric::Error, 3.2), "3.2 % wrong");
  EXPECT_EQ(text_of(Metric::Compute, 0.25, true), "25 %");
}

TEST(Text, ShowsACostInTheUnitOfTheObjective) {
  EXPECT_EQ(cost_text(ObjectiveKind::Latency, 12.34), "12.3 ms");
  EXPECT_EQ(cost_text(ObjectiveKind::Accuracy, 3.2), "3.2 % wrong");
  EXPECT_EQ(cost_text(ObjectiveKind::Throughput, 20), "20.0 ms per request");
  EXPECT_EQ(cost_text(ObjectiveKind::Upload, 602'112), "602 KB");
  EXPECT_EQ(cost_text(ObjectiveKind::Energy, 0.5), "0.5 J");
  EXPECT_EQ(cost_text(ObjectiveKind::Weighted, 1234.5), "1234.5");
}

TEST(Text, ShowsAChangeWithItsSign) {
  Objective upload;
  upload.kind = ObjectiveKind::Upload;
  EXPECT_EQ(text_of_change(upload, 602'112), "+602 KB");
  EXPECT_EQ(text_of_change(upload, -602'112), "−602 KB");
}

}  // namespace
}  // namespace tandem::plan
