// Certificates of the two ends of a connection. Beyond loopback a server demands TLS and a client certificate, unless
// the user allows otherwise.
#pragma once

#include <filesystem>
#include <string>

namespace tandem::wire {

struct Credentials {
  // PEM texts; all three or none. With them: TLS 1.3 both ways, peers must show a certificate of this authority.
  std::string authority;
  std::string certificate;
  std::string private_key;
  bool allow_insecure = false;  // the user said --insecure

  bool is_secure() const { return !authority.empty(); }
};

// Reads ca.pem, NAME.pem and NAME.key from a folder that `tandem certs` made. Throws base::Error.
Credentials read_credentials(const std::filesystem::path& folder, const std::string& name);

// True for 127.0.0.0/8, ::1, localhost and unix: addresses.
bool is_loopback(const std::string& address);

}  // namespace tandem::wire
