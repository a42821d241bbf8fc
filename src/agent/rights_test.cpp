// What an agent does for a peer that may run parts, but not deploy them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/agent.h"
#include "agent/test_parts.h"
#include "base/test_files.h"
#include "engine/fake/fake.h"

namespace tandem::agent {
namespace {

using testing::HasSubstr;

class CallerTest : public testing::Test {
 protected:
  base::TemporaryFolder cache;
  std::unique_ptr<engine::Engine> engine = engine::fake_engine();
  const model::Model model = branchy_model();
  const rpc::CallTerms caller{.client = "anna", .roles = {rpc::Role::Caller}};

  std::unique_ptr<Agent> start() {
    return std::make_unique<Agent>(AgentSettings{.name = "edge", .weight_cache = cache.path()}, *engine);
  }
  rpc::PartOffer offer() const { return rpc::OfferMaker().make(model.extract(0, 7)); }
};

TEST_F(CallerTest, MayLoadAPartThatIsDeployed) {
  const auto edge = start();
  deploy(model, 0, 7, *edge);
  EXPECT_TRUE(edge->load(offer(), caller).ok());
}

TEST_F(CallerTest, MayLoadAPartThatSurvivedARestart) {
  deploy(model, 0, 7, *start());
  EXPECT_TRUE(start()->load(offer(), caller).ok());
}

TEST_F(CallerTest, MayNotDeployOne) {
  const auto edge = start();
  const auto refused = edge->load(offer(), caller);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), base::ErrorKind::Refused);
  EXPECT_THAT(refused.error().message(),
              HasSubstr(" is not deployed here, and deploying takes a certificate with the role operator; that of "
                        "'anna' has caller"));
}

TEST_F(CallerTest, CannotPutAnotherPartUnderAKnownDigest) {
  const auto edge = start();
  const std::string digest = deploy(model, 0, 7, *edge);
  rpc::PartOffer other = rpc::OfferMaker().make(model.extract(0, 2));
  other.digest = digest;
  EXPECT_TRUE(edge->load(other, caller).ok()) << "its content counts for nothing";
  const auto reply = edge->run({7, base::Deadline::never(), {{"edge", {digest}, {}, {"last"}}}, branchy_inputs()});
  EXPECT_TRUE(reply.ok()) << reply.error().message();
}

}  // namespace
}  // namespace tandem::agent
