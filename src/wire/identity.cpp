#include "wire/identity.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/error.h"
#include "wire/pem.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kLongestSerial = 64;  // of digits; RFC 5280 allows 40

std::string serial_of(const X509& certificate) {
  const std::unique_ptr<BIGNUM, Release<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  const std::unique_ptr<char, decltype([](char* text) { OPENSSL_free(text); })> digits(BN_bn2hex(number.get()));
  require(digits != nullptr, "read a serial number");
  return normal_serial(digits.get()).value_or("");
}

std::string_view text_of(const ASN1_IA5STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

void add_name(const GENERAL_NAME& name, Identity& identity) {
  if (name.type == GEN_DNS && identity.name.empty()) identity.name = text_of(name.d.dNSName);
  if (name.type != GEN_URI) return;
  for (const Role role : kAllRoles) {
    if (text_of(name.d.uniformResourceIdentifier) == uri_of(role)) identity.roles.add(role);
  }
}

std::string trimmed(const std::string& line) {
  const std::string text = line.substr(0, line.find('#'));
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

}  // namespace

Identity identity_of(const std::string& pem, const std::string& where) {
  const Certificate certificate = parse_certificate(pem, where);
  Identity identity;
  identity.serial = serial_of(*certificate);
  const std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) add_name(*sk_GENERAL_NAME_value(names.get(), i), identity);
  return identity;
}

bool stands_for(const std::string& pem, const std::string& name) {
  const Certificate certificate = parse_certificate(pem, name);
  constexpr unsigned kExactly = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS;
  return X509_check_host(certificate.get(), name.data(), name.size(), kExactly, nullptr) == 1 ||
         X509_check_ip_asc(certificate.get(), name.c_str(), 0) == 1;
}

std::optional<std::string> normal_serial(const std::string& text) {
  std::string digits = text;
  std::erase(digits, ':');
  std::ranges::transform(digits, digits.begin(), [](unsigned char c) { return c >= 'A' && c <= 'F' ? c + 32 : c; });
  const bool is_number = !digits.empty() && digits.size() <= kLongestSerial &&
                         digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_number) return std::nullopt;
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

Revoked parse_revoked(const std::string& text, const std::string& where) {
  Revoked revoked;
  std::istringstream lines(text);
  int number = 1;
  for (std::string line; std::getline(lines, line); ++number) {
    const std::string digits = trimmed(line);
    if (digits.empty()) continue;
    const auto serial = normal_serial(digits);
    if (!serial) {
      throw Error(ErrorKind::InvalidInput, fmt::format("{}: line {}: '{}', expected a serial number in hexadecimal",
                                                       where, number, digits.substr(0, 80)));
    }
    revoked.insert(*serial);
  }
  return revoked;
}

}  // namespace tandem::wire
