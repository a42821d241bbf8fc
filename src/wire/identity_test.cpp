#include "wire/identity.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/test_files.h"
#include "wire/certificates.h"
#include "wire/credential_files.h"
#include "wire/pem.h"

namespace tandem::wire {
namespace {

using base::message_of;

class IdentityTest : public testing::Test {
 protected:
  base::TemporaryFolder folder;

  IdentityTest() { make_authority(folder.path()); }
  std::string issue(const std::string& name, const CertificateOrder& order) {
    issue_certificate(folder.path(), name, order);
    return base::read_file(folder / (name + ".pem"), 1 << 20);
  }
};

TEST_F(IdentityTest, HasTheNameTheSerialAndTheRolesOfTheCertificate) {
  const std::string pem = issue("edge", {.roles = {Role::Agent, Role::Operator}});
  const Identity identity = identity_of(pem, "edge.pem");
  EXPECT_EQ(identity.name, "edge");
  EXPECT_EQ(identity.roles.text(), "agent, operator");
  EXPECT_EQ(issued_serials(folder.path(), "edge"), std::vector{identity.serial});
  EXPECT_TRUE(issued_serials(folder.path(), "edg").empty());
}

TEST_F(IdentityTest, HasNoRoleWhereTheCertificateNamesNone) {
  const Identity identity = identity_of(issue("old", {.roles = {}}), "old.pem");
  EXPECT_TRUE(identity.roles.empty());
  EXPECT_FALSE(identity.roles.has_any_of(Roles::all()));
  EXPECT_EQ(identity.roles.text(), "none");
}

TEST_F(IdentityTest, StandsForItsDnsNamesOnly) {
  const std::string pem = issue("edge.lab", {});
  EXPECT_TRUE(stands_for(pem, "edge.lab"));
  for (const char* name : {"edge", "lab", "x.edge.lab", "", "*.lab", "127.0.0.1", "urn:tandem:role:agent"})
    EXPECT_FALSE(stands_for(pem, name)) << name;
}

TEST_F(IdentityTest, DoesNotStandForACommonName) {
  // The authority's own certificate has a common name, and no other.
  const std::string pem = base::read_file(folder / "ca.pem", 1 << 20);
  EXPECT_FALSE(stands_for(pem, "Tandem fleet authority"));
  EXPECT_EQ(identity_of(pem, "ca.pem").name, "");
}

TEST(Roles, AreReadByName) {
  for (const Role role : kAllRoles) EXPECT_EQ(parse_role(name_of(role)), role);
  EXPECT_EQ(message_of([] { parse_role("root"); }), "role 'root': expected caller, agent or operator");
}

TEST(RevokedList, TakesSerialsInAnyHexadecimalFormAndComments) {
  const Revoked revoked = parse_revoked("# lost in March\n0A:ff\n\n  12 # laptop\r\n00\n", "list");
  EXPECT_EQ(revoked, (Revoked{"aff", "12", "0"}));
}

TEST(RevokedList, SaysWhichLineIsNoSerial) {
  EXPECT_EQ(message_of([] { parse_revoked("12\nedge\n", "list"); }),
            "list: line 2: 'edge', expected a serial number in hexadecimal");
  EXPECT_NE(message_of([] { parse_revoked(std::string(65, '1'), "list"); }), "no error");
}

}  // namespace
}  // namespace tandem::wire
