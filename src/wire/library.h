// Settings of gRPC that hold for the whole process, and its status codes as our errors. Thread-safe. Private to wire/.
#pragma once

#include <string>

#include "base/error.h"

namespace grpc {
class Status;
}

namespace tandem::wire {

// Call it before gRPC is first used: sends its log to ours and allows TLS 1.3 only. Throws Error(Internal) when this
// OpenSSL cannot be held to TLS 1.3.
void prepare_library();

// Our kinds of error are gRPC's status codes, one to one; codes of its own become the nearest kind.
grpc::Status to_status(const base::Error& error);
base::Error to_error(const grpc::Status& status, const std::string& where);

}  // namespace tandem::wire
