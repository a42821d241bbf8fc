// Two ends with certificates, over loopback: names, roles, changes of the files, and revocation.
#include "wire/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>

#include "base/file.h"
#include "wire/connection.h"
#include "wire/pem.h"
#include "wire/server.h"
#include "wire/test_certificates.h"

namespace tandem::wire {
namespace {

using base::ErrorKind;
using testing::HasSubstr;

base::Deadline soon() {
  return base::Deadline::after(base::Milliseconds(10'000));
}

// Answers each message with itself.
class Echo : public CallHandler {
 public:
  std::optional<Segments> take(Segments message) override { return message; }
};

// A certificate as other authorities make them: the name is the common name, and there is no other.
void issue_by_common_name(const TestFleet& fleet, const std::string& name) {
  const Certificate authority = parse_certificate(base::read_file(fleet.folder / "ca.pem", 1 << 20), "ca.pem");
  const Key authority_key = parse_key(base::read_file(fleet.folder / "ca.key", 1 << 20), "ca.key");
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 77);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.get()));
  X509_sign(certificate.get(), authority_key.get(), EVP_sha256());
  fleet.folder.write(name + ".pem", to_pem(certificate));
  fleet.folder.write(name + ".key", to_pem(key));
}

class AdmissionTest : public testing::Test {
 protected:
  TestFleet fleet;
  const Identity edge = fleet.issue("edge");
  const Identity laptop = fleet.issue("laptop", false, {Role::Caller});
  std::mutex mutex;
  CallTerms last_terms;
  std::optional<Server> server{std::in_place, "127.0.0.1:0",
                               [this](const std::string&, const CallTerms& terms) {
                                 const std::lock_guard lock(mutex);
                                 last_terms = terms;
                                 return std::make_unique<Echo>();
                               },
                               fleet.credentials("edge")};

  std::unique_ptr<Connection> connect(const Credentials& credentials) const {
    return std::make_unique<Connection>("edge", "127.0.0.1:" + std::to_string(server->port()), credentials, Limits{},
                                        "edge");
  }
  std::unique_ptr<Connection> connect() const { return connect(fleet.credentials("laptop")); }
  static std::string outcome(Connection& connection) {
    const auto reply = connection.exchange("/test.Service/Echo", {}, soon());
    return reply.ok() ? "ok" : reply.error().message();
  }
};

TEST_F(AdmissionTest, TellsHandlersWhoCalls) {
  EXPECT_EQ(outcome(*connect()), "ok");
  EXPECT_EQ(last_terms.client, "laptop");
  EXPECT_EQ(last_terms.roles.text(), "caller");
}

TEST_F(AdmissionTest, GivesAnyRoleWithoutTls) {
  Server plain(
      "127.0.0.1:0",
      [this](const std::string&, const CallTerms& terms) {
        last_terms = terms;
        return std::make_unique<Echo>();
      },
      Credentials{});
  Connection connection("edge", "127.0.0.1:" + std::to_string(plain.port()), {}, {}, "edge");
  EXPECT_EQ(outcome(connection), "ok");
  EXPECT_EQ(last_terms.roles.text(), "caller, agent, operator");
}

TEST_F(AdmissionTest, RefusesACertificateWhoseNameIsACommonName) {
  issue_by_common_name(fleet, "cloud");
  Credentials cloud;
  cloud.authority = base::read_file(fleet.folder / "ca.pem", 1 << 20);
  cloud.certificate = base::read_file(fleet.folder / "cloud.pem", 1 << 20);
  cloud.private_key = base::read_file(fleet.folder / "cloud.key", 1 << 20);
  Server named(
      "127.0.0.1:0", [](const std::string&, const CallTerms&) { return std::make_unique<Echo>(); }, cloud);
  Connection connection("cloud", "127.0.0.1:" + std::to_string(named.port()), fleet.credentials("laptop"), {}, "cloud");
  const auto reply = connection.exchange("/test.Service/Echo", {}, soon());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::Refused);
  EXPECT_EQ(reply.error().message(), "cloud: its certificate is that of '', expected 'cloud' as a DNS name");
}

TEST_F(AdmissionTest, UsesNewCertificatesForTheNextConnection) {
  const auto before = connect();
  EXPECT_EQ(outcome(*before), "ok");
  fleet.issue("edge", true);
  revoke(fleet.folder.path(), edge.serial, "the former one");
  EXPECT_EQ(outcome(*before), "ok") << "it connects again";
  EXPECT_EQ(outcome(*connect()), "ok");
}

TEST_F(AdmissionTest, FollowsANewAuthority) {
  const Credentials former = *fleet.credentials("laptop").files->current();
  for (const char* file : {"ca.pem", "ca.key", "edge.pem", "edge.key", "laptop.pem", "laptop.key"})
    fleet.folder.remove(file);
  make_authority(fleet.folder.path());
  fleet.issue("edge");
  fleet.issue("laptop");
  EXPECT_EQ(outcome(*connect()), "ok");
  EXPECT_NE(outcome(*connect(former)), "ok");
}

TEST_F(AdmissionTest, RefusesARevokedClientAtItsNextMessage) {
  Credentials fixed = *fleet.credentials("laptop").files->current();  // so that it does not connect again
  const auto connection = connect(fixed);
  EXPECT_EQ(outcome(*connection), "ok");
  revoke(fleet.folder.path(), laptop.serial, "lost");
  const std::string refusal = "edge: the certificate of 'laptop' (serial " + laptop.serial + ") is revoked";
  EXPECT_EQ(outcome(*connection), refusal);
  EXPECT_EQ(outcome(*connection), refusal) << "nor on a new connection";
  fleet.issue("laptop", true);
  EXPECT_EQ(outcome(*connect()), "ok");
}

TEST_F(AdmissionTest, RefusesARevokedServerAtTheNextCall) {
  Credentials fixed = *fleet.credentials("edge").files->current();
  server.emplace(
      "127.0.0.1:0", [](const std::string&, const CallTerms&) { return std::make_unique<Echo>(); }, fixed);
  const auto connection = connect();
  EXPECT_EQ(outcome(*connection), "ok");
  revoke(fleet.folder.path(), edge.serial, "stolen");
  const auto reply = connection->exchange("/test.Service/Echo", {}, soon());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind(), ErrorKind::Refused);
  EXPECT_EQ(reply.error().message(), "edge: the certificate of 'edge' (serial " + edge.serial + ") is revoked");
}

}  // namespace
}  // namespace tandem::wire
