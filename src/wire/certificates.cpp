#include "wire/certificates.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/rand.h>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"
#include "wire/credential_files.h"
#include "wire/pem.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

// Clocks of a fleet differ; a fresh certificate is valid on machines whose clock is behind, too.
constexpr long kBackdatedSeconds = 3600;

using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;

// ---- files

Error file_error(const std::filesystem::path& path, const char* doing) {
  const bool is_there = errno == EEXIST;
  const Error error = base::file_error(path, doing);
  return is_there ? Error(error.kind(), error.message() + "; remove it first if you mean to replace it") : error;
}

// A file that appears whole, with its mode, under a name that nothing had before, or in place of an older one.
class NewFile {
 public:
  NewFile(std::filesystem::path path, ::mode_t mode) : path_(std::move(path)), temporary_(path_) {
    temporary_ += fmt::format(".part-{}", ::getpid());
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor_ < 0) throw file_error(path_, "create");
  }
  ~NewFile() {
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void commit(std::string_view content, bool replaces) {
    const bool is_written = base::write_all(descriptor_, std::as_bytes(std::span(content)));
    if (!is_written || ::fsync(descriptor_) != 0) throw file_error(path_, "write");
    const int failure =
        replaces ? ::rename(temporary_.c_str(), path_.c_str()) : ::link(temporary_.c_str(), path_.c_str());
    if (failure != 0) throw file_error(path_, "create");
  }

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

void refuse_existing(const std::filesystem::path& path) {
  errno = EEXIST;
  if (std::filesystem::exists(std::filesystem::symlink_status(path))) throw file_error(path, "create");
}

void write_pair(const std::filesystem::path& folder, const std::string& name, const Key& key,
                const Certificate& certificate, bool replaces) {
  NewFile(folder / (name + ".key"), 0600).commit(to_pem(key), replaces);
  NewFile(folder / (name + ".pem"), 0644).commit(to_pem(certificate), replaces);
}

void append_line(const std::filesystem::path& path, const std::string& line) {
  const base::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  const std::string text = line + "\n";
  if (file.number() < 0) throw file_error(path, "open");
  const bool is_written = base::write_all(file.number(), std::as_bytes(std::span(text)));
  if (!is_written || ::fsync(file.number()) != 0) throw file_error(path, "write");
}

// ---- certificates

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr, "make an EC P-256 key");
  return key;
}

void set_random_serial(X509& certificate) {
  unsigned char bytes[16];
  require(RAND_bytes(bytes, sizeof(bytes)) == 1, "draw random bytes");
  const std::unique_ptr<BIGNUM, Release<BN_free>> number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr, "number a certificate");
}

void set_name(X509_NAME* subject, const std::string& name) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(name.data());
  const int size = static_cast<int>(name.size());
  require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, bytes, size, -1, 0) == 1, "name a certificate");
}

void add_extension(X509& certificate, X509& issuer, int identifier, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, identifier, value.c_str()));
  require(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1, "extend a certificate");
}

Certificate begin_certificate(const std::string& name, const Key& key, std::chrono::days lifetime) {
  Certificate certificate(X509_new());
  require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "make a certificate");
  set_random_serial(*certificate);
  set_name(X509_get_subject_name(certificate.get()), name);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kBackdatedSeconds);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), static_cast<int>(lifetime.count()), 0, nullptr);
  require(X509_set_pubkey(certificate.get(), key.get()) == 1, "make a certificate");
  return certificate;
}

void sign(X509& certificate, X509& issuer, const Key& issuer_key) {
  require(X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer)) == 1, "sign a certificate");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
  require(X509_sign(&certificate, issuer_key.get(), EVP_sha256()) > 0, "sign a certificate");
}

std::string names_of(const std::string& name, Roles roles) {
  std::string names = "DNS:" + name;
  for (const Role role : kAllRoles) {
    if (roles.has(role)) names += ",URI:" + uri_of(role);
  }
  return names;
}

struct Authority {
  Certificate certificate;
  Key key;
};

Authority read_authority(const std::filesystem::path& folder) {
  const std::filesystem::path certificate = folder / "ca.pem", key = folder / "ca.key";
  require_private(key);
  Authority authority{parse_certificate(base::read_file(certificate, kMostPemBytes), certificate.string()),
                      parse_key(base::read_file(key, kMostPemBytes), key.string())};
  if (X509_check_private_key(authority.certificate.get(), authority.key.get()) == 1) return authority;
  throw Error(ErrorKind::InvalidInput, certificate.string() + ": ca.key is not its key");
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_allowed(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

}  // namespace

void check_certificate_name(const std::string& name) {
  const bool is_fine = !name.empty() && name.size() <= 63 && (is_letter(name[0]) || is_digit(name[0])) &&
                       std::ranges::all_of(name, is_allowed) && std::ranges::any_of(name, is_letter) && name != "ca";
  if (is_fine) return;
  throw Error(
      ErrorKind::InvalidInput,
      fmt::format("certificate name '{}': expected 1 to 63 of A-Z a-z 0-9 . _ -, with a letter, starting with a "
                  "letter or a digit, other than 'ca'",
                  name.substr(0, 80)));
}

void make_authority(const std::filesystem::path& folder, const CertificateLifetime& lifetime) {
  base::make_folder(folder);
  for (const char* file : {"ca.pem", "ca.key"}) refuse_existing(folder / file);
  const Key key = make_key();
  const Certificate certificate = begin_certificate("Tandem fleet authority", key, lifetime.authority);
  add_extension(*certificate, *certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(*certificate, *certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  sign(*certificate, *certificate, key);
  write_pair(folder, "ca", key, certificate, false);
}

Identity issue_certificate(const std::filesystem::path& folder, const std::string& name,
                           const CertificateOrder& order) {
  check_certificate_name(name);
  for (const char* ending : {".pem", ".key"})
    if (!order.replaces) refuse_existing(folder / (name + ending));
  const Authority authority = read_authority(folder);
  const Key key = make_key();
  const Certificate certificate = begin_certificate(name, key, order.lifetime.leaf);
  add_extension(*certificate, *authority.certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*certificate, *authority.certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(*certificate, *authority.certificate, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(*certificate, *authority.certificate, NID_subject_alt_name, names_of(name, order.roles));
  sign(*certificate, *authority.certificate, authority.key);
  Identity identity = identity_of(to_pem(certificate), name);
  append_line(folder / kIssuedFile, fmt::format("{} {} {}", identity.serial, name, order.roles.text(",")));
  write_pair(folder, name, key, certificate, order.replaces);
  return identity;
}

std::vector<std::string> issued_serials(const std::filesystem::path& folder, const std::string& name) {
  std::vector<std::string> serials;
  if (!std::filesystem::exists(folder / kIssuedFile)) return serials;
  std::istringstream lines(base::read_file(folder / kIssuedFile, kMostListBytes));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string serial, its_name;
    if (words >> serial >> its_name && its_name == name) serials.push_back(serial);
  }
  return serials;
}

void revoke(const std::filesystem::path& folder, const std::string& serial, const std::string& comment) {
  append_line(folder / kRevokedFile, comment.empty() ? serial : fmt::format("{}  # {}", serial, comment));
}

}  // namespace tandem::wire
