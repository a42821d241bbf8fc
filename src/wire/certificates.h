// A small private certificate authority for a fleet: `tandem certs` makes it, credentials.h reads its files.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "wire/credentials.h"

namespace tandem::wire {

struct CertificateLifetime {
  std::chrono::days authority{3652};
  std::chrono::days leaf{365};
};

// Writes ca.pem and ca.key (EC P-256) into `folder`, which is made if it is missing. Files appear whole or not at all,
// and keys can be read by their owner only. Throws Error(Refused) rather than overwrite, Error(NotFound) when it cannot
// write.
void make_authority(const std::filesystem::path& folder, const CertificateLifetime& lifetime = {});

// Writes NAME.pem and NAME.key, signed by the authority in `folder`, for use as a client and as a server; the name is
// its DNS name. Throws likewise, and Error(InvalidInput) on an invalid name or authority.
void issue_certificate(const std::filesystem::path& folder, const std::string& name,
                       const CertificateLifetime& lifetime = {});

// Throws Error(InvalidInput) unless the name is 1 to 63 of A-Z a-z 0-9 . _ - and starts with a letter or a digit, holds
// a letter (or it could be taken for an address), and is not "ca".
void check_certificate_name(const std::string& name);

// Throws Error(InvalidInput), naming `where`, unless there are no PEM texts at all, or all of them parse, the key fits
// the certificate, and the authority signed it.
void check_credentials(const Credentials& credentials, const std::string& where);

}  // namespace tandem::wire
