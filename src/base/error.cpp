#include "base/error.h"

namespace tandem::base {

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

}  // namespace tandem::base
