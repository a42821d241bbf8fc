#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/error.h"
#include "base/test_files.h"

namespace tandem::base {
namespace {

using testing::HasSubstr;

TEST(WriteFile, LeavesNothingBehindWithoutCommit) {
  const TemporaryFolder folder;
  { AtomicFile(folder / "x").write("half"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  write_file(folder / "x", "whole");
  EXPECT_EQ(read_file(folder / "x", 100), "whole");
  EXPECT_THROW(read_file(folder / "x", 4), Error);
}

TEST(WriteFile, SaysWhyItCannot) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { write_file(folder / "no/x", ""); }), HasSubstr("x: cannot create: No such file"));
  folder.write("full/y", "");
  EXPECT_THAT(message_of([&] { write_file(folder / "full", ""); }), HasSubstr("full: cannot replace: "));
}

// Files of this process hold at most this many bytes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(WriteFile, KeepsTheOldContentWhereTheNewDoesNotFit) {
  const TemporaryFolder folder;
  write_file(folder / "x", "old");
  {
    const FileSizeLimit limit(4);
    EXPECT_THAT(message_of([&] { write_file(folder / "x", "longer"); }), HasSubstr("x: cannot write: "));
  }
  EXPECT_EQ(read_file(folder / "x", 100), "old");
}

TEST(ReadFile, RefusesWhatIsNotAFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { read_file(folder / "x", 1); }), HasSubstr("x: cannot open: No such file"));
  EXPECT_THAT(message_of([&] { read_file(folder.path(), 1); }), HasSubstr(": expected a regular file"));
}

TEST(MapFile, ShowsTheFileContent) {
  const TemporaryFolder folder;
  write_file(folder / "x", "mapped");
  const MappedFile mapped = map_file(folder / "x");
  EXPECT_EQ(mapped.bytes.size(), 6u);
  EXPECT_EQ(static_cast<char>(mapped.bytes[0]), 'm');
}

TEST(MapFile, WritesToItsOwnCopy) {
  const TemporaryFolder folder;
  write_file(folder / "x", "mapped");
  map_file(folder / "x").bytes[0] = std::byte{'M'};
  EXPECT_EQ(read_file(folder / "x", 100), "mapped");
}

TEST(MapFile, HasNoBytesOfAnEmptyFile) {
  const TemporaryFolder folder;
  write_file(folder / "x", "");
  EXPECT_TRUE(map_file(folder / "x").bytes.empty());
  EXPECT_THROW(map_file(folder / "y"), Error);
}

}  // namespace
}  // namespace tandem::base
