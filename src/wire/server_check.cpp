#include "wire/server_check.h"

#include <fmt/format.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "base/error.h"
#include "wire/admission.h"

namespace tandem::wire {
namespace {

namespace tls = grpc::experimental;

// gRPC's own check takes a common name where a certificate has no other, and knows no list of revoked certificates.
class ServerCheck final : public tls::ExternalCertificateVerifier {
 public:
  ServerCheck(std::string name, Revoked revoked) : name_(std::move(name)), revoked_(std::move(revoked)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    const std::string objection = objection_to(std::string(request->peer_cert().data(), request->peer_cert().size()));
    if (!objection.empty()) *status = {grpc::StatusCode::UNAUTHENTICATED, kServerCheckMark + objection};
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  std::string objection_to(const std::string& pem) const try {
    const Identity identity = identity_of(pem, "its certificate");
    if (revoked_.contains(identity.serial)) return revoked_text(identity.name, identity.serial);
    if (stands_for(pem, name_)) return {};
    return fmt::format("its certificate is that of '{}', expected '{}' as a DNS name", identity.name, name_);
  } catch (const base::Error& error) {
    return error.message();
  }

  const std::string name_;
  const Revoked revoked_;
};

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const std::string& name, const Credentials& credentials) {
  if (!credentials.is_secure()) return grpc::InsecureChannelCredentials();
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
      credentials.authority,
      std::vector<tls::IdentityKeyCertPair>{{credentials.private_key, credentials.certificate}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<ServerCheck>(name, credentials.revoked));
  options.set_check_call_host(false);  // it asks for the host name again, by gRPC's own rules
  return tls::TlsCredentials(options);
}

}  // namespace tandem::wire
