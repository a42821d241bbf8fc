#include "link/command.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "link/emulator.h"

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

LinkConditions after_for_packets(std::string_view line, const LinkConditions& before = {}) {
  return parse_command(before, line, Carrier::Packets).take().conditions;
}

TEST(Command, SetsWhatPacketsShow) {
  EXPECT_EQ(after_for_packets("jitter 5 30").jitter_correlation_percent, 30);
  EXPECT_EQ(after_for_packets("loss 1").loss_percent, 1);
  EXPECT_EQ(after_for_packets("loss 1 8").burst_packets, 8);
  EXPECT_EQ(after_for_packets("loss 1 8 50").burst_loss_percent, 50);
  EXPECT_EQ(after_for_packets("loss 0", {.burst_packets = 8}), LinkConditions{});
  EXPECT_EQ(after_for_packets("reorder 2 4").reorder_delay.count(), 4);
  EXPECT_EQ(after_for_packets("duplicate 3").duplicate_percent, 3);
  EXPECT_EQ(after_for_packets("queue 64KB").queue_kb, 64);
  EXPECT_EQ(after_for_packets("queue 50ms codel").queue_time.count(), 50);
  EXPECT_TRUE(after_for_packets("queue 0 codel").codel);
  EXPECT_EQ(after_for_packets("queue 0", after_for_packets("queue 50ms codel")), LinkConditions{});
}

TEST(Command, APresetReplacesAllButStallAndCut) {
  const LinkConditions conditions = after_for_packets("preset lora", {.stalled = true, .duplicate_percent = 5});
  EXPECT_EQ(conditions.loss_percent, 5);
  EXPECT_EQ(conditions.duplicate_percent, 0);
  EXPECT_TRUE(conditions.stalled);
}

TEST(Command, BytesRefuseWhatOnlyPacketsShow) {
  EXPECT_EQ(parse_command({}, "loss 1").error().message(),
            "link loss is 1 %, which only packets show, expected 0, or a link with --packets");
  EXPECT_FALSE(parse_command({}, "queue 50ms").ok());
  EXPECT_FALSE(parse_command({}, "queue 0 codel").ok());
  EXPECT_EQ(after("preset dsl").up_mbps, 1);
}

TEST(Command, RefusesWhatItDoesNotKnow) {
  for (const char* line : {"loss", "loss x", "loss 1 0.5", "queue", "queue 64", "queue 50ms fast", "preset",
                           "preset 6g", "reorder 1 2 3", "duplicate 101", "jitter 1 200"}) {
    EXPECT_FALSE(parse_command({}, line, Carrier::Packets).ok()) << line;
  }
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
  EXPECT_EQ(obey(emulator, "bandwidth 10 5").value().at("down_mbps"), 5);
  EXPECT_FALSE(obey(emulator, "trace /nonexistent/trace.txt").ok());
  EXPECT_EQ(obey(emulator, "report").value().at("up_mbps"), 10);
}

}  // namespace
}  // namespace tandem::link
