// The end of a stage: its request goes on to the next hop, and tensors straight to later ones at the same time. Used by
// Agent. Any thread. Private to agent/.
#pragma once

#include "agent/messenger.h"
#include "agent/part_runner.h"
#include "base/error.h"
#include "rpc/messages.h"

namespace tandem::agent {

// Sends what the request's first hop forwards and deposits; returns the reply of the next hop. A deposit that cannot be
// delivered ends the request with its error; those that no request has come for when the reply is there are withdrawn.
// Fills in the report's exchange, encoding, bytes and deposits. Fails as Messenger::run does, and with InvalidInput
// where a tensor is missing.
base::Result<rpc::RunReply> depart(Messenger& messenger, const rpc::RunRequest& request, const TensorByName& tensors,
                                   rpc::HopReport& report);

}  // namespace tandem::agent
