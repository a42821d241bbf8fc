#include "rpc/rights.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/test_files.h"
#include "rpc/methods.h"
#include "rpc/testing.h"
#include "wire/certificates.h"

namespace tandem::rpc {
namespace {

using base::message_of;
using wire::Role;
using wire::Roles;

std::string refusal(const char* method, Roles roles) {
  return message_of([&] { check_right(method, {.client = "anna", .roles = roles}); });
}
bool may(Role role, const char* method) {
  return refusal(method, {role}) == "no error";
}

TEST(Rights, AreThoseOfTheTable) {
  for (const char* method : {kUploadMethod, kMeasureMethod}) {
    EXPECT_TRUE(may(Role::Operator, method)) << method;
    EXPECT_FALSE(may(Role::Caller, method) || may(Role::Agent, method)) << method;
  }
  for (const char* method : {kLoadMethod, kMissingMethod, kProbeMethod}) {
    EXPECT_TRUE(may(Role::Operator, method) && may(Role::Caller, method)) << method;
    EXPECT_FALSE(may(Role::Agent, method)) << method;
  }
  for (const char* method : {kRunMethod, kDepositMethod, kEchoMethod, kDescribeMethod, kHealthMethod}) {
    for (const Role role : wire::kAllRoles) EXPECT_TRUE(may(role, method)) << method;
  }
}

TEST(Rights, NeedARoleForAllButTheHealthCheck) {
  for (const char* method : {kRunMethod, kDepositMethod, kEchoMethod, kDescribeMethod, kMissingMethod, kUploadMethod,
                             kLoadMethod, kMeasureMethod, kProbeMethod})
    EXPECT_NE(refusal(method, {}), "no error") << method;
  EXPECT_EQ(refusal(kHealthMethod, {}), "no error");
}

TEST(Rights, SayWhichRoleIsNeededAndWhichThereIs) {
  EXPECT_EQ(refusal(kUploadMethod, {Role::Caller, Role::Agent}),
            "Upload takes a certificate with the role operator; that of 'anna' has caller, agent");
  EXPECT_EQ(refusal(kLoadMethod, {}),
            "Load takes a certificate with the role caller or operator; that of 'anna' has none");
}

// Over the wire, each method is refused before its message is read.
class RightsTest : public testing::Test {
 protected:
  base::TemporaryFolder folder;
  FakeHandler handler;

  RightsTest() {
    wire::make_authority(folder.path());
    wire::issue_certificate(folder.path(), "edge");
    wire::issue_certificate(folder.path(), "anna", {.roles = {Role::Caller}});
  }
};

TEST_F(RightsTest, AreCheckedByTheServer) {
  Server server("127.0.0.1:0", handler, read_credentials(folder.path(), "edge"));
  Peer peer("edge", local(server.port()), read_credentials(folder.path(), "anna"));
  EXPECT_TRUE(peer.run(request_of(floats({1}))).ok());
  EXPECT_TRUE(peer.describe(soon()).ok());
  const auto sent = peer.upload_blobs({floats({1})}, soon());
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().kind(), base::ErrorKind::Refused);
  EXPECT_TRUE(
      sent.error().message().ends_with("Upload takes a certificate with the role operator; that of 'anna' has caller"))
      << sent.error().message();
  const auto measured = peer.measure({}, soon());
  ASSERT_FALSE(measured.ok());
  EXPECT_EQ(measured.error().kind(), base::ErrorKind::Refused);
  EXPECT_TRUE(handler.weights().empty());
}

}  // namespace
}  // namespace tandem::rpc
