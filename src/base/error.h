// How Tandem reports failure. Error is an exception for what stops the job: main() turns it into one line on stderr and
// an exit code, the RPC server into a status. Result<T> carries what a distributed system expects to happen (timeouts,
// lost peers, refusals) as a value that the caller has to look at.
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
  Refused,            // not allowed: credentials, fleet membership, insecure listening
  Unavailable,        // a peer was lost or cannot be reached
  DeadlineExceeded,   // the request's deadline passed
  ResourceExhausted,  // a limit on size, queue or memory was hit
  Internal,           // a bug of ours
};

// "invalid input", "deadline exceeded", …: for messages and JSON.
const char* name_of(ErrorKind kind);

// The process exit code that the command line documents for this kind: 3 … 10.
int exit_code_of(ErrorKind kind);

// A message says where, what is wrong, the value seen, what was expected, and, where known, what to do. It is one line
// of at most 2,000 bytes whatever went into it: names and values in it may come from a hostile file or peer.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);
  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  std::string message_;
};

// For main(): says in one line on stderr what stopped `program`, and returns the exit code for it. What is no Error is
// an internal one.
int report_failure(const std::string& program, const std::exception& failure);

// Either a value or the Error that explains its absence.
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
  // The value, or the error thrown.
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
