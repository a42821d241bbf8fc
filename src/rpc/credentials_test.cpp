// TLS both ways: peers and servers that are accepted or refused.
#include "rpc/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include <openssl/ssl.h>

#include "base/file.h"
#include "rpc/testing.h"
#include "wire/certificates.h"

namespace tandem::rpc {
namespace {

using base::ErrorKind;
using wire::CertificateOrder;
using wire::is_loopback;
using wire::issue_certificate;
using wire::make_authority;

class CredentialsTest : public testing::Test {
 protected:
  std::filesystem::path folder = make_folder();
  FakeHandler handler;

  ~CredentialsTest() override { std::filesystem::remove_all(folder); }

  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-certs-XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  Credentials issue(const std::string& fleet, const std::string& name, CertificateOrder order = {}) {
    if (!std::filesystem::exists(folder / fleet / "ca.pem")) make_authority(folder / fleet);
    issue_certificate(folder / fleet, name, order);
    return read_credentials(folder / fleet, name);
  }
  // The result of a run by a peer with these credentials at a server with those.
  base::Status try_run(const Credentials& client, const Credentials& server, const std::string& name = "edge",
                       base::Milliseconds timeout = base::Milliseconds(10'000)) {
    Server listening("127.0.0.1:0", handler, server);
    Peer peer(name, local(listening.port()), client);
    const auto reply = peer.run(request_of(floats({1}), base::Deadline::after(timeout)));
    if (!reply) return reply.error();
    return base::Nothing{};
  }
  template <class Action>
  static ErrorKind kind_of_failure(Action action) {
    try {
      action();
    } catch (const base::Error& error) {
      return error.kind();
    }
    return ErrorKind::Internal;
  }
};

TEST_F(CredentialsTest, LetMembersOfAFleetTalk) {
  const auto status = try_run(issue("fleet", "device"), issue("fleet", "edge"));
  EXPECT_TRUE(status.ok()) << status.error().message();
}

TEST_F(CredentialsTest, LetAServerListenBeyondLoopback) {
  Server server("0.0.0.0:0", handler, issue("fleet", "edge"));
  Peer peer("edge", local(server.port()), issue("fleet", "device"));
  EXPECT_TRUE(peer.run(request_of(floats({1}))).ok());
}

TEST_F(CredentialsTest, RefuseAClientWithoutACertificate) {
  const auto status = try_run({}, issue("fleet", "edge"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::Refused) << status.error().message();
  EXPECT_NE(status.error().message().find("it wants TLS: give --certs FOLDER"), std::string::npos)
      << status.error().message();
}

TEST_F(CredentialsTest, LookForTlsOnlyWithinTheDeadline) {
  constexpr base::Milliseconds kTooShort{1000};  // a look takes up to two seconds
  const auto status = try_run({}, issue("fleet", "edge"), "edge", kTooShort);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().kind(), ErrorKind::Refused) << status.error().message();
}

TEST_F(CredentialsTest, RefuseAClientOfAnotherFleet) {
  // It trusts the server, but shows a certificate that the server's authority did not sign.
  Credentials foreign = issue("other", "device");
  const Credentials server = issue("fleet", "edge");
  const auto distrusting = try_run(foreign, server);
  ASSERT_FALSE(distrusting.ok());
  EXPECT_EQ(distrusting.error().kind(), ErrorKind::Refused) << distrusting.error().message();
}

TEST_F(CredentialsTest, RefuseAServerOfAnotherName) {
  const auto status = try_run(issue("fleet", "device"), issue("fleet", "cloud"), "edge");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind(), ErrorKind::Refused) << status.error().message();
}

TEST_F(CredentialsTest, RefuseAPlainServer) {
  EXPECT_FALSE(try_run(issue("fleet", "device"), {}).ok());
}

// OpenSSL itself as the other side, with TLS 1.2 allowed for it alone.
class Handshake {
 public:
  Handshake(const Credentials& credentials, const std::filesystem::path& folder, const std::string& name, int version,
            bool shows_certificate)
      : context_(SSL_CTX_new(TLS_method())) {
    SSL_CTX_clear_options(context_, SSL_OP_NO_TLSv1_2);
    SSL_CTX_set_max_proto_version(context_, version);
    SSL_CTX_load_verify_locations(context_, (folder / "ca.pem").c_str(), nullptr);
    static_cast<void>(credentials);
    if (!shows_certificate) return;
    SSL_CTX_use_certificate_file(context_, (folder / (name + ".pem")).c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, (folder / (name + ".key")).c_str(), SSL_FILETYPE_PEM);
  }
  ~Handshake() { SSL_CTX_free(context_); }
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  // Connects and waits for the first byte of the server: with TLS 1.3 a refused client only learns of it then.
  bool connect(int port) {
    static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
    const int socket = connect_to(port);
    SSL* const session = SSL_new(context_);
    SSL_set_fd(session, socket);
    SSL_set_alpn_protos(session, kHttp2, sizeof(kHttp2));
    char byte = 0;
    const bool is_accepted = SSL_connect(session) == 1 && SSL_read(session, &byte, 1) == 1;
    SSL_free(session);
    ::close(socket);
    return is_accepted;
  }

 private:
  SSL_CTX* context_;
};

TEST_F(CredentialsTest, RefuseVersionsBelowTls13) {
  const Credentials credentials = issue("fleet", "edge");
  issue("fleet", "device");
  Server server("127.0.0.1:0", handler, credentials);
  const std::filesystem::path fleet = folder / "fleet";
  EXPECT_TRUE(Handshake(credentials, fleet, "device", TLS1_3_VERSION, true).connect(server.port()));
  EXPECT_FALSE(Handshake(credentials, fleet, "device", TLS1_2_VERSION, true).connect(server.port()));
}

TEST_F(CredentialsTest, RefuseForeignAndMissingCertificates) {
  const Credentials credentials = issue("fleet", "edge");
  issue("other", "device");
  Server server("127.0.0.1:0", handler, credentials);
  EXPECT_FALSE(Handshake(credentials, folder / "other", "device", TLS1_3_VERSION, true).connect(server.port()));
  EXPECT_FALSE(Handshake(credentials, folder / "other", "device", TLS1_3_VERSION, false).connect(server.port()));
}

TEST_F(CredentialsTest, AreRefusedWhenTheyDoNotFitTogether) {
  Credentials mixed = issue("fleet", "edge");
  mixed.private_key = issue("fleet", "device").private_key;
  EXPECT_EQ(kind_of_failure([&] { Server server("127.0.0.1:0", handler, mixed); }), ErrorKind::InvalidInput);
  Credentials partial = issue("fleet", "cloud");
  partial.authority.clear();
  EXPECT_EQ(kind_of_failure([&] { Server server("127.0.0.1:0", handler, partial); }), ErrorKind::InvalidInput);
  Credentials foreign = issue("fleet", "third");
  foreign.authority = issue("other", "edge").authority;
  EXPECT_EQ(kind_of_failure([&] { Peer peer("edge", "127.0.0.1:1", foreign); }), ErrorKind::InvalidInput);
}

TEST_F(CredentialsTest, KnowLoopback) {
  for (const char* address : {"127.0.0.1:7101", "127.8.9.1:1", "[::1]:7101", "::1", "localhost:7101", "unix:/tmp/x"}) {
    EXPECT_TRUE(is_loopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "localhost.example.org:1", "127.0.0.1.x:1", "", ":1",
                              "dns:///127.0.0.1:1"}) {
    EXPECT_FALSE(is_loopback(address)) << address;
  }
}

TEST_F(CredentialsTest, KeepKeysToTheirOwnerAndOverwriteNothing) {
  issue("fleet", "edge");
  for (const char* file : {"ca.key", "edge.key"}) {
    struct stat status {};
    ASSERT_EQ(::stat((folder / "fleet" / file).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << file;
  }
  const std::string before = base::read_file(folder / "fleet" / "edge.key", 1 << 20);
  EXPECT_EQ(kind_of_failure([&] { issue_certificate(folder / "fleet", "edge"); }), ErrorKind::Refused);
  EXPECT_EQ(kind_of_failure([&] { make_authority(folder / "fleet"); }), ErrorKind::Refused);
  EXPECT_EQ(base::read_file(folder / "fleet" / "edge.key", 1 << 20), before);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder / "fleet")) ++files;
  EXPECT_EQ(files, 5U);  // with issued.txt; nothing temporary is left
}

TEST_F(CredentialsTest, CheckNames) {
  make_authority(folder / "fleet");
  for (const char* name : {"", "../edge", "a/b", ".hidden", "-x", "a b", "ca", "10.0.0.1", "é"}) {
    EXPECT_EQ(kind_of_failure([&] { issue_certificate(folder / "fleet", name); }), ErrorKind::InvalidInput) << name;
    EXPECT_EQ(kind_of_failure([&] { read_credentials(folder / "fleet", name); }), ErrorKind::InvalidInput) << name;
  }
  EXPECT_NO_THROW(issue_certificate(folder / "fleet", "edge-1.lab_2"));
}

TEST_F(CredentialsTest, SayWhichFileIsNoCertificate) {
  make_authority(folder / "fleet");
  for (const char* file : {"edge.pem", "edge.key"}) std::ofstream(folder / "fleet" / file) << "not PEM";
  ::chmod((folder / "fleet" / "edge.key").c_str(), 0600);
  EXPECT_EQ(kind_of_failure([&] { read_credentials(folder / "fleet", "edge"); }), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_of_failure([&] { read_credentials(folder / "fleet", "cloud"); }), ErrorKind::NotFound);
}

TEST_F(CredentialsTest, ExpireAfterTheirLifetime) {
  make_authority(folder / "fleet");
  issue_certificate(folder / "fleet", "edge", {.lifetime = {.leaf = std::chrono::days(-1)}});
  EXPECT_EQ(kind_of_failure([&] { read_credentials(folder / "fleet", "edge"); }), ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace tandem::rpc
