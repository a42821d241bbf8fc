#include "base/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test_clock.h"

namespace tandem::base {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// A terminal without a person: what is written to file() is read by shown().
class Terminal {
 public:
  Terminal() : screen_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::grantpt(screen_);
    ::unlockpt(screen_);
    file_ = std::fopen(::ptsname(screen_), "w");
  }
  ~Terminal() {
    std::fclose(file_);
    ::close(screen_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::FILE* file() const { return file_; }
  // Since the last call.
  std::string shown() const {
    std::fflush(file_);
    std::string text;
    char buffer[1024];
    for (pollfd ready{screen_, POLLIN, 0}; ::poll(&ready, 1, 0) > 0;) {
      const ssize_t count = ::read(screen_, buffer, sizeof buffer);
      if (count <= 0) break;
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int screen_;
  std::FILE* file_ = nullptr;
};

TEST(ProgressBar, ShowsTheStepTheShareAndTheTimeLeft) {
  const Terminal terminal;
  FakeClock clock;
  ProgressBar bar(terminal.file(), clock);
  clock.pass(Milliseconds(10'000));
  bar.show("measuring edge", 0.25);
  EXPECT_EQ(terminal.shown(), "\r\x1b[K[######                  ]  25 %  measuring edge  30 s left");
}

TEST(ProgressBar, TellsNoTimeLeftAtTheBeginning) {
  const Terminal terminal;
  FakeClock clock;
  ProgressBar bar(terminal.file(), clock);
  clock.pass(Milliseconds(10'000));
  bar.show("measuring edge", 0);
  EXPECT_THAT(terminal.shown(), testing::Not(HasSubstr("left")));
}

TEST(ProgressBar, WaitsTwoSecondsAndThenDrawsTenTimesASecond) {
  const Terminal terminal;
  FakeClock clock;
  ProgressBar bar(terminal.file(), clock);
  clock.pass(Milliseconds(1'999));
  bar.show("a", 0.5);
  EXPECT_THAT(terminal.shown(), IsEmpty());
  clock.pass(Milliseconds(1));
  bar.show("b", 0.5);
  EXPECT_THAT(terminal.shown(), HasSubstr("b"));
  clock.pass(Milliseconds(50));
  bar.show("c", 0.5);
  EXPECT_THAT(terminal.shown(), IsEmpty());
  clock.pass(Milliseconds(50));
  bar.show("d", 0.5);
  EXPECT_THAT(terminal.shown(), HasSubstr("d"));
}

TEST(ProgressBar, ClearsItsLineAtTheEnd) {
  const Terminal terminal;
  FakeClock clock;
  {
    ProgressBar bar(terminal.file(), clock);
    clock.pass(Milliseconds(3'000));
    bar.show("a", 0.5);
    terminal.shown();
  }
  EXPECT_EQ(terminal.shown(), "\r\x1b[K");
}

TEST(ProgressBar, WritesNothingElsewhere) {
  std::FILE* const file = std::tmpfile();
  {
    FakeClock clock;
    ProgressBar bar(file, clock);
    clock.pass(Milliseconds(3'000));
    bar.show("a", 0.5);
  }
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace tandem::base
