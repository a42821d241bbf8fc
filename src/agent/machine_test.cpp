#include "agent/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <future>
#include <memory>
#include <vector>

#include "base/error.h"
#include "engine/fake/fake.h"
#include "engine/slowed/slowed.h"

namespace tandem::agent {
namespace {

using testing::HasSubstr;

cpu_set_t allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  return set;
}

int one_of(const cpu_set_t& set) {
  int cpu = 0;
  while (!CPU_ISSET(cpu, &set)) ++cpu;
  return cpu;
}

// Affinity belongs to threads, so each test of it has one of its own.
template <class Action>
void on_another_thread(Action action) {
  std::async(std::launch::async, action).get();
}

std::string refusal_of(const std::string& list) {
  std::string message;
  on_another_thread([&] {
    try {
      pin_process(list);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
      message = error.message();
    }
  });
  return message;
}

TEST(PinProcess, RefusesAMalformedListInOneLine) {
  for (const char* list : {"0-x", "x", "", ",", "1-", "-1", "3-1", "0,,1", "0 1", "0-1-2", "99999999999", "0-99999"})
    EXPECT_THAT(refusal_of(list), HasSubstr("--cpus " + std::string(list) + ": expected CPUs of this machine")) << list;
}

TEST(PinProcess, RefusesCpusThatTheMachineDoesNotHave) {
  const std::string here = std::to_string(one_of(allowed_cpus()));
  EXPECT_THAT(refusal_of("1023"), HasSubstr("--cpus 1023"));
  EXPECT_THAT(refusal_of(here + ",1023"), HasSubstr("expected CPUs of this machine"));
}

TEST(PinProcess, KeepsToTheCpusOfTheList) {
  on_another_thread([] {
    const int cpu = one_of(allowed_cpus());
    pin_process(std::to_string(cpu) + "-" + std::to_string(cpu) + "," + std::to_string(cpu));
    const cpu_set_t now = allowed_cpus();
    EXPECT_EQ(CPU_COUNT(&now), 1);
    EXPECT_TRUE(CPU_ISSET(cpu, &now));
  });
}

TEST(PinnedThread, StaysOnOneCpuAsLongAsItLives) {
  on_another_thread([] {
    const cpu_set_t before = allowed_cpus();
    {
      const PinnedThread pinned;
      const cpu_set_t inside = allowed_cpus();
      EXPECT_EQ(CPU_COUNT(&inside), 1);
    }
    const cpu_set_t after = allowed_cpus();
    EXPECT_TRUE(CPU_EQUAL(&before, &after));
  });
}

TEST(ResidentBytes, HaveAPeakThatRemembersUntilItIsReset) {
  constexpr std::size_t kBytes = 64 << 20;
  reset_peak_resident();
  const auto before = resident_bytes();
  {
    const auto memory = std::make_unique_for_overwrite<char[]>(kBytes);
    volatile char* const bytes = memory.get();  // or the compiler leaves the memory out
    for (std::size_t i = 0; i < kBytes; i += 1024) bytes[i] = 1;
    EXPECT_GT(resident_bytes() - before, std::int64_t{kBytes} / 2);
  }
  EXPECT_GT(peak_resident_bytes() - before, std::int64_t{kBytes} / 2);
}

// The kernel counts pages for each processor apart and adds them up late, so the two may differ a little.
TEST(ResidentBytes, AreAtMostThePeakAfterAReset) {
  constexpr std::int64_t kLateBytes = 1 << 20;
  reset_peak_resident();
  EXPECT_GT(resident_bytes(), 0);
  EXPECT_GE(peak_resident_bytes() + kLateBytes, resident_bytes());
}

TEST(DescribeMachine, HasTheFactsThatTellMachinesApart) {
  const auto engine = engine::fake_engine();
  const auto description = describe_machine("edge", *engine::slowed(*engine, 6));
  EXPECT_EQ(description.name, "edge");
  EXPECT_EQ(description.slowdown, 6);
  EXPECT_GT(description.cores, 0);
  EXPECT_GT(description.memory_bytes, 0);
  EXPECT_FALSE(description.cpu.empty());
  EXPECT_FALSE(description.architecture.empty());
  EXPECT_FALSE(description.governor.empty());
  EXPECT_EQ(description.engine, engine->name());
}

}  // namespace
}  // namespace tandem::agent
