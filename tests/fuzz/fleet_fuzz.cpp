// Reads spoilt fleet files.
#include "base/error.h"
#include "fleet/fleet.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)tandem::fleet::parse_fleet(std::string(reinterpret_cast<const char*>(data), size), "fleet.yaml");
  } catch (const tandem::base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  const std::string full = R"(# a comment
targets:
  - {name: device, tier: device}
  - {name: edge-1, tier: edge, address: "10.0.0.2:7102"}
  - name: cloud
    tier: cloud
    address: "[::1]:7103"
links:
  - {from: device, to: edge-1, via: "127.0.0.1:7202"}
  - {from: edge-1, to: cloud}
certificates: certs
)";
  const std::string anchors = R"(
targets: &all
  - &first {name: a, tier: device, address: here}
  - {<<: *first, name: b}
links: []
other: [*all, *all, ~, !!str 1, 'text', "tab\t\u20ac"]
)";
  const std::string unlinked = "targets: [{name: a, tier: device}, {name: b, tier: edge, address: 'h:1'}]\n";
  const std::string blocks =
      "targets:\n- name: |\n    a\n    b\n  tier: >-\n    device\n? complex\n: value\n--- \n...\n";
  return {full, anchors, unlinked, blocks, "{\"targets\": [{\"name\": \"a\", \"tier\": \"device\"}]}"};
}
