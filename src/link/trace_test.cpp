#include "link/trace.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tandem::link {
namespace {

using namespace std::chrono_literals;

std::string error_of(std::string_view text) {
  try {
    BandwidthTrace::parse(text, "t.txt");
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(BandwidthTrace, HoldsEachRateUntilTheNextSample) {
  const auto trace = BandwidthTrace::parse("0 1000\n10.5\t2000\r\n", "t.txt");
  EXPECT_EQ(trace.at(0ns, AtEnd::Hold).mbps, 1);
  EXPECT_EQ(trace.at(0ns, AtEnd::Hold).until, 10'500us);
  EXPECT_EQ(trace.at(10'499us, AtEnd::Hold).mbps, 1);
  EXPECT_EQ(trace.at(10'500us, AtEnd::Hold).mbps, 2);
  EXPECT_EQ(trace.at(10'500us, AtEnd::Hold).until, std::chrono::nanoseconds::max());
}

TEST(BandwidthTrace, TheFirstRateHoldsBeforeItsTimeToo) {
  const auto trace = BandwidthTrace::parse("15 1000\n20 2000\n", "t.txt");
  EXPECT_EQ(trace.at(0ns, AtEnd::Hold).mbps, 1);
  EXPECT_EQ(trace.at(0ns, AtEnd::Hold).until, 20ms);
}

TEST(BandwidthTrace, LoopsWithItsLastSampleAsLongAsTheOneBefore) {
  const auto trace = BandwidthTrace::parse("0 1000\n10 2000\n", "t.txt");
  EXPECT_EQ(trace.at(19ms, AtEnd::Loop).mbps, 2);
  EXPECT_EQ(trace.at(19ms, AtEnd::Loop).until, 20ms);
  EXPECT_EQ(trace.at(20ms, AtEnd::Loop).mbps, 1);
  EXPECT_EQ(trace.at(20ms, AtEnd::Loop).until, 30ms);
  EXPECT_EQ(trace.at(10h + 15ms, AtEnd::Loop).mbps, 2);
}

TEST(BandwidthTrace, OfOneSampleNeverChanges) {
  const auto trace = BandwidthTrace::parse("7 1000", "t.txt");
  for (const AtEnd at_end : {AtEnd::Loop, AtEnd::Hold}) {
    EXPECT_EQ(trace.at(1h, at_end).mbps, 1);
    EXPECT_EQ(trace.at(1h, at_end).until, std::chrono::nanoseconds::max());
  }
}

TEST(BandwidthTrace, SkipsCommentsAndEmptyLines) {
  EXPECT_EQ(BandwidthTrace::parse("# ms kbit/s\n\n 0 1 \n1 2\n", "t.txt").size(), 2);
}

TEST(BandwidthTrace, NamesTheBadLine) {
  EXPECT_EQ(error_of("0 1\n5\n"), "t.txt:2: no rate, expected 'milliseconds kbit/s'");
  EXPECT_EQ(error_of("x 1\n"), "t.txt:1: no valid time, expected 'milliseconds kbit/s'");
  EXPECT_EQ(error_of("0 -1\n"), "t.txt:1: no valid rate, expected 'milliseconds kbit/s'");
  EXPECT_EQ(error_of("0 1 2\n"), "t.txt:1: text after the rate, expected 'milliseconds kbit/s'");
  EXPECT_EQ(error_of("0 1\n0 2\n"), "t.txt:2: a time that does not increase, expected 'milliseconds kbit/s'");
  EXPECT_EQ(error_of("\n"), "t.txt: no samples in this bandwidth trace");
}

TEST(BandwidthTrace, RefusesInfinityNanAndGiants) {
  for (const char* text : {"nan 1", "0 nan", "inf 1", "0 inf", "1e300 1", "0 1e300", "0x1 1", "1,5 2"}) {
    EXPECT_THROW(BandwidthTrace::parse(text, "t.txt"), base::Error) << text;
  }
}

}  // namespace
}  // namespace tandem::link
