#include "wire/credential_files.h"

#include <sys/stat.h>

#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "wire/certificates.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

constexpr unsigned kOthers = 077;  // bits of a mode

std::filesystem::path certificate_of(const CredentialPlaces& places) {
  return places.folder / (places.name + ".pem");
}
std::filesystem::path key_of(const CredentialPlaces& places) {
  return places.folder / (places.name + ".key");
}
std::filesystem::path list_of(const CredentialPlaces& places) {
  return places.revoked.empty() ? places.folder / kRevokedFile : places.revoked;
}

Revoked read_revoked(const CredentialPlaces& places) {
  const auto path = list_of(places);
  if (places.revoked.empty() && !std::filesystem::exists(path)) return {};
  return parse_revoked(base::read_file(path, kMostListBytes), path.string());
}

void require_role(const Credentials& credentials, const CredentialPlaces& places, Roles needed) {
  const Roles roles = identity_of(credentials.certificate, certificate_of(places).string()).roles;
  if (roles.has_any_of(needed)) return;
  throw Error(ErrorKind::Refused,
              fmt::format("{}: the certificate has the roles: {}; expected: {}. Make another one: tandem certs {} {} "
                          "--renew --role ROLE",
                          certificate_of(places).string(), roles.text(), needed.text(" or "), places.folder.string(),
                          places.name));
}

}  // namespace

void require_private(const std::filesystem::path& key) {
  struct stat status {};
  if (::stat(key.c_str(), &status) != 0) throw base::file_error(key, "open");
  if ((status.st_mode & kOthers) == 0) return;
  throw Error(ErrorKind::Refused, fmt::format("{}: others than its owner may use this key (mode {:04o}): chmod 600 {}",
                                              key.string(), status.st_mode & 07777U, key.string()));
}

CredentialFiles::CredentialFiles(CredentialPlaces places, Roles needed, base::Milliseconds interval)
    : places_(std::move(places)),
      needed_(needed),
      interval_(interval),
      next_look_(base::steady_clock().now() + std::chrono::duration_cast<base::Instant::duration>(interval)),
      stamps_(stamps()),
      current_(read()) {}

CredentialFiles::Stamps CredentialFiles::stamps() const {
  const std::filesystem::path files[] = {places_.folder / "ca.pem", certificate_of(places_), key_of(places_),
                                         list_of(places_)};
  Stamps stamps{};
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    struct stat status {};
    if (::stat(files[i].c_str(), &status) != 0) continue;
    stamps[i] = {static_cast<long>(status.st_ino),
                 static_cast<long>(status.st_size),
                 status.st_mtim.tv_sec,
                 status.st_mtim.tv_nsec,
                 status.st_ctim.tv_sec,
                 status.st_ctim.tv_nsec};
  }
  return stamps;
}

std::shared_ptr<const Credentials> CredentialFiles::read() const {
  require_private(key_of(places_));
  auto credentials = std::make_shared<Credentials>();
  credentials->authority = base::read_file(places_.folder / "ca.pem", kMostPemBytes);
  credentials->certificate = base::read_file(certificate_of(places_), kMostPemBytes);
  credentials->private_key = base::read_file(key_of(places_), kMostPemBytes);
  credentials->revoked = read_revoked(places_);
  check_credentials(*credentials, places_.folder.string());
  require_role(*credentials, places_, needed_);
  return credentials;
}

// Stamps are taken first: what changes while it is read is read again at the next look.
void CredentialFiles::look() try {
  const Stamps now = stamps();
  if (now == stamps_) return;
  stamps_ = now;
  current_ = read();
  has_warned_ = false;
  base::log(base::LogLevel::Info, "{}: read again", certificate_of(places_).string());
} catch (const Error& error) {
  if (!std::exchange(has_warned_, true))
    base::log(base::LogLevel::Warning, "the certificates of before stay in use: {}", error.message());
}

std::shared_ptr<const Credentials> CredentialFiles::current() {
  const std::lock_guard lock(mutex_);
  if (const base::Instant now = base::steady_clock().now(); now >= next_look_) {
    next_look_ = now + std::chrono::duration_cast<base::Instant::duration>(interval_);
    look();
  }
  return current_;
}

std::shared_ptr<const Credentials> current(const std::shared_ptr<const Credentials>& given) {
  return given->files != nullptr ? given->files->current() : given;
}

}  // namespace tandem::wire
