#include "wire/certificates.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/file.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kMostPemBytes = 1 << 20;
// Clocks of a fleet differ; a fresh certificate is valid on machines whose clock is behind, too.
constexpr long kBackdatedSeconds = 3600;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* pointer) const {
    release(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Text = std::unique_ptr<BIO, Release<BIO_vfree>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Store = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>>;

void require(bool succeeded, const char* doing) {
  if (succeeded) return;
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
  throw Error(ErrorKind::Internal, fmt::format("OpenSSL cannot {}: {}", doing, reason));
}

// ---- files

Error file_error(const std::filesystem::path& path, const char* doing) {
  const bool is_there = errno == EEXIST;
  const Error error = base::file_error(path, doing);
  return is_there ? Error(error.kind(), error.message() + "; remove it first if you mean to replace it") : error;
}

// A file that appears whole, with its mode, under a name that nothing had before.
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

  void commit(std::string_view content) {
    const ssize_t written = ::write(descriptor_, content.data(), content.size());
    if (written != static_cast<ssize_t>(content.size()) || ::fsync(descriptor_) != 0) throw file_error(path_, "write");
    if (::link(temporary_.c_str(), path_.c_str()) != 0) throw file_error(path_, "create");
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

std::string to_pem(const Certificate& certificate) {
  const Text text(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(text.get(), certificate.get()) == 1, "write a certificate");
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string to_pem(const Key& key) {
  const Text text(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write a key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

void write_pair(const std::filesystem::path& folder, const std::string& name, const Key& key,
                const Certificate& certificate) {
  NewFile(folder / (name + ".key"), 0600).commit(to_pem(key));
  NewFile(folder / (name + ".pem"), 0644).commit(to_pem(certificate));
}

Text open_text(const std::string& text) {
  return Text(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key with a passphrase is refused, not asked for: agents have no terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Certificate parse_certificate(const std::string& pem, const std::string& where) {
  Certificate certificate(PEM_read_bio_X509(open_text(pem).get(), nullptr, no_passphrase, nullptr));
  if (certificate == nullptr) throw Error(ErrorKind::InvalidInput, where + ": expected a certificate in PEM");
  return certificate;
}

Key parse_key(const std::string& pem, const std::string& where) {
  Key key(PEM_read_bio_PrivateKey(open_text(pem).get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr)
    throw Error(ErrorKind::InvalidInput, where + ": expected a private key in PEM, without passphrase");
  return key;
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

bool is_signed_by(X509& certificate, X509& authority) {
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  return X509_STORE_add_cert(store.get(), &authority) == 1 &&
         X509_STORE_CTX_init(context.get(), store.get(), &certificate, nullptr) == 1 &&
         X509_verify_cert(context.get()) == 1;
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
  write_pair(folder, "ca", key, certificate);
}

void issue_certificate(const std::filesystem::path& folder, const std::string& name,
                       const CertificateLifetime& lifetime) {
  check_certificate_name(name);
  for (const char* ending : {".pem", ".key"}) refuse_existing(folder / (name + ending));
  const std::string where = (folder / "ca.pem").string();
  const Certificate authority = parse_certificate(base::read_file(folder / "ca.pem", kMostPemBytes), where);
  const Key authority_key = parse_key(base::read_file(folder / "ca.key", kMostPemBytes), (folder / "ca.key").string());
  if (X509_check_private_key(authority.get(), authority_key.get()) != 1) {
    throw Error(ErrorKind::InvalidInput, where + ": ca.key is not its key");
  }
  const Key key = make_key();
  const Certificate certificate = begin_certificate(name, key, lifetime.leaf);
  add_extension(*certificate, *authority, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*certificate, *authority, NID_key_usage, "critical,digitalSignature");
  add_extension(*certificate, *authority, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(*certificate, *authority, NID_subject_alt_name, "DNS:" + name);
  sign(*certificate, *authority, authority_key);
  write_pair(folder, name, key, certificate);
}

void check_credentials(const Credentials& credentials, const std::string& where) {
  if (credentials.authority.empty() && credentials.certificate.empty() && credentials.private_key.empty()) return;
  const Certificate authority = parse_certificate(credentials.authority, where);
  const Certificate certificate = parse_certificate(credentials.certificate, where);
  const Key key = parse_key(credentials.private_key, where);
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    throw Error(ErrorKind::InvalidInput, where + ": the private key does not fit the certificate");
  }
  if (!is_signed_by(*certificate, *authority)) {
    throw Error(ErrorKind::InvalidInput, where + ": the certificate is not of this authority, or has expired");
  }
}

}  // namespace tandem::wire
