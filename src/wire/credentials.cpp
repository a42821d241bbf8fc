#include "wire/credentials.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <openssl/err.h>

#include "base/error.h"
#include "wire/certificates.h"
#include "wire/credential_files.h"
#include "wire/pem.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;
using Store = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>>;

bool is_signed_by(X509& certificate, X509& authority) {
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  const bool is_signed = X509_STORE_add_cert(store.get(), &authority) == 1 &&
                         X509_STORE_CTX_init(context.get(), store.get(), &certificate, nullptr) == 1 &&
                         X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return is_signed;
}

// "127.0.0.1:7101" → "127.0.0.1", "[::1]:7101" → "::1", "::1" → "::1".
std::string host_of(const std::string& address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const std::size_t colon = address.find(':');
  const bool is_bare_ipv6 = colon != std::string::npos && address.find(':', colon + 1) != std::string::npos;
  return is_bare_ipv6 ? address : address.substr(0, colon);
}

}  // namespace

Credentials read_credentials(const CredentialPlaces& places, Roles needed) {
  check_certificate_name(places.name);
  const auto files = std::make_shared<CredentialFiles>(places, needed);
  Credentials credentials = *files->current();
  credentials.files = files;
  return credentials;
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

bool is_loopback(const std::string& address) {
  if (address.starts_with("unix:")) return true;
  const std::string host = host_of(address);
  if (host == "localhost") return true;
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace tandem::wire
