#include "wire/admission.h"

#include <fmt/format.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/server_context.h>

#include "base/error.h"
#include "wire/credential_files.h"

namespace tandem::wire {
namespace {

Client by_address(const grpc::ServerContextBase& context) {
  const std::string peer = context.peer();
  return {peer.substr(0, peer.rfind(':')), {}};
}

Client by_certificate(const grpc::ServerContextBase& context) {
  const auto found = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const std::string pem = found.empty() ? std::string() : std::string(found[0].data(), found[0].size());
  Identity identity = identity_of(pem, "the client's certificate");
  return {identity.name.empty() ? identity.serial : identity.name, identity.serial, identity.roles};
}

}  // namespace

std::string revoked_text(const std::string& name, const std::string& serial) {
  return fmt::format("the certificate of '{}' (serial {}) is revoked", name, serial);
}

Client Admission::admit(const grpc::ServerContextBase& context) const {
  if (!given_->is_secure()) return by_address(context);
  Client client = by_certificate(context);
  check(client);
  return client;
}

void Admission::check(const Client& client) const {
  if (!given_->is_secure() || !current(given_)->revoked.contains(client.serial)) return;
  throw base::Error(base::ErrorKind::Refused, revoked_text(client.name, client.serial));
}

}  // namespace tandem::wire
