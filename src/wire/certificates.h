// A small private certificate authority for a fleet: `tandem certs` makes it, credentials.h reads its files.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "wire/credentials.h"
#include "wire/identity.h"

namespace tandem::wire {

struct CertificateLifetime {
  std::chrono::days authority{3652};
  std::chrono::days leaf{365};
};

// Writes ca.pem and ca.key (EC P-256) into `folder`, which is made if it is missing. Files appear whole or not at all,
// and keys can be read by their owner only. Throws Error(Refused) rather than overwrite, Error(NotFound) when it cannot
// write.
void make_authority(const std::filesystem::path& folder, const CertificateLifetime& lifetime = {});

struct CertificateOrder {
  Roles roles{Role::Agent};
  bool replaces = false;  // an older one of the name
  CertificateLifetime lifetime{};
};

// Writes NAME.pem and NAME.key, signed by the authority in `folder`, for use as a client and as a server; the name is
// its DNS name. The serial number is added to issued.txt: "SERIAL NAME ROLES". Throws likewise, Error(InvalidInput) on
// an invalid name or authority, and Error(Refused) where others than its owner may use ca.key.
Identity issue_certificate(const std::filesystem::path& folder, const std::string& name,
                           const CertificateOrder& order = {});

// All certificates of the name that issued.txt lists.
std::vector<std::string> issued_serials(const std::filesystem::path& folder, const std::string& name);

// Adds a serial number to revoked.txt of the folder, with a comment unless it is empty. Throws Error as files do.
void revoke(const std::filesystem::path& folder, const std::string& serial, const std::string& comment);

// Throws Error(InvalidInput) unless the name is 1 to 63 of A-Z a-z 0-9 . _ - and starts with a letter or a digit, holds
// a letter (or it could be taken for an address), and is not "ca".
void check_certificate_name(const std::string& name);

}  // namespace tandem::wire
