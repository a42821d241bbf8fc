#include "fleet/fleet.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/address.h"
#include "base/error.h"
#include "base/file.h"
#include "base/yaml.h"
#include "fleet/replicas.h"

namespace tandem::fleet {
namespace {

using base::Error;
using base::ErrorKind;
using base::JsonView;

constexpr std::size_t kLargestFileBytes = 4u << 20;
constexpr std::int64_t kMostReplicas = 10'000;

bool is_name(const std::string& text) {
  const auto is_allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= 100 && text.front() != '.' && std::ranges::all_of(text, is_allowed);
}

std::string read_name(const JsonView& view) {
  const std::string name = view.string();
  if (!is_name(name)) view.fail("a name of letters, digits, '-', '_' and '.'");
  return name;
}

std::string read_address(const JsonView& view) {
  const std::string address = view.string(300);
  try {
    if (base::parse_address(address).port > 0) return address;
  } catch (const Error& error) {
    throw error.at(view.where());
  }
  view.fail("a port from 1 to 65535: only an agent that listens may ask for any free one");
}

// The kernel's names are short; one that it does not know leaves its default in place.
std::string read_congestion_control(const JsonView& view) {
  constexpr std::size_t kLongest = 15;  // TCP_CA_NAME_MAX, less the end
  const std::string name = read_name(view);
  if (name.size() > kLongest) view.fail("bbr, cubic, or another name of the kernel's; or system");
  return name == kSystem ? "" : name;
}

// One for each replica.
std::vector<std::string> read_addresses(const JsonView& view) {
  std::vector<std::string> addresses;
  for (const auto& item : view.items(kMostMachines)) {
    const std::string address = read_address(item);
    if (std::ranges::find(addresses, address) != addresses.end()) item.fail("another address than those before it");
    addresses.push_back(address);
  }
  return addresses;
}

Tier read_tier(const JsonView& view) {
  const std::string text = view.string();
  for (const Tier tier : {Tier::Device, Tier::Edge, Tier::Cloud}) {
    if (text == name_of(tier)) return tier;
  }
  view.fail("device, edge or cloud");
}

void read_place(const JsonView& view, Target& target) {
  const auto address = view.find("address");
  const auto addresses = view.find("addresses");
  if (address && addresses) addresses->fail("either 'address' or 'addresses'");
  if (address && address->json().is_array()) address->fail("one address: those of replicas are 'addresses'");
  target.address = !address || address->string() == kHere ? kHere : read_address(*address);
  const auto replicas = view.find("replicas");
  if (replicas) target.replicas = static_cast<std::size_t>(replicas->integer(1, kMostReplicas));
  if (!addresses) return;
  target.addresses = read_addresses(*addresses);
  if (target.addresses.empty()) addresses->fail("at least one address");
  const std::size_t count = target.addresses.size();
  if (replicas && target.replicas != count) replicas->fail(fmt::format("as many as 'addresses' has, {}", count));
  target.replicas = count;
  target.address = target.addresses.front();
  if (count == 1) target.addresses.clear();
}

Target read_target(const JsonView& view) {
  view.allow_only({"name", "tier", "kind", "address", "addresses", "memory_limit_bytes", "compute_watts", "send_watts",
                   "receive_watts", "price_per_hour", "replicas"});
  Target target;
  target.name = read_name(view["name"]);
  target.tier = read_tier(view["tier"]);
  if (const auto kind = view.find("kind")) target.kind = read_name(*kind);
  read_place(view, target);
  const auto read_number = [&](const char* key, double& number) {
    if (const auto value = view.find(key)) number = value->number(0, 1e18);
  };
  read_number("memory_limit_bytes", target.memory_limit_bytes);
  read_number("compute_watts", target.compute_watts);
  read_number("send_watts", target.send_watts);
  read_number("receive_watts", target.receive_watts);
  if (const auto price = view.find("price_per_hour")) target.price_per_hour = price->number(0, 1e12);
  return target;
}

// A target, else all targets of a kind or of a tier.
std::vector<std::size_t> targets_called(const Fleet& fleet, const std::string& name) {
  if (std::ranges::find(fleet.targets, name, &Target::name) != fleet.targets.end()) return {fleet.index_of(name)};
  std::vector<std::size_t> of_kind, of_tier;
  for (std::size_t i = 0; i < fleet.targets.size(); ++i) {
    if (fleet.targets[i].kind == name) of_kind.push_back(i);
    if (name_of(fleet.targets[i].tier) == name) of_tier.push_back(i);
  }
  const auto& found = of_kind.empty() ? of_tier : of_kind;
  if (found.empty()) (void)fleet.index_of(name);  // throws
  return found;
}

Link make_link(const JsonView& view, const Fleet& fleet, std::size_t from, std::size_t to) {
  if (from == to) view.fail("a link to another target");
  if (fleet.targets[from].tier > fleet.targets[to].tier) {
    view.fail("a link to the same or a later tier (device, then edge, then cloud)");
  }
  return {from, to, fleet.targets[to].address, 0, fleet.targets[to].addresses};
}

// One address, or one for each replica that it leads to.
void read_detour(const JsonView& via, Link& link) {
  if (link.addresses.empty()) {
    link.address = read_address(via);
    return;
  }
  const std::size_t count = link.addresses.size();
  if (!via.json().is_array()) via.fail(fmt::format("a list of {} addresses, one for each replica", count));
  link.addresses = read_addresses(via);
  if (link.addresses.size() != count) via.fail(fmt::format("{} addresses, one for each replica", count));
  link.address = link.addresses.front();
}

// One link, or one for each pair where an end is a kind or a tier.
void read_link(const JsonView& view, Fleet& fleet) {
  view.allow_only({"between", "from", "to", "via", "price_per_gb"});
  const auto between = view.find("between");
  if (between && (view.find("from") || view.find("to"))) between->fail("either this or 'from' and 'to'");
  const auto sources = targets_called(fleet, (between ? *between : view["from"]).string());
  const auto ends = targets_called(fleet, (between ? *between : view["to"]).string());
  const bool is_one = sources.size() == 1 && ends.size() == 1;
  if (between && is_one) between->fail("a kind or a tier of several targets");
  const auto via = view.find("via");
  const auto price = view.find("price_per_gb");
  if (via && !is_one) via->fail("none, where the link stands for several");
  if (sources.size() * ends.size() > kMostLinks - fleet.links.size())
    view.fail(fmt::format("at most {} links", kMostLinks));
  for (const std::size_t from : sources) {
    for (const std::size_t to : ends) {
      if (from == to && !is_one) continue;
      fleet.links.push_back(make_link(view, fleet, from, to));
      if (via) read_detour(*via, fleet.links.back());
      if (price) fleet.links.back().price_per_gb = price->number(0, 1e12);
    }
  }
}

void link_all(Fleet& fleet) {
  for (std::size_t from = 0; from < fleet.targets.size(); ++from) {
    for (std::size_t to = 0; to < fleet.targets.size(); ++to) {
      if (fleet.targets[from].tier < fleet.targets[to].tier)
        fleet.links.push_back({from, to, fleet.targets[to].address, 0, fleet.targets[to].addresses});
    }
  }
}

void refuse_twins(const Fleet& fleet, const std::string& source) {
  for (std::size_t i = 0; i < fleet.targets.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (fleet.targets[i].name == fleet.targets[j].name) {
        throw Error(ErrorKind::InvalidInput,
                    fmt::format("{}: target '{}' is listed twice", source, fleet.targets[i].name));
      }
    }
    if (i > 0 && fleet.targets[i].address == kHere) {
      throw Error(ErrorKind::InvalidInput, fmt::format("{}: target '{}' has no address; only the first may run here",
                                                       source, fleet.targets[i].name));
    }
  }
  if (fleet.targets[0].tier != Tier::Device) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: the first target is where requests come from; expected tier device, found {}", source,
                            name_of(fleet.targets[0].tier)));
  }
}

}  // namespace

const char* name_of(Tier tier) {
  switch (tier) {
    case Tier::Device:
      return "device";
    case Tier::Edge:
      return "edge";
    case Tier::Cloud:
      return "cloud";
  }
  return "device";
}

std::size_t Fleet::index_of(const std::string& name) const {
  const auto target = std::ranges::find(targets, name, &Target::name);
  if (target != targets.end()) return static_cast<std::size_t>(target - targets.begin());
  std::vector<std::string> names;
  for (const auto& known : targets) names.push_back(known.name);
  throw Error(ErrorKind::NotFound, fmt::format("no target '{}' in the fleet, expected one of: {}", name.substr(0, 100),
                                               fmt::join(names, ", ")));
}

const Link* Fleet::find_link(std::size_t from, std::size_t to) const {
  const auto link = std::ranges::find_if(links, [&](const Link& each) { return each.from == from && each.to == to; });
  return link == links.end() ? nullptr : &*link;
}

Fleet parse_fleet(const std::string& text, const std::string& source) {
  const base::Json json = base::parse_yaml(text, source);
  const JsonView root(json, source);
  root.allow_only({"targets", "links", "certificates", "congestion_control"});
  Fleet fleet;
  for (const auto& target : root["targets"].items(kMostMachines)) fleet.targets.push_back(read_target(target));
  if (fleet.targets.empty()) root["targets"].fail("at least one target");
  refuse_twins(fleet, source);
  if (const auto links = root.find("links")) {
    for (const auto& link : links->items()) read_link(link, fleet);
  } else {
    link_all(fleet);
  }
  check_replicas(fleet, source);
  if (const auto certificates = root.find("certificates")) fleet.certificates = certificates->string();
  if (const auto control = root.find("congestion_control"))
    fleet.congestion_control = read_congestion_control(*control);
  return fleet;
}

Fleet read_fleet(const std::filesystem::path& path) {
  Fleet fleet = parse_fleet(base::read_file(path, kLargestFileBytes), path.string());
  if (!fleet.certificates.empty() && fleet.certificates.is_relative()) {
    fleet.certificates = path.parent_path() / fleet.certificates;
  }
  return fleet;
}

}  // namespace tandem::fleet
