#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>

namespace tandem::base {
namespace {

TEST(Error, IsOneLineOfBoundedLengthWhateverWentIntoIt) {
  const Error error(ErrorKind::InvalidInput, "name 'a\nb\x1b[2J'" + std::string(10'000, 'x'));
  EXPECT_TRUE(error.message().starts_with("name 'a b\\u001b[2J'"));
  EXPECT_EQ(error.message().size(), 2000u);
  std::string arrows;
  for (int i = 0; i < 1000; ++i) arrows += "→";
  EXPECT_TRUE(Error(ErrorKind::InvalidInput, arrows).message().ends_with("→..."));
}

TEST(Error, GainsAPlaceAndKeepsItsKind) {
  const Error error = Error(ErrorKind::Refused, "no certificate").at("edge");
  EXPECT_EQ(error.kind(), ErrorKind::Refused);
  EXPECT_EQ(error.message(), "edge: no certificate");
}

TEST(ErrorKind, HasANameAndAnExitCode) {
  const std::pair<ErrorKind, const char*> kinds[] = {{ErrorKind::InvalidInput, "invalid input"},
                                                     {ErrorKind::NotFound, "not found"},
                                                     {ErrorKind::Unsupported, "unsupported"},
                                                     {ErrorKind::Refused, "refused"},
                                                     {ErrorKind::Unavailable, "unavailable"},
                                                     {ErrorKind::DeadlineExceeded, "deadline exceeded"},
                                                     {ErrorKind::ResourceExhausted, "resource exhausted"},
                                                     {ErrorKind::Internal, "internal error"}};
  int code = 3;
  for (const auto& [kind, name] : kinds) {
    EXPECT_STREQ(name_of(kind), name);
    EXPECT_EQ(exit_code_of(kind), code++) << name;
  }
}

TEST(KindOfErrno, KeepsAMissingFileAReadOnlyFolderAndAFullDiskApart) {
  EXPECT_EQ(kind_of_errno(ENOENT), ErrorKind::NotFound);
  for (const int number : {EACCES, EPERM, EROFS}) EXPECT_EQ(kind_of_errno(number), ErrorKind::Refused);
  for (const int number : {ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM, EAGAIN, ENOBUFS})
    EXPECT_EQ(kind_of_errno(number), ErrorKind::ResourceExhausted);
  for (const int number : {EPIPE, EBADF, EIO, EADDRINUSE}) EXPECT_EQ(kind_of_errno(number), ErrorKind::Unavailable);
  EXPECT_EQ(kind_of_errno(EISDIR), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_of_errno(EOPNOTSUPP), ErrorKind::Unsupported);
}

std::string printed_by(const std::exception& failure, int code) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(report_failure("tandem", failure), code);
  return testing::internal::GetCapturedStderr();
}

TEST(ReportFailure, PrintsOneLineAndReturnsTheExitCode) {
  EXPECT_EQ(printed_by(Error(ErrorKind::NotFound, "x.onnx: cannot open"), 4), "tandem: x.onnx: cannot open\n");
}

TEST(ReportFailure, CountsOtherExceptionsAsInternal) {
  EXPECT_EQ(printed_by(std::runtime_error("of a library\nat frame 0"), 10), "tandem: internal error: of a library\n");
  EXPECT_EQ(printed_by(std::bad_alloc(), 9), "tandem: out of memory\n");
}

TEST(Result, HoldsAValueOrAnError) {
  Result<int> value = 3;
  EXPECT_TRUE(value.ok());
  value.value() = 4;
  EXPECT_EQ(std::move(value).take(), 4);
  Result<int> error = Error(ErrorKind::Unavailable, "gone");
  EXPECT_FALSE(error);
  EXPECT_EQ(error.error().message(), "gone");
  EXPECT_THROW((void)std::move(error).take(), Error);
}

}  // namespace
}  // namespace tandem::base
