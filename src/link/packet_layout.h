// Which namespaces a network of links has, with their addresses and devices. Pure. Private to link/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "link/network_namespace.h"
#include "link/packet_network.h"

namespace tandem::link {

struct NamespaceLayout {
  struct Place {
    std::size_t link;
    std::size_t side;  // 0: the link goes up from here
  };
  std::string name;
  std::string address;
  std::vector<TunDevice> devices;  // one for each of its links
  std::vector<Place> places;       // of the devices
};

// In the order in which the links name them. The options have passed check().
std::vector<NamespaceLayout> layouts_of(const PacketNetworkOptions& options);

}  // namespace tandem::link
