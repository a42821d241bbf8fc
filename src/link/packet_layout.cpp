#include "link/packet_layout.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace tandem::link {
namespace {

using Names = std::vector<std::string>;

std::uint32_t address_of(const Names& names, const std::string& name) {
  constexpr std::uint32_t kFirst = (10U << 24) + (77U << 16) + 1;  // 10.77.0.1
  return kFirst + static_cast<std::uint32_t>(std::ranges::find(names, name) - names.begin());
}

std::string text_of(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

// The names of the namespaces, in the order of the links.
std::vector<std::string> names_in(const PacketNetworkOptions& options) {
  std::vector<std::string> names;
  for (const PacketLinkOptions& link : options.links) {
    for (const std::string& name : {link.one, link.other}) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

NamespaceLayout layout_of(const std::string& self, const Names& names, const PacketNetworkOptions& options) {
  const std::uint32_t address = address_of(names, self);
  NamespaceLayout layout{.name = self, .address = text_of(address), .devices = {}, .places = {}};
  for (std::size_t i = 0; i < options.links.size(); ++i) {
    const PacketLinkOptions& link = options.links[i];
    if (self != link.one && self != link.other) continue;
    const bool is_first = self == link.one;
    layout.devices.push_back(
        {fmt::format("tandem{}", i), address, address_of(names, is_first ? link.other : link.one)});
    layout.places.push_back({i, is_first ? 0U : 1U});
  }
  return layout;
}

}  // namespace

std::vector<NamespaceLayout> layouts_of(const PacketNetworkOptions& options) {
  const Names names = names_in(options);
  std::vector<NamespaceLayout> layouts;
  for (const std::string& name : names) layouts.push_back(layout_of(name, names, options));
  return layouts;
}

}  // namespace tandem::link
