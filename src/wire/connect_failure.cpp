#include "wire/connect_failure.h"

#include <array>
#include <string_view>

#include "wire/server_check.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

struct Sign {
  std::string_view text;  // in gRPC's and OpenSSL's messages
  ErrorKind kind;
  const char* line;
};

constexpr const char* kClosed =
    "it closed the connection during the handshake: it stops, is no agent, or takes other certificates";

constexpr std::array kSigns{
    Sign{"wrong version number", ErrorKind::Refused,
         "it does not speak TLS: start the agent with --certs, or leave the certificates out here"},
    Sign{"certificate verify failed", ErrorKind::Refused,
         "its certificate is not of our authority (ca.pem), or has expired: is it of another fleet?"},
    Sign{"SSL_ERROR", ErrorKind::Refused, nullptr},
    Sign{"andshake read failed", ErrorKind::Unavailable, "it did not answer the TLS handshake in time"},
    Sign{"before receiving SETTINGS", ErrorKind::Unavailable, "it did not answer in time: is it an agent?"},
    Sign{"ocket closed", ErrorKind::Unavailable, kClosed},
    Sign{"onnection reset", ErrorKind::Unavailable, kClosed},
    Sign{"roken pipe", ErrorKind::Unavailable, kClosed},
};

std::string after(const std::string& text, std::string_view mark) {
  const auto found = text.find(mark);
  return found == std::string::npos ? text : text.substr(found + mark.size());
}

}  // namespace

bool is_connect_failure(const std::string& text) {
  return text.starts_with("failed to connect to all addresses");
}

Error connect_failure(const std::string& text) {
  if (text.find(kServerCheckMark) != std::string::npos) return {ErrorKind::Refused, after(text, kServerCheckMark)};
  const std::string cause = after(after(text, "last error: "), "Failed to connect to remote host: ");
  for (const Sign& sign : kSigns) {
    if (cause.find(sign.text) != std::string::npos)
      return {sign.kind, "cannot connect: " + (sign.line != nullptr ? sign.line : cause)};
  }
  return {ErrorKind::Unavailable, "cannot connect: " + cause};
}

}  // namespace tandem::wire
