#include "base/figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tandem::base {
namespace {

TEST(HumanMs, ShowsFewDigitsAndTheUnit) {
  EXPECT_EQ(human_ms(0.052), "0.05 ms");
  EXPECT_EQ(human_ms(41.234), "41.2 ms");
  EXPECT_EQ(human_ms(12345), "12345 ms");
  EXPECT_EQ(human_ms(-41.234), "-41.2 ms");
  EXPECT_EQ(ms_number(41.234), "41.2");
}

TEST(HumanMs, ShowsThreeDigitsWhereAsked) {
  EXPECT_EQ(human_ms(0, Digits::Three), "0 ms");
  EXPECT_EQ(human_ms(0.0001, Digits::Three), "< 0.001 ms");
  EXPECT_EQ(human_ms(0.052, Digits::Three), "0.052 ms");
  EXPECT_EQ(human_ms(1.234, Digits::Three), "1.23 ms");
  EXPECT_EQ(human_ms(41.234, Digits::Three), "41.2 ms");
  EXPECT_EQ(human_ms(12345, Digits::Three), "12.3 s");
  EXPECT_EQ(human_ms(2e9, Digits::Three), "2e+06 s");
}

TEST(HumanFigures, AreADashWhenNotFinite) {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    for (const Digits digits : {Digits::Few, Digits::Three}) {
      EXPECT_EQ(human_ms(value, digits), "–");
      EXPECT_EQ(human_bytes(value, digits), "–");
    }
    EXPECT_EQ(ms_number(value), "–");
    EXPECT_EQ(human_count(value), "–");
    EXPECT_EQ(human_percent(value), "–");
  }
}

TEST(HumanBytes, PicksAUnit) {
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(602'112), "602 KB");
  EXPECT_EQ(human_bytes(1.5e9), "1.5 GB");
  EXPECT_EQ(human_bytes(2e15), "2000 TB") << "the last unit";
  EXPECT_EQ(human_bytes(-1500), "-1.5 KB");
}

TEST(HumanBytes, RoundsBeforeItPicksTheUnit) {
  EXPECT_EQ(human_bytes(999'400), "999 KB");
  EXPECT_EQ(human_bytes(999'600), "1.0 MB");
  EXPECT_EQ(human_bytes(99'960), "100 KB");
}

TEST(HumanBytes, ShowsThreeDigitsWhereAsked) {
  EXPECT_EQ(human_bytes(602'112, Digits::Three), "602 KB");
  EXPECT_EQ(human_bytes(97'810'000, Digits::Three), "97.8 MB");
  EXPECT_EQ(human_bytes(1.5e9, Digits::Three), "1.50 GB");
  EXPECT_EQ(human_bytes(999, Digits::Three), "999 B");
}

TEST(HumanCount, PicksAUnit) {
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(25'557'032), "25.6 M");
  EXPECT_EQ(human_count(4.1e9), "4.1 G");
  EXPECT_EQ(human_count(123'456), "123 k");
}

TEST(HumanPercent, ShowsADigitBehindThePointOfSmallShares) {
  EXPECT_EQ(human_percent(0.0312), "3.1 %");
  EXPECT_EQ(human_percent(0.0996), "10 %");
  EXPECT_EQ(human_percent(0.42), "42 %");
}

TEST(Counted, IsSingularForOne) {
  EXPECT_EQ(counted(0, "epoch"), "0 epochs");
  EXPECT_EQ(counted(1, "epoch"), "1 epoch");
  EXPECT_EQ(counted(2, "epoch"), "2 epochs");
}

TEST(HumanTime, IsUtcToTheMinute) {
  EXPECT_EQ(human_time(1795318800), "2026-11-22 03:40 UTC");
  EXPECT_EQ(human_time(0), "unknown");
  EXPECT_EQ(human_time(-5), "unknown");
  EXPECT_EQ(human_time(253402300800), "unknown") << "the year 10000";
}

TEST(HumanDuration, IsInOneUnit) {
  EXPECT_EQ(human_duration(-3), "0 s");
  EXPECT_EQ(human_duration(119), "119 s");
  EXPECT_EQ(human_duration(120), "2 min");
  EXPECT_EQ(human_duration(7200), "2 h");
  EXPECT_EQ(human_duration(172'800), "2 days");
}

TEST(MinutesAndSeconds, AreRoundedToSeconds) {
  EXPECT_EQ(minutes_and_seconds(40.4), "40 s");
  EXPECT_EQ(minutes_and_seconds(59.6), "1 min 00 s");
  EXPECT_EQ(minutes_and_seconds(125), "2 min 05 s");
}

}  // namespace
}  // namespace tandem::base
