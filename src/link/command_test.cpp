#include "link/command.h"

#include <gtest/gtest.h>

namespace tandem::link {
namespace {

LinkConditions after(std::string_view line, const LinkConditions& before = {}) {
  const auto command = parse_command(before, line);
  EXPECT_TRUE(command.ok()) << line;
  return command.ok() ? command.value().conditions : before;
}

TEST(Command, SetsOneConditionAndKeepsTheOthers) {
  const LinkConditions before{1, 2, base::Milliseconds(3), base::Milliseconds(4), false, false};
  LinkConditions expected = before;
  expected.one_way_delay = base::Milliseconds(40);
  EXPECT_EQ(after("delay 40", before), expected);
  expected = before;
  expected.stalled = true;
  EXPECT_EQ(after("  stall\r\n", before), expected);
}

TEST(Command, UndoesStallAndCut) {
  EXPECT_FALSE(after("resume", {.stalled = true}).stalled);
  EXPECT_FALSE(after("restore", {.cut = true}).cut);
}

TEST(Command, BandwidthIsForBothDirectionsOrEach) {
  EXPECT_EQ(after("bandwidth 10").up_mbps, 10);
  EXPECT_EQ(after("bandwidth 10").down_mbps, 10);
  EXPECT_EQ(after("bandwidth 10 2.5").down_mbps, 2.5);
}

TEST(Command, BandwidthEndsATrace) {
  EXPECT_TRUE(parse_command({}, "bandwidth 10").value().ends_trace);
  EXPECT_FALSE(parse_command({}, "delay 10").value().ends_trace);
  EXPECT_TRUE(parse_command({}, "trace off").value().ends_trace);
}

TEST(Command, NamesTheTraceAndWhatHappensAtItsEnd) {
  EXPECT_EQ(parse_command({}, "trace a.txt").value().trace_path, "a.txt");
  EXPECT_EQ(parse_command({}, "trace a.txt").value().at_end, AtEnd::Loop);
  EXPECT_EQ(parse_command({}, "trace a.txt hold").value().at_end, AtEnd::Hold);
}

TEST(Command, RefusesWhatItDoesNotKnow) {
  for (const char* line : {"", "  ", "fast", "bandwidth", "bandwidth x", "bandwidth 1 2 3", "bandwidth -1", "delay 1e9",
                           "delay nan", "stall 1", "trace", "trace a b", "delay 4ms"}) {
    EXPECT_FALSE(parse_command({}, line).ok()) << line;
  }
}

TEST(Command, SaysWhatWasExpected) {
  EXPECT_EQ(parse_command({}, "delay soon").error().message(),
            "link command: 'soon' is no number, expected milliseconds");
}

TEST(Command, IsCarriedOutByARunningEmulator) {
  LinkEmulator emulator({.target = "127.0.0.1:1"});
  EXPECT_EQ(obey(emulator, "bandwidth 10 5").value().conditions.down_mbps, 5);
  EXPECT_FALSE(obey(emulator, "trace /nonexistent/trace.txt").ok());
  EXPECT_EQ(obey(emulator, "report").value().conditions.up_mbps, 10);
}

}  // namespace
}  // namespace tandem::link
