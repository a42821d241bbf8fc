#include "base/caught.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

namespace tandem::base {
namespace {

std::system_error of_the_system(int number) {
  return {number, std::generic_category(), "doing"};
}

TEST(ErrorOf, HasTheKindOfTheSystemsFailure) {
  EXPECT_EQ(error_of(of_the_system(ENOENT)).kind(), ErrorKind::NotFound);
  EXPECT_EQ(error_of(of_the_system(EACCES)).kind(), ErrorKind::Refused);
  for (const int number : {EMFILE, ENOSPC, EDQUOT, EAGAIN, ENOMEM})
    EXPECT_EQ(error_of(of_the_system(number)).kind(), ErrorKind::ResourceExhausted) << number;
  const std::filesystem::filesystem_error look("cannot look", "/x", std::make_error_code(std::errc::permission_denied));
  EXPECT_EQ(error_of(look).kind(), ErrorKind::Refused);
  EXPECT_EQ(error_of(look).message(), "filesystem error: cannot look: Permission denied [/x]");
}

TEST(ErrorOf, KnowsALackOfMemoryAndOurOwn) {
  EXPECT_EQ(error_of(std::bad_alloc()).kind(), ErrorKind::ResourceExhausted);
  EXPECT_EQ(error_of(std::bad_alloc()).message(), "out of memory");
  EXPECT_EQ(error_of(Error(ErrorKind::Unsupported, "no")).kind(), ErrorKind::Unsupported);
  EXPECT_EQ(error_of(std::runtime_error("a\nb")).kind(), ErrorKind::Internal);
  EXPECT_EQ(error_of(std::runtime_error("a\nb")).message(), "a");
}

}  // namespace
}  // namespace tandem::base
