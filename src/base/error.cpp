#include "base/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/caught.h"
#include "base/printable.h"

namespace tandem::base {
namespace {

constexpr std::size_t kLongestMessage = 2000;

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  text = printable(text);
  if (text.size() <= kLongestMessage) return text;
  std::size_t end = kLongestMessage - 3;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // never within a character
  return text.substr(0, end) + "...";
}

}  // namespace

Error::Error(ErrorKind kind, std::string message) : kind_(kind), message_(one_line(std::move(message))) {}

const char* name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput:
      return "invalid input";
    case ErrorKind::NotFound:
      return "not found";
    case ErrorKind::Unsupported:
      return "unsupported";
    case ErrorKind::Refused:
      return "refused";
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::DeadlineExceeded:
      return "deadline exceeded";
    case ErrorKind::ResourceExhausted:
      return "resource exhausted";
    case ErrorKind::Internal:
      return "internal error";
  }
  return "internal error";
}

int exit_code_of(ErrorKind kind) {
  return 3 + static_cast<int>(kind);
}

ErrorKind kind_of_errno(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::NotFound;
    case EACCES:
    case EPERM:
    case EROFS:
    case EEXIST:
      return ErrorKind::Refused;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EMLINK:
    case ENOBUFS:
    case EAGAIN:  // of processes and threads
      return ErrorKind::ResourceExhausted;
    case EISDIR:
    case ELOOP:
    case EINVAL:
    case ENAMETOOLONG:
      return ErrorKind::InvalidInput;
    case ENOSYS:
    case EOPNOTSUPP:
      return ErrorKind::Unsupported;
    default:
      return ErrorKind::Unavailable;
  }
}

int report_failure(const std::string& program, const std::exception& failure, bool prints_json) {
  const Error error = error_of(failure);
  const bool is_ours = error.kind() != ErrorKind::Internal || dynamic_cast<const Error*>(&failure) != nullptr;
  const int code = exit_code_of(error.kind());
  // Not by fmt::print, which throws where the stream is full or closed.
  std::fputs(fmt::format("{}: {}{}\n", program, is_ours ? "" : "internal error: ", error.message()).c_str(), stderr);
  if (prints_json) std::puts(failure_json(name_of(error.kind()), error.message(), code).c_str());
  return code;
}

std::string failure_json(const std::string& kind, const std::string& message, int exit_code) {
  const nlohmann::ordered_json json = {{"error", {{"kind", kind}, {"message", message}, {"exit_code", exit_code}}}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tandem::base
