// Network namespaces joined by emulated links of packets: whatever TCP does on a real network, it does here. One thread
// reads each packet from a TUN device, passes it through the link's model, and writes it to the other namespace's.
// `tandem link --packets` is its command line. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "link/conditions.h"
#include "link/running_link.h"

namespace tandem::link {

struct PacketLinkOptions {
  std::string one;    // name of a namespace: letters, digits and underscores, at most 32
  std::string other;  // up is from one to other
  LinkConditions conditions;
};

struct PacketNetworkOptions {
  std::vector<PacketLinkOptions> links;  // at most 64; at most one between two namespaces
  std::uint64_t seed = 1;                // of jitter, losses, reordering and duplicates
};

// Throws Error(InvalidInput) unless the options are as above and their conditions pass check().
void check(const PacketNetworkOptions& options);

// Reads {"links": [{"between": [NAME, NAME], and conditions}]}, YAML or JSON. Throws Error(InvalidInput).
PacketNetworkOptions read_network(const base::JsonView& view);

class PacketNetwork {
 public:
  struct Namespace {
    std::string name;
    pid_t process;        // that holds it, for nsenter and enter_network_of()
    std::string address;  // IPv4
  };

  // In the order in which links name them, addresses are 10.77.0.1, 10.77.0.2, …. A namespace reaches those to which it
  // has a link. Throws Error(InvalidInput), and as NetworkNamespace does.
  explicit PacketNetwork(const PacketNetworkOptions& options);
  ~PacketNetwork();
  PacketNetwork(const PacketNetwork&) = delete;
  PacketNetwork& operator=(const PacketNetwork&) = delete;

  std::span<const Namespace> namespaces() const;
  const Namespace& find_namespace(const std::string& name) const;  // throws Error(NotFound)

  std::vector<std::string> link_names() const;      // "one-other"
  RunningLink& find_link(const std::string& name);  // throws Error(NotFound)

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// {"namespaces": [{"name", "process", "address"}], "links": [NAME]}
base::Json to_json(const PacketNetwork& network);

}  // namespace tandem::link
