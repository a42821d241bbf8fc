#include "base/private_folder.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/test_files.h"

namespace tandem::base {
namespace {

TEST(PrivateFolder, IsItsOwnersAloneAndGoesWithItsOwner) {
  std::filesystem::path path;
  {
    const PrivateFolder folder("trace");
    path = folder.path();
    std::ofstream(path / "file") << "x";
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);
    EXPECT_NE(path, PrivateFolder("trace").path());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PrivateFolder, SaysWhyItCannotBeMade) {
  const TemporaryFolder parent;
  const std::string missing = parent / "missing";
  ::setenv("TMPDIR", missing.c_str(), 1);
  EXPECT_EQ(message_of([] { PrivateFolder("trace"); }),
            missing + ": cannot make a temporary folder there: No such file or directory");
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace tandem::base
