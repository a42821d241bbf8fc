// What has to be settled once per process before gRPC is used: its log goes to ours, TLS is 1.3 or nothing.
// Thread-safe. Private to rpc/.
#pragma once

#include <string>

#include "base/error.h"

namespace grpc {
class Status;
}

namespace tandem::rpc {

// Throws Error(Internal) when this OpenSSL cannot be held to TLS 1.3.
void prepare_library();

// Our kinds of error are gRPC's status codes, one to one; codes of its own become the nearest kind.
grpc::Status to_status(const base::Error& error);
base::Error to_error(const grpc::Status& status, const std::string& where);

}  // namespace tandem::rpc
