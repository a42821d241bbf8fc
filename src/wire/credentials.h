// Certificates of the two ends of a connection. Beyond loopback a server demands TLS and a client certificate, unless
// the user allows otherwise.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "wire/identity.h"

namespace tandem::wire {

class CredentialFiles;

// Files in a folder that `tandem certs` made, besides ca.pem, ca.key, NAME.pem and NAME.key.
inline constexpr const char* kIssuedFile = "issued.txt";    // the serial numbers of all certificates, with names
inline constexpr const char* kRevokedFile = "revoked.txt";  // those that no longer count

struct Credentials {
  // PEM texts; all three or none. With them: TLS 1.3 both ways, peers must show a certificate of this authority.
  std::string authority;
  std::string certificate;
  std::string private_key;
  Revoked revoked;              // of peers
  bool allow_insecure = false;  // the user said --insecure
  // Where they were read, and are read again once they change; none: they stay as they are.
  std::shared_ptr<CredentialFiles> files;

  bool is_secure() const { return !authority.empty(); }
};

struct CredentialPlaces {
  std::filesystem::path folder;  // that `tandem certs` made: ca.pem, NAME.pem, NAME.key
  std::string name;
  std::filesystem::path revoked;  // a list of serial numbers; empty: revoked.txt of the folder, where there is one
};

// Reads them, with `files`. Throws base::Error: Refused where others than its owner may read the key, or the
// certificate has none of the roles `needed`; the line says how to make one.
Credentials read_credentials(const CredentialPlaces& places, Roles needed = Roles::all());
inline Credentials read_credentials(const std::filesystem::path& folder, const std::string& name) {
  return read_credentials({folder, name, {}});
}

// Throws Error(InvalidInput), naming `where`, unless there are no PEM texts at all, or all of them parse, the key fits
// the certificate, and the authority signed it.
void check_credentials(const Credentials& credentials, const std::string& where);

// True for 127.0.0.0/8, ::1, localhost and unix: addresses.
bool is_loopback(const std::string& address);

}  // namespace tandem::wire
