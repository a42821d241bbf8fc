#include "wire/library.h"

#include <cstring>
#include <memory>
#include <mutex>

#include <absl/synchronization/mutex.h>
#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/support/status.h>
#include <openssl/conf.h>
#include <openssl/ssl.h>

#include "base/log.h"
#include "wire/connect_failure.h"

namespace tandem::wire {
namespace {

using base::Error;
using base::ErrorKind;

// gRPC 1.51 has no public way to set the least TLS version, and sets 1.2 itself. But it does not enable protocols that
// OpenSSL's own configuration disables for every context of the process (config(5), ssl module): TLS 1.2 is disabled
// there.
constexpr const char* kOpensslConfiguration =
    "openssl_conf = tandem\n"
    "[tandem]\nssl_conf = contexts\n"
    "[contexts]\nsystem_default = every_context\n"
    "[every_context]\nProtocol = -ALL, TLSv1.3\nCipherString = DEFAULT@SECLEVEL=2\n";

template <auto release>
struct Release {
  template <class T>
  void operator()(T* pointer) const {
    release(pointer);
  }
};

bool refuses_tls_1_2() {
  const std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>> context(SSL_CTX_new(TLS_method()));
  return context != nullptr && (SSL_CTX_get_options(context.get()) & SSL_OP_NO_TLSv1_2) != 0;
}

void require_tls_1_3() {
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr);  // the system's configuration first, or it would overwrite ours
  const std::unique_ptr<BIO, Release<BIO_vfree>> text(BIO_new_mem_buf(kOpensslConfiguration, -1));
  const std::unique_ptr<CONF, Release<NCONF_free>> configuration(NCONF_new(nullptr));
  const bool is_loaded = NCONF_load_bio(configuration.get(), text.get(), nullptr) == 1 &&
                         CONF_modules_load(configuration.get(), nullptr, 0) == 1;
  if (!is_loaded || !refuses_tls_1_2()) {
    throw Error(ErrorKind::Internal, "TLS: this OpenSSL cannot be held to TLS 1.3");
  }
}

void log_from_grpc(gpr_log_func_args* line) {
  base::log(base::LogLevel::Debug, "grpc: {}", line->message);
}

grpc::StatusCode code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorKind::NotFound:
      return grpc::StatusCode::NOT_FOUND;
    case ErrorKind::Unsupported:
      return grpc::StatusCode::UNIMPLEMENTED;
    case ErrorKind::Refused:
      return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorKind::Unavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case ErrorKind::DeadlineExceeded:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorKind::ResourceExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorKind::Internal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

ErrorKind kind_of(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return ErrorKind::InvalidInput;
    case grpc::StatusCode::NOT_FOUND:
      return ErrorKind::NotFound;
    case grpc::StatusCode::UNIMPLEMENTED:
      return ErrorKind::Unsupported;
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return ErrorKind::Refused;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::OK:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::ABORTED:
      return ErrorKind::Unavailable;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return ErrorKind::DeadlineExceeded;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return ErrorKind::ResourceExhausted;
    default:
      return ErrorKind::Internal;
  }
}

// gRPC's own words are kept as far as they say why.
std::string reason_of(const grpc::Status& status) {
  const std::string& message = status.error_message();
  if (message.empty()) return "the connection was lost";
  if (message == "Deadline Exceeded") return "no answer by the deadline";
  return message;
}

}  // namespace

void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(log_from_grpc);
    // Debian's absl looks for lock cycles at every lock, for gRPC's own sake: a tenth of the time of a small message.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    require_tls_1_3();
  });
}

grpc::Status to_status(const Error& error) {
  return grpc::Status(code_of(error.kind()), error.message());
}

Error to_error(const grpc::Status& status, const std::string& where) {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE && is_connect_failure(status.error_message()))
    return connect_failure(status.error_message()).at(where);
  return Error(kind_of(status), fmt::format("{}: {}", where, reason_of(status)));
}

}  // namespace tandem::wire
