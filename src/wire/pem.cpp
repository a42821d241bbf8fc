#include "wire/pem.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;
using Text = std::unique_ptr<BIO, Release<BIO_vfree>>;

Text open_text(const std::string& text) {
  return Text(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string content_of(const Text& text) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

void require(bool succeeded, const char* doing) {
  if (succeeded) return;
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
  throw Error(ErrorKind::Internal, fmt::format("OpenSSL cannot {}: {}", doing, reason));
}

Certificate parse_certificate(const std::string& pem, const std::string& where) {
  Certificate certificate(PEM_read_bio_X509(open_text(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) throw Error(ErrorKind::InvalidInput, where + ": expected a certificate in PEM");
  return certificate;
}

Key parse_key(const std::string& pem, const std::string& where) {
  Key key(PEM_read_bio_PrivateKey(open_text(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr)
    throw Error(ErrorKind::InvalidInput, where + ": expected a private key in PEM, without passphrase");
  return key;
}

std::string to_pem(const Certificate& certificate) {
  const Text text(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(text.get(), certificate.get()) == 1, "write a certificate");
  return content_of(text);
}

std::string to_pem(const Key& key) {
  const Text text(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write a key");
  return content_of(text);
}

}  // namespace tandem::wire
