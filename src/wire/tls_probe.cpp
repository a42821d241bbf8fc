#include "wire/tls_probe.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace tandem::wire {
namespace {

constexpr int kNapMilliseconds = 5;

}  // namespace

// A server that asks for a client's certificate does so after its own part of the handshake, so none is needed here.
bool speaks_tls(const std::string& address) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) return false;
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()), BIO_free_all);
  if (connection == nullptr) return false;
  BIO_set_conn_hostname(connection.get(), address.c_str());
  const auto seconds = std::chrono::duration_cast<std::chrono::duration<int>>(kLongestTlsProbe).count();
  const bool is_tls = BIO_do_connect_retry(connection.get(), seconds, kNapMilliseconds) == 1;
  ERR_clear_error();
  return is_tls;
}

}  // namespace tandem::wire
