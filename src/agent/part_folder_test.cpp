#include "agent/part_folder.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_descriptors.h"
#include "base/test_files.h"
#include "rpc/offer.h"

namespace tandem::agent {
namespace {

rpc::PartOffer an_offer() {
  rpc::PartOffer offer;
  offer.graph = "a graph";
  offer.weights = {{"w", {base::ElementType::Float32, {2, 3}}, std::string(64, 'a')}};
  offer.inputs = {{"x", {base::ElementType::Float32, {1, 5}}}};
  offer.outputs = {{"y", {base::ElementType::Int64, {4}}}};
  offer.digest = rpc::digest_of(offer);
  return offer;
}

class PartFolderTest : public testing::Test {
 protected:
  std::string path() const { return folder_ / ("parts/" + offer_.digest); }

  base::TemporaryFolder folder_;
  const rpc::PartOffer offer_ = an_offer();
};

TEST_F(PartFolderTest, KeepsAPartForTheNextProcess) {
  PartFolder(folder_ / "parts").keep(offer_);
  const auto found = PartFolder(folder_ / "parts").find(offer_.digest);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->digest, offer_.digest);
  EXPECT_EQ(found->graph, offer_.graph);
  ASSERT_EQ(found->weights.size(), 1u);
  EXPECT_EQ(found->weights[0].name, "w");
  EXPECT_EQ(found->weights[0].digest, offer_.weights[0].digest);
  EXPECT_EQ(found->inputs, offer_.inputs);
  EXPECT_EQ(found->outputs, offer_.outputs);
}

TEST_F(PartFolderTest, FindsOnlyWhatWasKept) {
  const PartFolder parts(folder_ / "parts");
  EXPECT_FALSE(parts.find(offer_.digest));
  EXPECT_FALSE(parts.find("../parts"));
}

TEST_F(PartFolderTest, LeavesAFileAloneThatTheProcessCannotOpen) {
  PartFolder parts(folder_ / "parts");
  parts.keep(offer_);
  const std::string message = base::message_of([&] {
    const base::NoDescriptors none;
    parts.find(offer_.digest);
  });
  EXPECT_TRUE(message.ends_with("cannot open: Too many open files")) << message;
  EXPECT_TRUE(parts.find(offer_.digest));
}

TEST_F(PartFolderTest, RemovesADamagedFile) {
  PartFolder parts(folder_ / "parts");
  const std::string types_changed = [&] {
    parts.keep(offer_);
    std::string content = base::read_file(path(), 1 << 20);
    content.back() ^= 1;
    return content;
  }();
  for (const std::string& content : {types_changed, std::string(), std::string("short"), std::string(64, '0')}) {
    folder_.write("parts/" + offer_.digest, content);
    EXPECT_FALSE(parts.find(offer_.digest));
    EXPECT_FALSE(std::filesystem::exists(path()));
  }
}

TEST_F(PartFolderTest, RemovesAFileUnderAnotherName) {
  PartFolder parts(folder_ / "parts");
  parts.keep(offer_);
  const std::string other(64, 'b');
  std::filesystem::rename(path(), folder_ / ("parts/" + other));
  EXPECT_FALSE(parts.find(other));
}

TEST_F(PartFolderTest, KeepsNoMoreThanItsLimit) {
  PartFolder parts(folder_ / "parts", 100);
  parts.keep(offer_);
  EXPECT_FALSE(parts.find(offer_.digest));
}

TEST_F(PartFolderTest, OutlivesAFolderThatIsGone) {
  PartFolder parts(folder_ / "parts");
  folder_.remove("parts");
  parts.keep(offer_);
  EXPECT_FALSE(parts.find(offer_.digest));
}

TEST(NoPartFolder, KeepsNothing) {
  PartFolder parts("");
  parts.keep(an_offer());
  EXPECT_FALSE(parts.find(an_offer().digest));
}

}  // namespace
}  // namespace tandem::agent
