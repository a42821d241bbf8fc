#include "agent/weight_store.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "base/digest.h"
#include "base/file.h"
#include "base/test_descriptors.h"

namespace tandem::agent {
namespace {

using base::ElementType;
using base::ErrorKind;
using base::Tensor;
using base::TensorType;

const TensorType kType{ElementType::Float32, {256}};

Tensor weight(float value) {
  return Tensor::of<float>(kType, std::vector<float>(256, value));
}

std::string digest(float value) {
  return base::digest_of(weight(value).bytes());
}

// Both kinds of store keep the same promises.
class AnyStore : public testing::TestWithParam<bool> {
 protected:
  AnyStore() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-weights-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~AnyStore() override { std::filesystem::remove_all(root_); }
  bool has_folder() const { return GetParam(); }
  std::filesystem::path folder() const { return has_folder() ? root_ / "cache" : std::filesystem::path(); }

  std::filesystem::path root_;
};

TEST_P(AnyStore, GivesBackWhatItWasGiven) {
  WeightStore store(folder());
  EXPECT_FALSE(store.has(digest(1)));
  EXPECT_EQ(store.get(digest(1), kType).error().kind(), ErrorKind::NotFound);
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  EXPECT_TRUE(store.has(digest(1)));
  EXPECT_EQ(base::relative_difference(store.get(digest(1), kType).value(), weight(1)), 0);
}

TEST_P(AnyStore, GivesAWeightTheTypeThatIsAskedFor) {
  WeightStore store(folder());
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  const TensorType other{ElementType::Int64, {16, 8}};
  EXPECT_EQ(store.get(digest(1), other).value().type(), other);
  EXPECT_EQ(store.get(digest(1), {ElementType::Int64, {16, 9}}).error().kind(), ErrorKind::InvalidInput);
}

TEST_P(AnyStore, HoldsAWeightOnce) {
  WeightStore store(folder());
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  EXPECT_EQ(store.get(digest(1), kType).value().bytes().data(), store.get(digest(1), kType).value().bytes().data());
}

TEST_P(AnyStore, LosesNothingWhereTheProcessCannotOpenIt) {
  if (!has_folder()) return;
  WeightStore store(folder());
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  const auto kind_without_descriptors = [&](const auto& action) {
    const base::NoDescriptors none;
    try {
      action();
    } catch (const base::Error& error) {
      return error.kind();
    }
    return ErrorKind::Internal;
  };
  EXPECT_EQ(kind_without_descriptors([&] { store.has(digest(1)); }), ErrorKind::ResourceExhausted);
  EXPECT_EQ(kind_without_descriptors([&] { (void)store.get(digest(1)); }), ErrorKind::ResourceExhausted);
  EXPECT_EQ(kind_without_descriptors([&] { (void)store.put(digest(2), weight(2)); }), ErrorKind::ResourceExhausted);
  EXPECT_TRUE(store.get(digest(1)).ok());
}

TEST(MemoryStore, RefusesWeightsBeyondItsLimit) {
  WeightStore store({}, 2048);
  EXPECT_TRUE(store.put(digest(1), weight(1)).ok());
  EXPECT_TRUE(store.put(digest(1), weight(1)).ok()) << "counted once";
  EXPECT_TRUE(store.put(digest(2), weight(2)).ok());
  const auto third = store.put(digest(3), weight(3));
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().kind(), ErrorKind::ResourceExhausted);
  EXPECT_FALSE(store.has(digest(3)));
}

TEST_P(AnyStore, LetsGoOfPagesWithoutLosingThem) {
  WeightStore store(folder());
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  const Tensor held = store.get(digest(1), kType).value();
  store.let_go({{"w", held}});
  EXPECT_EQ(base::relative_difference(held, weight(1)), 0);
}

INSTANTIATE_TEST_SUITE_P(InMemoryAndInAFolder, AnyStore, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Folder" : "Memory"; });

class FolderStore : public AnyStore {};

TEST_P(FolderStore, OutlivesTheProcess) {
  ASSERT_TRUE(WeightStore(folder()).put(digest(1), weight(1)).ok());
  WeightStore later(folder());
  EXPECT_TRUE(later.has(digest(1)));
  EXPECT_EQ(base::relative_difference(later.get(digest(1), kType).value(), weight(1)), 0);
}

void set_age(const std::filesystem::path& file, std::chrono::hours age) {
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - age);
}

TEST_P(FolderStore, MakesRoomByWhatWasNotUsedForLongest) {
  WeightStore store(folder(), 2048);
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  ASSERT_TRUE(store.put(digest(2), weight(2)).ok());
  set_age(folder() / digest(1), std::chrono::hours(3));
  set_age(folder() / digest(2), std::chrono::hours(2));
  const Tensor in_use = store.get(digest(1), kType).value();  // now it is the newer one
  ASSERT_TRUE(store.put(digest(3), weight(3)).ok());
  EXPECT_FALSE(store.has(digest(2)));
  EXPECT_TRUE(store.has(digest(1)));
  EXPECT_TRUE(store.has(digest(3)));
  EXPECT_THROW(static_cast<void>(WeightStore(folder(), 1000).put(digest(4), weight(4))), base::Error);
}

// In place: a renamed file would be another one.
void overwrite(const std::filesystem::path& file, const std::string& text) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
}

TEST_P(FolderStore, DoesNotShareAChangeOfItsFiles) {
  WeightStore store(folder());
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  const Tensor held = store.get(digest(1), kType).value();
  overwrite(folder() / digest(1), std::string(1024, 'x'));
  store.let_go({{"w", held}});
  EXPECT_EQ(base::relative_difference(held, weight(1)), 0);
  std::filesystem::resize_file(folder() / digest(1), 0);
  store.let_go({{"w", held}});
  EXPECT_EQ(base::relative_difference(held, weight(1)), 0) << "and no signal ends the process";
}

TEST_P(FolderStore, ChecksAFileWheneverItIsReadAgain) {
  WeightStore store(folder());
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  EXPECT_TRUE(store.get(digest(1), kType).ok());
  overwrite(folder() / digest(1), std::string(8, 'x'));
  EXPECT_EQ(store.get(digest(1), kType).error().kind(), ErrorKind::NotFound);
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  EXPECT_EQ(base::relative_difference(store.get(digest(1), kType).value(), weight(1)), 0);
}

TEST_P(FolderStore, MakesARemovedFolderAgain) {
  WeightStore store(folder());
  std::filesystem::remove_all(folder());
  EXPECT_FALSE(store.has(digest(1)));
  ASSERT_TRUE(store.put(digest(1), weight(1)).ok());
  EXPECT_TRUE(store.get(digest(1), kType).ok());
}

TEST_P(FolderStore, RemovesWhatTheDeadLeftHalfWritten) {
  std::filesystem::create_directories(folder());
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const auto left = folder() / fmt::format("{}.part-{}-0", digest(1), dead);
  const auto ours = folder() / fmt::format("{}.part-{}-0", digest(1), ::getpid());
  const auto other = folder() / "notes.part-1";
  for (const auto& path : {left, ours, other}) base::write_file(path, "half");
  const WeightStore store(folder());
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(ours));
  EXPECT_TRUE(std::filesystem::exists(other));
}

TEST_P(FolderStore, FollowsNoLink) {
  WeightStore store(folder());
  base::write_file(root_ / "elsewhere",
                   std::string_view(reinterpret_cast<const char*>(weight(1).bytes().data()), 1024));
  std::filesystem::create_symlink(root_ / "elsewhere", folder() / digest(1));
  EXPECT_FALSE(store.has(digest(1)));
}

TEST_P(FolderStore, RemovesADamagedFileAndAsksForItAgain) {
  ASSERT_TRUE(WeightStore(folder()).put(digest(1), weight(1)).ok());
  base::write_file(folder() / digest(1), std::string(1024, 'x'));
  WeightStore store(folder(), 1500);
  EXPECT_FALSE(store.has(digest(1)));
  EXPECT_FALSE(std::filesystem::exists(folder() / digest(1)));
  EXPECT_TRUE(store.put(digest(1), weight(1)).ok()) << "the damaged one no longer counts";
  EXPECT_TRUE(store.get(digest(1), kType).ok());
}

TEST_P(FolderStore, TouchesNoFileThatIsNotNamedByADigest) {
  WeightStore store(folder());
  base::write_file(root_ / "precious", "precious");
  EXPECT_FALSE(store.has("../precious"));
  EXPECT_FALSE(store.get("../precious", {ElementType::UInt8, {8}}).ok());
  EXPECT_TRUE(std::filesystem::exists(root_ / "precious"));
}

TEST_P(FolderStore, SaysWhereItCannotCreateItsFolder) {
  base::write_file(root_ / "file", "");
  EXPECT_THROW(WeightStore(root_ / "file" / "cache"), base::Error);
}

INSTANTIATE_TEST_SUITE_P(InAFolder, FolderStore, testing::Values(true));

}  // namespace
}  // namespace tandem::agent
