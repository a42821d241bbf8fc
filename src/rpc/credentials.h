// Credentials, for users of Peer and Server.
#pragma once

#include "wire/credentials.h"

namespace tandem::rpc {

using wire::Credentials;
using wire::read_credentials;
using wire::Role;
using wire::Roles;

}  // namespace tandem::rpc
