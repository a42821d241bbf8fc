// Certificates and keys of OpenSSL with an owner, read from PEM and written as PEM. Private to wire/.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace tandem::wire {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* pointer) const {
    release(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;

// Throw Error(InvalidInput) with `where`. A key with a passphrase is refused, not asked for: agents have no terminal.
Certificate parse_certificate(const std::string& pem, const std::string& where);
Key parse_key(const std::string& pem, const std::string& where);

std::string to_pem(const Certificate& certificate);
std::string to_pem(const Key& key);

// Throws Error(Internal) with OpenSSL's own reason unless it succeeded.
void require(bool succeeded, const char* doing);

}  // namespace tandem::wire
