#include "wire/credential_files.h"

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "wire/test_certificates.h"

namespace tandem::wire {
namespace {

using base::message_of;
using testing::HasSubstr;

class CredentialFilesTest : public testing::Test {
 protected:
  TestFleet fleet;
  const Identity edge = fleet.issue("edge");

  CredentialFiles follow() const { return {{fleet.folder.path(), "edge", {}}, Roles::all(), base::Milliseconds(0)}; }
  static std::string serial_of(CredentialFiles& files) {
    return identity_of(files.current()->certificate, "edge").serial;
  }
};

TEST_F(CredentialFilesTest, StayTheSameWhileNothingChanges) {
  CredentialFiles files = follow();
  EXPECT_EQ(files.current(), files.current());
  EXPECT_EQ(serial_of(files), edge.serial);
}

TEST_F(CredentialFilesTest, FollowANewCertificate) {
  CredentialFiles files = follow();
  const Identity renewed = fleet.issue("edge", true);
  EXPECT_NE(renewed.serial, edge.serial);
  EXPECT_EQ(serial_of(files), renewed.serial);
}

TEST_F(CredentialFilesTest, KeepTheOldOnesWhileTheFilesDoNotFitTogetherAndWarnOnce) {
  CredentialFiles files = follow();
  fleet.issue("other");
  const auto key = fleet.folder / "edge.key";
  const std::string before = base::read_file(key, 1 << 20);
  testing::internal::CaptureStderr();
  base::write_file(key, base::read_file(fleet.folder / "other.key", 1 << 20));
  EXPECT_EQ(serial_of(files), edge.serial);
  base::write_file(key, before.substr(0, 40));
  EXPECT_EQ(serial_of(files), edge.serial);
  std::filesystem::remove(key);
  EXPECT_EQ(serial_of(files), edge.serial);
  const std::string warnings = testing::internal::GetCapturedStderr();
  EXPECT_THAT(warnings, HasSubstr("the certificates of before stay in use: "));
  EXPECT_THAT(warnings, HasSubstr("the private key does not fit the certificate"));
  EXPECT_EQ(std::ranges::count(warnings, '\n'), 1) << warnings;
  const Identity renewed = fleet.issue("edge", true);
  EXPECT_EQ(serial_of(files), renewed.serial);
}

TEST_F(CredentialFilesTest, FollowTheListOfRevokedCertificates) {
  CredentialFiles files = follow();
  EXPECT_TRUE(files.current()->revoked.empty());
  revoke(fleet.folder.path(), "ab12", "laptop");
  EXPECT_EQ(files.current()->revoked, Revoked{"ab12"});
  testing::internal::CaptureStderr();
  fleet.folder.write("revoked.txt", "half a li");
  EXPECT_EQ(files.current()->revoked, Revoked{"ab12"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("revoked.txt: line 1: 'half a li'"));
}

TEST_F(CredentialFilesTest, NeedAListThatIsNamed) {
  CredentialPlaces places{fleet.folder.path(), "edge", fleet.folder / "list"};
  EXPECT_THAT(message_of([&] { read_credentials(places); }), HasSubstr("list: cannot open: No such file"));
  fleet.folder.write("list", "1\n");
  EXPECT_EQ(read_credentials(places).revoked, Revoked{"1"});
}

TEST_F(CredentialFilesTest, AreRefusedWhereOthersMayUseTheKey) {
  const auto key = fleet.folder / "edge.key";
  for (const ::mode_t mode : {0640, 0604, 0620}) {
    ::chmod(key.c_str(), mode);
    EXPECT_THAT(message_of([&] { read_credentials(fleet.folder.path(), "edge"); }),
                HasSubstr("edge.key: others than its owner may use this key (mode 06"));
  }
  ::chmod(key.c_str(), 0400);
  EXPECT_EQ(message_of([&] { read_credentials(fleet.folder.path(), "edge"); }), "no error");
  ::chmod((fleet.folder / "ca.key").c_str(), 0644);
  EXPECT_THAT(message_of([&] { fleet.issue("another"); }), HasSubstr("ca.key: others than its owner"));
}

TEST_F(CredentialFilesTest, AreRefusedWithoutARoleThatIsNeeded) {
  fleet.issue("old", false, {});
  EXPECT_THAT(message_of([&] { read_credentials(fleet.folder.path(), "old"); }),
              HasSubstr("old.pem: the certificate has the roles: none; expected: caller or agent or operator. Make "
                        "another one: tandem certs "));
  fleet.issue("laptop", false, {Role::Caller});
  const CredentialPlaces laptop{fleet.folder.path(), "laptop", {}};
  EXPECT_EQ(message_of([&] { read_credentials(laptop, {Role::Caller, Role::Operator}); }), "no error");
  EXPECT_THAT(message_of([&] { read_credentials(laptop, {Role::Agent}); }),
              HasSubstr("has the roles: caller; expected: agent. Make another one: tandem certs "));
}

}  // namespace
}  // namespace tandem::wire
