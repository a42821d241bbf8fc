#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace tandem::base {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array kWritten = {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error};

std::string logged(LogLevel level, std::string_view message) {
  testing::internal::CaptureStderr();
  log(level, message);
  return testing::internal::GetCapturedStderr();
}

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { set_log_level(LogLevel::Warning); }
};

TEST_F(LogTest, WritesFromTheLevelOnThatIsSet) {
  for (const LogLevel least : kWritten) {
    set_log_level(least);
    for (const LogLevel level : kWritten)
      EXPECT_EQ(logged(level, "a message").empty(), level < least) << static_cast<int>(level);
  }
  set_log_level(LogLevel::Off);
  EXPECT_THAT(logged(LogLevel::Error, "a message"), IsEmpty());
}

TEST_F(LogTest, WritesTheMessageAsItIs) {
  EXPECT_THAT(logged(LogLevel::Warning, "{} of 100 %"), HasSubstr("{} of 100 %\n"));
}

TEST_F(LogTest, FormatsArguments) {
  testing::internal::CaptureStderr();
  log(LogLevel::Error, "{}: {} ms", "edge", 3);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("edge: 3 ms\n"));
}

}  // namespace
}  // namespace tandem::base
