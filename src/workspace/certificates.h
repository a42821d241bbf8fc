// The certificates of a fleet's machines and people: the work of `tandem certs`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fleet/fleet.h"
#include "wire/certificates.h"

namespace tandem::workspace {

struct CertificateNeed {
  std::string name;
  wire::Roles roles;
  bool is_set = false;  // by the user; otherwise, a certificate that is renewed keeps its roles
};

// One for each machine (fleet/replicas.h): an agent's where it has an address. Commands use that of the first target,
// which is an operator's.
std::vector<CertificateNeed> certificate_needs(const fleet::Fleet& fleet);

struct IssuedCertificate {
  std::filesystem::path file;
  wire::Identity identity;
};

// Makes an authority in `folder` where there is none, and a certificate for each need whose name has none; with
// `renews`, for every need, in place of the former one. Throws base::Error, InvalidInput when there is no need.
std::vector<IssuedCertificate> issue_certificates(const std::filesystem::path& folder,
                                                  const std::vector<CertificateNeed>& needs, bool renews);

// Adds to revoked.txt of `folder` every certificate that was issued there to a name, or one with its serial number.
// Returns the serial numbers. Throws base::Error, NotFound for what is neither.
std::vector<std::string> revoke_certificates(const std::filesystem::path& folder, const std::string& name_or_serial);

}  // namespace tandem::workspace
