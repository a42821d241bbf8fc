// What the child does that holds a network namespace, and its messages to the parent: network_namespace.h. Private to
// link/.
#pragma once

#include <sys/socket.h>

#include <vector>

#include "link/network_namespace.h"

namespace tandem::link {

// What a message says failed, or that a device comes with it.
enum class HolderStep { MakeNamespace, MapUser, OpenDevice, Configure, Done };

struct HolderMessage {
  HolderStep step;
  int error;  // errno; 0: a device comes with it
};

// Room for one descriptor beside a message.
union DescriptorControl {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// Makes the namespace and its devices, sends each, and waits for the channel's end. It calls the system only, since
// other threads of the process may have held locks when it was forked.
[[noreturn]] void hold_namespace(int channel, const std::vector<TunDevice>& devices);

}  // namespace tandem::link
