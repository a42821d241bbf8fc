#include "base/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "base/test_files.h"

namespace tandem::base {
namespace {

TEST(ProcessorQuota, IsTheLeastOfTheGroupAndThoseAroundIt) {
  const TemporaryFolder root;
  root.write("proc/self/cgroup", "0::/user/run\n");
  root.write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(processor_quota(root.path()), std::nullopt);
  root.write("sys/fs/cgroup/user/cpu.max", "150000 100000\n");
  root.write("sys/fs/cgroup/user/run/cpu.max", "400000 100000\n");
  EXPECT_EQ(processor_quota(root.path()), 1.5);
}

TEST(ProcessorQuota, KnowsVersion1) {
  const TemporaryFolder root;
  root.write("proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/box\n1:name=systemd:/\n");
  root.write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "200000\n");
  root.write("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(processor_quota(root.path()), 2);
  root.write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(processor_quota(root.path()), std::nullopt);
}

TEST(ProcessorQuota, IsNoneWithoutGroups) {
  const TemporaryFolder root;
  EXPECT_EQ(processor_quota(root.path()), std::nullopt);
  root.write("proc/self/cgroup", "nonsense\n0:\n");
  EXPECT_EQ(processor_quota(root.path()), std::nullopt);
}

TEST(UsableProcessors, AreThoseOfTheAffinity) {
  EXPECT_GE(usable_processors(), 1);
  int on_one = 0;
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    ::sched_setaffinity(0, sizeof one, &one);
    on_one = usable_processors();
  }).join();
  EXPECT_EQ(on_one, 1);
}

}  // namespace
}  // namespace tandem::base
