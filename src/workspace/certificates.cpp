#include "workspace/certificates.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "fleet/replicas.h"
#include "wire/credential_files.h"

namespace tandem::workspace {
namespace {

using base::Error;
using base::ErrorKind;
using wire::Role;

wire::Identity read_identity(const std::filesystem::path& file) {
  return wire::identity_of(base::read_file(file, wire::kMostPemBytes), file.string());
}

// Those of issued.txt, and that of a file from before there was one.
std::vector<std::string> serials_of(const std::filesystem::path& folder, const std::string& name) {
  std::vector<std::string> serials = wire::issued_serials(folder, name);
  const auto file = folder / (name + ".pem");
  if (!std::filesystem::exists(file)) return serials;
  const auto serial = read_identity(file).serial;
  if (std::ranges::find(serials, serial) == serials.end()) serials.push_back(serial);
  return serials;
}

// A renewed certificate has the roles of the former one, where that had any.
wire::Roles roles_for(const CertificateNeed& need, const std::filesystem::path& former) {
  if (need.is_set || !std::filesystem::exists(former)) return need.roles;
  const wire::Roles roles = read_identity(former).roles;
  return roles.empty() ? need.roles : roles;
}

}  // namespace

std::vector<CertificateNeed> certificate_needs(const fleet::Fleet& fleet) {
  std::vector<CertificateNeed> needs;
  for (const auto& target : fleet::with_replicas_apart(fleet).targets) {
    CertificateNeed need{target.name, {}};
    if (target.address != fleet::kHere) need.roles.add(Role::Agent);
    if (needs.empty()) need.roles.add(Role::Operator);
    needs.push_back(need);
  }
  return needs;
}

std::vector<IssuedCertificate> issue_certificates(const std::filesystem::path& folder,
                                                  const std::vector<CertificateNeed>& needs, bool renews) {
  if (needs.empty()) throw Error(ErrorKind::InvalidInput, "no names: give --fleet FILE or the targets' names");
  for (const auto& need : needs) wire::check_certificate_name(need.name);
  if (!std::filesystem::exists(folder / "ca.pem")) wire::make_authority(folder);
  std::vector<IssuedCertificate> issued;
  for (const auto& need : needs) {
    const auto file = folder / (need.name + ".pem");
    if (!renews && std::filesystem::exists(file)) continue;
    const wire::CertificateOrder order{.roles = roles_for(need, file), .replaces = renews};
    issued.push_back({file, wire::issue_certificate(folder, need.name, order)});
  }
  return issued;
}

std::vector<std::string> revoke_certificates(const std::filesystem::path& folder, const std::string& name_or_serial) {
  std::vector<std::string> serials;
  if (name_or_serial.find('/') == std::string::npos) serials = serials_of(folder, name_or_serial);
  const auto serial = wire::normal_serial(name_or_serial);
  if (serials.empty() && serial) serials.push_back(*serial);
  if (serials.empty())
    throw Error(ErrorKind::NotFound, fmt::format("'{}': expected a name that has a certificate in {}, or a serial "
                                                 "number in hexadecimal",
                                                 name_or_serial, folder.string()));
  for (const auto& each : serials) wire::revoke(folder, each, serials.front() == serial ? "" : name_or_serial);
  return serials;
}

}  // namespace tandem::workspace
