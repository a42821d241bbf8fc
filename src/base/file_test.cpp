#include "base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/test_descriptors.h"
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
  EXPECT_THAT(message_of([&] { write_file(folder / "full", ""); }), HasSubstr("full: cannot write: Is a directory"));
}

// The kind of the error that `action` throws.
ErrorKind kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::Internal;
}

std::filesystem::perms mode_of(const std::string& path) {
  return std::filesystem::status(path).permissions();
}

TEST(WriteFile, WritesTheFileThatALinkNames) {
  const TemporaryFolder folder;
  folder.write("there/x", "old");
  std::filesystem::create_symlink("there/x", folder / "link");
  std::filesystem::create_symlink("link", folder / "second");
  write_file(folder / "second", "new");
  EXPECT_EQ(read_file(folder / "there/x", 100), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "second"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
}

TEST(WriteFile, CreatesTheFileThatADanglingLinkNames) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("x", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_EQ(read_file(folder / "x", 100), "new");
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_EQ(kind_of([&] { write_file(folder / "loop", "new"); }), ErrorKind::InvalidInput);
}

TEST(WriteFile, KeepsThePermissionsOfTheFileThatItReplaces) {
  const TemporaryFolder folder;
  folder.write("x", "old");
  const auto mode = std::filesystem::perms::owner_all | std::filesystem::perms::group_read;
  std::filesystem::permissions(folder / "x", mode);
  write_file(folder / "x", "new");
  EXPECT_EQ(mode_of(folder / "x"), mode);
}

TEST(WriteFile, WritesIntoAPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = read_file(folder / "pipe", 1 << 20); });
  write_file(folder / "pipe", std::string(200'000, 'x'));
  reader.join();
  EXPECT_EQ(received, std::string(200'000, 'x'));
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
}

TEST(WriteFile, LeavesADeviceADevice) {
  write_file("/dev/null", "gone");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_EQ(kind_of([] { write_file("/dev/full", "too much"); }), ErrorKind::ResourceExhausted);
  const NoDescriptors none;
  EXPECT_EQ(kind_of([] { read_file("/dev/null", 1); }), ErrorKind::ResourceExhausted);
}

TEST(WriteFile, ContinuesADescriptorOfThisProcess) {
  const TemporaryFolder folder;
  const int file = ::open((folder / "x").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(::write(file, "before ", 7), 7);
  write_file("/dev/fd/" + std::to_string(file), "after");
  ::close(file);
  EXPECT_EQ(read_file(folder / "x", 100), "before after");
}

TEST(WriteFile, HasKindsOfItsOwnForWhatFails) {
  const TemporaryFolder folder;
  folder.write("sealed/x", "old");
  EXPECT_EQ(kind_of([&] { write_file(folder / "no/x", ""); }), ErrorKind::NotFound);
  EXPECT_EQ(kind_of([&] { write_file(folder.path(), ""); }), ErrorKind::InvalidInput);
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::permissions(folder / "sealed/x", std::filesystem::perms::owner_read);
  EXPECT_EQ(kind_of([&] { write_file(folder / "sealed/x", ""); }), ErrorKind::Refused);
  std::filesystem::permissions(folder / "sealed", std::filesystem::perms::owner_read);
  EXPECT_EQ(kind_of([&] { write_file(folder / "sealed/y", ""); }), ErrorKind::Refused);
  EXPECT_EQ(kind_of([&] { require_folder_of(folder / "sealed/y"); }), ErrorKind::Refused);
  std::filesystem::permissions(folder / "sealed", std::filesystem::perms::owner_all);
}

TEST(RequireFolderOf, AsksForWhatWritingNeeds) {
  const TemporaryFolder folder;
  folder.write("x", "");
  std::filesystem::create_symlink("no/y", folder / "link");
  for (const std::string& path :
       {std::string(), folder / "x", folder / "y", std::string("/dev/null"), std::string("/dev/stdout")})
    EXPECT_EQ(message_of([&] { require_folder_of(path); }), "no error") << path;
  EXPECT_EQ(kind_of([&] { require_folder_of(folder / "no/x"); }), ErrorKind::NotFound);
  EXPECT_EQ(kind_of([&] { require_folder_of(folder / "link"); }), ErrorKind::NotFound);
  EXPECT_EQ(kind_of([&] { require_folder_of(folder / "x/y"); }), ErrorKind::NotFound);
  EXPECT_EQ(kind_of([&] { require_folder_of(folder.path()); }), ErrorKind::InvalidInput);
}

TEST(IsStream, TellsPipesAndDevicesFromFiles) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/null", folder / "link");
  EXPECT_TRUE(is_stream(folder / "link"));
  EXPECT_TRUE(is_stream("/dev/stdout"));
  EXPECT_FALSE(is_stream(folder / "x"));
}

TEST(MakeFolder, HasTheKindOfItsError) {
  const TemporaryFolder folder;
  make_folder(folder / "a/b");
  make_folder(folder / "a/b");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b"));
  folder.write("x", "");
  EXPECT_EQ(kind_of([&] { make_folder(folder / "x/y"); }), ErrorKind::NotFound);
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
    EXPECT_EQ(kind_of([&] { write_file(folder / "x", "longer"); }), ErrorKind::ResourceExhausted);
  }
  EXPECT_EQ(read_file(folder / "x", 100), "old");
}

TEST(ReadFile, RefusesWhatIsNotAFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { read_file(folder / "x", 1); }), HasSubstr("x: cannot open: No such file"));
  EXPECT_THAT(message_of([&] { read_file(folder.path(), 1); }), HasSubstr(": expected a file, found a folder"));
}

TEST(ReadFile, StopsAtTheLimitOfAnEndlessDevice) {
  EXPECT_THAT(message_of([] { read_file("/dev/zero", 1000); }),
              HasSubstr("/dev/zero: 1001 bytes, expected at most 1000"));
}

TEST(ReadFile, TakesStandardInput) {
  const TemporaryFolder folder;
  folder.write("x", "from a pipe");
  const int before = ::dup(STDIN_FILENO);
  const int file = ::open((folder / "x").c_str(), O_RDONLY);
  ::dup2(file, STDIN_FILENO);
  EXPECT_EQ(read_file("-", 100), "from a pipe");
  ::dup2(before, STDIN_FILENO);
  for (const int each : {before, file}) ::close(each);
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
