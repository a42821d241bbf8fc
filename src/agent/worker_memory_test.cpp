#include "agent/worker_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>

#include "base/file.h"
#include "base/test_files.h"

namespace tandem::agent {
namespace {

class CgroupLimit : public testing::Test {
 protected:
  void limit(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((folder_.path() / file).parent_path());
    base::write_file(folder_.path() / file, text);
  }
  std::optional<std::size_t> of(const std::string& membership) { return cgroup_limit(membership, folder_.path()); }

  base::TemporaryFolder folder_;
};

TEST_F(CgroupLimit, IsTheLeastOfAGroupAndThoseAboveIt) {
  limit("a/b/memory.max", "max\n");
  limit("a/memory.max", "2000\n");
  limit("memory.max", "5000\n");
  EXPECT_EQ(of("0::/a/b\n"), 2000u);
  EXPECT_EQ(of("0::/\n"), 5000u);
  EXPECT_EQ(of("0::/elsewhere\n"), 5000u);
}

TEST_F(CgroupLimit, IsReadInVersion1Too) {
  limit("memory/a/memory.limit_in_bytes", "3000\n");
  limit("cpu/a/memory.limit_in_bytes", "1\n");
  EXPECT_EQ(of("7:cpu,cpuacct:/a\n5:hugetlb,memory:/a\n0::/\n"), 3000u);
}

TEST_F(CgroupLimit, IsNoneWhereThereIsNone) {
  EXPECT_EQ(of("0::/a\n"), std::nullopt);
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(of("no line of a group\n:\n"), std::nullopt);
  limit("memory.max", "max\n");
  EXPECT_EQ(of("0::/\n"), std::nullopt);
}

TEST(DefaultMemory, IsBelowThatOfTheMachine) {
  const auto machine = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * 4096;
  EXPECT_GE(default_memory(), kLeastMemory);
  EXPECT_LT(default_memory(), std::max(machine, kLeastMemory + 1));
}

TEST(ResidentMemory, SeesWhatAProcessTouches) {
  constexpr std::size_t kBytes = 64 << 20;
  const ResidentMemory memory(::getpid());
  const std::size_t before = memory.bytes();
  const auto taken = std::make_unique_for_overwrite<char[]>(kBytes);
  volatile char* const bytes = taken.get();
  for (std::size_t i = 0; i < kBytes; i += 1024) bytes[i] = 1;
  EXPECT_GT(memory.bytes(), before + kBytes / 2);
}

TEST(ResidentMemory, IsNothingOfAProcessThatIsNotThere) {
  EXPECT_EQ(ResidentMemory(-1).bytes(), 0u);
}

}  // namespace
}  // namespace tandem::agent
