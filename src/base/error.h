// How Tandem reports failure. An Error is thrown when the job cannot go on: main() turns it into one line on stderr and
// an exit code, the RPC server into a status. A Result<T> returns the failures that a distributed system expects
// (timeouts, lost peers, refusals) as values that the caller must check.
#pragma once

#include <cassert>
#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace tandem::base {

enum class ErrorKind {
  InvalidInput,       // a file, flag or message that breaks its format or its limits
  NotFound,           // a file, target, stage or peer that is not there
  Unsupported,        // valid, but beyond what this build does
  Refused,            // not allowed: credentials, membership of the fleet, listening without TLS, writing to a folder
  Unavailable,        // a peer, the reader of a pipe or a device was lost or cannot be reached
  DeadlineExceeded,   // the request's deadline passed
  ResourceExhausted,  // a limit on size, queue or memory was hit, or a disk is full
  Internal,           // a bug of ours
};

// "invalid input", "deadline exceeded", …: for messages and JSON.
const char* name_of(ErrorKind kind);

// A peer was lost or late: another attempt, or another machine, may answer.
inline bool is_loss(ErrorKind kind) {
  return kind == ErrorKind::Unavailable || kind == ErrorKind::DeadlineExceeded;
}

// The process exit code that the command line documents for this kind: 3 … 10.
int exit_code_of(ErrorKind kind);

// The kind of a system call's failure, by its errno.
ErrorKind kind_of_errno(int number);

// A message states the place, the fault, the value found, the value expected and, where known, the remedy. Since names
// and values may come from a hostile file or peer, it is cut to one line of at most 2,000 bytes without control
// characters.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);
  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // The same kind of error, with "place: " before its message.
  Error at(const std::string& place) const { return {kind_, place + ": " + message_}; }

 private:
  ErrorKind kind_;
  std::string message_;
};

// For main(): prints "program: message" on stderr, one line, and returns the exit code. Any exception other than an
// Error counts as Internal. With `prints_json` also a JSON object on stdout (docs/formats.md, "Errors").
int report_failure(const std::string& program, const std::exception& failure, bool prints_json = false);
// That object: {"error": {"kind", "message", "exit_code"}}, indented.
std::string failure_json(const std::string& kind, const std::string& message, int exit_code);

// Either a value or the Error that explains its absence. Check ok() before value() or error().
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}
  Result(Error error) : content_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(content_); }
  explicit operator bool() const { return ok(); }
  const T& value() const {
    assert(ok());
    return std::get<T>(content_);
  }
  T& value() {
    assert(ok());
    return std::get<T>(content_);
  }
  const Error& error() const {
    assert(!ok());
    return std::get<Error>(content_);
  }
  // The value; throws the error when there is none.
  T take() && {
    if (!ok()) throw error();
    return std::move(std::get<T>(content_));
  }

 private:
  std::variant<T, Error> content_;
};

struct Nothing {};
using Status = Result<Nothing>;

}  // namespace tandem::base
