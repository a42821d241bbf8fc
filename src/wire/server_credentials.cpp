#include "wire/server_credentials.h"

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include "wire/credential_files.h"

namespace tandem::wire {
namespace {

// gRPC's C++ interface takes the certificates of a server once; its C interface asks for them at every handshake.
class FollowingCredentials final : public grpc::ServerCredentials {
 public:
  explicit FollowingCredentials(std::shared_ptr<const Credentials> given)
      : given_(std::move(given)),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, &FollowingCredentials::fetch, this))) {}
  ~FollowingCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // One handshake at a time.
  static grpc_ssl_certificate_config_reload_status fetch(void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<FollowingCredentials*>(self)->fetch(config);
  }
  grpc_ssl_certificate_config_reload_status fetch(grpc_ssl_server_certificate_config** config) {
    const auto now = current(given_);
    if (now == in_use_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair{now->private_key.c_str(), now->certificate.c_str()};
    *config = grpc_ssl_server_certificate_config_create(now->authority.c_str(), &pair, 1);
    in_use_ = now;
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const std::shared_ptr<const Credentials> given_;
  std::shared_ptr<const Credentials> in_use_;
  grpc_server_credentials* const credentials_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> server_credentials(const std::shared_ptr<const Credentials>& given) {
  if (!given->is_secure()) return grpc::InsecureServerCredentials();
  return std::make_shared<FollowingCredentials>(given);
}

}  // namespace tandem::wire
