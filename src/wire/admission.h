// Who may call a server: by the certificate of the connection, and the list of those that were revoked, for each call
// and each message. Thread-safe. Private to wire/.
#pragma once

#include <memory>
#include <string>

#include "wire/credentials.h"

namespace grpc {
class ServerContextBase;
}

namespace tandem::wire {

struct Client {
  std::string name;  // by its certificate, or else its address without the port
  std::string serial;
  Roles roles = Roles::all();  // without TLS, anybody may do anything
};

class Admission {
 public:
  explicit Admission(std::shared_ptr<const Credentials> given) : given_(std::move(given)) {}

  // Throws Error(Refused) for a certificate that is revoked.
  Client admit(const grpc::ServerContextBase& context) const;
  // Throws it once the client's certificate is.
  void check(const Client& client) const;

 private:
  const std::shared_ptr<const Credentials> given_;
};

// The line for a peer whose certificate is revoked.
std::string revoked_text(const std::string& name, const std::string& serial);

}  // namespace tandem::wire
