#include "base/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <optional>
#include <string>

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

class ProgressBarTest : public testing::Test {
 protected:
  void show_after(double span_ms, const std::string& step, double share) {
    clock_.pass(Milliseconds(span_ms));
    bar_->show(step, share);
  }

  Terminal terminal_;
  FakeClock clock_;
  std::optional<ProgressBar> bar_{std::in_place, terminal_.file(), clock_};
};

TEST_F(ProgressBarTest, ShowsTheStepTheShareAndTheTimeLeft) {
  show_after(10'000, "measuring edge", 0.25);
  EXPECT_EQ(terminal_.shown(), "\r\x1b[K[######                  ]  25 %  measuring edge  30 s left");
}

TEST_F(ProgressBarTest, TellsNoTimeLeftAtTheBeginning) {
  show_after(10'000, "measuring edge", 0);
  EXPECT_THAT(terminal_.shown(), testing::Not(HasSubstr("left")));
}

TEST_F(ProgressBarTest, WaitsTwoSecondsAndThenDrawsTenTimesASecond) {
  show_after(1'999, "a", 0.5);
  EXPECT_THAT(terminal_.shown(), IsEmpty());
  show_after(1, "b", 0.5);
  EXPECT_THAT(terminal_.shown(), HasSubstr("b"));
  show_after(50, "c", 0.5);
  EXPECT_THAT(terminal_.shown(), IsEmpty());
  show_after(50, "d", 0.5);
  EXPECT_THAT(terminal_.shown(), HasSubstr("d"));
}

TEST_F(ProgressBarTest, ClearsItsLineAtTheEnd) {
  show_after(3'000, "a", 0.5);
  terminal_.shown();
  bar_.reset();
  EXPECT_EQ(terminal_.shown(), "\r\x1b[K");
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
