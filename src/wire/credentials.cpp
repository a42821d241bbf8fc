#include "wire/credentials.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/file.h"
#include "wire/certificates.h"

namespace tandem::wire {
namespace {

constexpr std::size_t kMostPemBytes = 1 << 20;

// "127.0.0.1:7101" → "127.0.0.1", "[::1]:7101" → "::1", "::1" → "::1".
std::string host_of(const std::string& address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const std::size_t colon = address.find(':');
  const bool is_bare_ipv6 = colon != std::string::npos && address.find(':', colon + 1) != std::string::npos;
  return is_bare_ipv6 ? address : address.substr(0, colon);
}

}  // namespace

Credentials read_credentials(const std::filesystem::path& folder, const std::string& name) {
  check_certificate_name(name);
  Credentials credentials;
  credentials.authority = base::read_file(folder / "ca.pem", kMostPemBytes);
  credentials.certificate = base::read_file(folder / (name + ".pem"), kMostPemBytes);
  credentials.private_key = base::read_file(folder / (name + ".key"), kMostPemBytes);
  check_credentials(credentials, folder.string());
  return credentials;
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
