#include "agent/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <vector>

namespace tandem::agent {
namespace {

using testing::HasSubstr;

// Workers leave their findings in memory that they share with the test.
struct Findings {
  std::atomic<int> starts{0};
  std::atomic<bool> was_admitted{true};
};

class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest()
      : findings_(*new (::mmap(nullptr, sizeof(Findings), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                      Findings) {}
  ~SupervisorTest() override { ::munmap(&findings_, sizeof(Findings)); }

  // Workers end by std::_Exit: the test program's own clean-up is not theirs.
  int supervise(const std::function<int(int)>& work, std::size_t memory_bytes = 0) {
    testing::internal::CaptureStderr();
    const int code = agent::supervise(journal_, {.name = "edge",
                                                 .work = [&](int restarts) -> int {
                                                   ++findings_.starts;
                                                   std::_Exit(work(restarts));
                                                 },
                                                 .memory_bytes = memory_bytes});
    errors_ = testing::internal::GetCapturedStderr();
    return code;
  }

  Findings& findings_;
  Journal journal_;
  std::string errors_;
};

TEST_F(SupervisorTest, ReturnsWhatTheWorkerReturns) {
  EXPECT_EQ(supervise([](int) { return 0; }), 0);
  EXPECT_EQ(errors_, "");
  EXPECT_EQ(findings_.starts, 1);
}

TEST_F(SupervisorTest, StartsNoWorkerAgainThatCannotStart) {
  EXPECT_EQ(supervise([](int) { return 6; }), 6);
  EXPECT_EQ(errors_, "") << "the worker has said why";
  EXPECT_EQ(findings_.starts, 1);
}

TEST_F(SupervisorTest, StartsAWorkerAgainThatDied) {
  EXPECT_EQ(supervise([&](int restarts) {
              journal_.set_ready();
              if (restarts < 3) ::raise(restarts == 0 ? SIGKILL : SIGTERM);
              if (restarts < 3) ::_exit(1);  // SIGTERM waits until the worker takes it
              return 0;
            }),
            0);
  EXPECT_EQ(findings_.starts, 4);
  EXPECT_THAT(errors_, HasSubstr("tandem: agent 'edge': the worker died (signal 9: Killed)\n"));
  EXPECT_THAT(errors_, HasSubstr("the worker died (exit code 1)\n"));
}

TEST_F(SupervisorTest, SaysWhyAWorkerGaveUp) {
  supervise([&](int restarts) {
    journal_.set_ready();
    if (restarts == 0) give_up_worker();
    return 0;
  });
  EXPECT_THAT(errors_, HasSubstr("a computation went on a second after it was told to end"));
}

TEST_F(SupervisorTest, QuarantinesAPartThatKilledTwoWorkers) {
  const std::string digest(64, 'd');
  supervise([&](int restarts) {
    journal_.set_ready();
    findings_.was_admitted = journal_.admit(digest).ok();
    if (restarts == 2) return 0;
    new Journal::Note(journal_, digest);
    ::raise(SIGKILL);
    return 0;
  });
  EXPECT_FALSE(findings_.was_admitted);
  EXPECT_THAT(errors_, HasSubstr("the worker died (signal 9: Killed), at work on part dddddddddddd\n"));
  EXPECT_THAT(errors_, HasSubstr("at work on part dddddddddddd; part dddddddddddd is quarantined\n"));
}

TEST_F(SupervisorTest, KillsAWorkerThatTakesMoreMemoryThanItsBudget) {
  constexpr std::size_t kBudget = 256 << 20;
  const std::string digest(64, 'd');
  supervise(
      [&](int restarts) {
        journal_.set_ready();
        if (restarts > 0) return 0;
        const Journal::Note note(journal_, digest);
        std::vector<char> taken(2 * kBudget, 1);
        ::pause();
        return static_cast<int>(taken[kBudget]);
      },
      kBudget);
  EXPECT_EQ(findings_.starts, 2);
  EXPECT_THAT(errors_, testing::ContainsRegex("the worker died .it took [0-9.]+ MB of memory, its budget is 268 MB: "
                                              "--memory., at work on part dddddddddddd\n"));
}

TEST_F(SupervisorTest, AsksAWorkerNearItsBudgetToTrim) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take memory of their own";
#endif
  constexpr std::size_t kBudget = 256 << 20;
  const int code = supervise(
      [&](int) {
        journal_.set_ready();
        const std::vector<char> taken(kBudget / 100 * 90, 1);
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, kTrimSignal);
        int received = 0;
        sigwait(&signals, &received);
        return received == kTrimSignal && taken[0] == 1 ? 0 : 1;
      },
      kBudget);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(errors_, "");
}

// The worker tells its supervisor to stop, as a user does.
TEST_F(SupervisorTest, PassesATermSignalOnAndStartsNoOther) {
  EXPECT_EQ(supervise([&](int) {
              journal_.set_ready();
              ::kill(::getppid(), SIGTERM);
              sigset_t term;
              sigemptyset(&term);
              sigaddset(&term, SIGTERM);
              int received = 0;
              sigwait(&term, &received);
              return received == SIGTERM ? 5 : 1;
            }),
            5);
  EXPECT_EQ(findings_.starts, 1);
  EXPECT_EQ(errors_, "");
}

TEST_F(SupervisorTest, KillsAtTheSecondSignalAWorkerThatDoesNotEnd) {
  EXPECT_EQ(supervise([&](int) {
              journal_.set_ready();
              while (true) ::kill(::getppid(), SIGTERM);
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace tandem::agent
