#include "wire/call_table.h"

#include <gmock/gmock.h>
#include <grpcpp/server_context.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace tandem::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CallTableTest : public testing::Test {
 protected:
  // Busy, unless it is refused.
  bool add(const std::string& client) {
    auto& context = contexts_.emplace_back();
    if (!table_.add(context, client, base::Milliseconds(60'000))) return false;
    table_.mark(context, true);
    return true;
  }
  int number_of(const grpc::ServerContextBase& context) const {
    for (std::size_t i = 0; i < contexts_.size(); ++i)
      if (&contexts_[i] == &context) return static_cast<int>(i);
    return -1;
  }

  std::deque<grpc::ServerContext> contexts_;
  std::vector<int> cancelled_;  // by number, in the order of add()
  CallTable table_{4, [this](grpc::ServerContextBase& context) { cancelled_.push_back(number_of(context)); }};
};

TEST_F(CallTableTest, IsAtOneClientsDisposal) {
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(add("a"));
  EXPECT_FALSE(add("a"));
  EXPECT_THAT(cancelled_, IsEmpty());
}

TEST_F(CallTableTest, GivesAnotherClientItsShareOfBusyPlaces) {
  for (int i = 0; i < 4; ++i) add("a");
  EXPECT_TRUE(add("b"));
  EXPECT_TRUE(add("b"));
  EXPECT_FALSE(add("b")) << "it has half";
  EXPECT_THAT(cancelled_, ElementsAre(3, 2)) << "the latest first";
  EXPECT_TRUE(add("c"));
  EXPECT_EQ(cancelled_.size(), 3u);
  EXPECT_FALSE(add("c")) << "a third of four places is one";
}

TEST_F(CallTableTest, TakesIdlePlacesFirst) {
  for (int i = 0; i < 4; ++i) add("a");
  table_.mark(contexts_[1], false);
  EXPECT_TRUE(add("a"));
  EXPECT_THAT(cancelled_, ElementsAre(1));
}

}  // namespace
}  // namespace tandem::wire
