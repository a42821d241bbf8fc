#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link/packet_network.h"

namespace tandem::link {
namespace {

constexpr std::size_t kMaxLinks = 64;
constexpr std::size_t kMaxName = 32;

base::Error invalid(std::string message) {
  return {base::ErrorKind::InvalidInput, std::move(message)};
}

bool is_name(const std::string& name) {
  const auto may_stand = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, may_stand);
}

void check(const PacketLinkOptions& link) {
  for (const std::string& name : {link.one, link.other}) {
    if (is_name(name)) continue;
    throw invalid(fmt::format("link: namespace '{}', expected letters, digits and underscores, at most {}",
                              name.substr(0, 60), kMaxName));
  }
  if (link.one == link.other) throw invalid(fmt::format("link from '{}' to itself, expected two namespaces", link.one));
  link::check(link.conditions, Carrier::Packets).take();
}

bool join_the_same(const PacketLinkOptions& a, const PacketLinkOptions& b) {
  return (a.one == b.one && a.other == b.other) || (a.one == b.other && a.other == b.one);
}

}  // namespace

void check(const PacketNetworkOptions& options) {
  if (options.links.empty() || options.links.size() > kMaxLinks) {
    throw invalid(fmt::format("{} links, expected 1 to {}", options.links.size(), kMaxLinks));
  }
  for (auto link = options.links.begin(); link != options.links.end(); ++link) {
    check(*link);
    const auto is_same = [&](const PacketLinkOptions& other) { return join_the_same(*link, other); };
    if (std::any_of(options.links.begin(), link, is_same)) {
      throw invalid(fmt::format("two links between '{}' and '{}', expected one", link->one, link->other));
    }
  }
}

PacketNetworkOptions read_network(const base::JsonView& view) {
  view.allow_only({"links"});
  PacketNetworkOptions options;
  for (const base::JsonView& item : view["links"].items(kMaxLinks)) {
    const std::vector<base::JsonView> ends = item["between"].items(2);
    if (ends.size() != 2) item["between"].fail("two names");
    base::Json conditions = item.json();
    conditions.erase("between");
    options.links.push_back({ends[0].string(), ends[1].string(),
                             read_conditions(base::JsonView(conditions, item.where()), Carrier::Packets)});
  }
  check(options);
  return options;
}

}  // namespace tandem::link
