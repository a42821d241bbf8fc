#include "fleet/replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace tandem::fleet {
namespace {

[[noreturn]] void refuse(const std::string& source, const std::string& why) {
  throw base::Error(base::ErrorKind::InvalidInput, source + ": " + why);
}

std::size_t count_of(const Target& target) {
  return std::max<std::size_t>(1, target.addresses.size());
}

void check_names(const Fleet& fleet, const Target& target, const std::string& source) {
  for (const auto& name : machines_of(target)) {
    if (std::ranges::find(fleet.targets, name, &Target::name) != fleet.targets.end())
      refuse(source, fmt::format("target '{}' has the name of a replica of '{}'", name, target.name));
  }
}

std::vector<Target> replicas_of(const Target& target) {
  std::vector<Target> replicas;
  const auto names = machines_of(target);
  for (std::size_t i = 0; i < names.size(); ++i) {
    Target& replica = replicas.emplace_back(target);
    replica.name = names[i];
    if (target.addresses.empty()) continue;
    replica.address = target.addresses[i];
    replica.addresses.clear();
    replica.replicas = 1;
  }
  return replicas;
}

}  // namespace

std::vector<std::string> machines_of(const Target& target) {
  if (target.addresses.empty()) return {target.name};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < target.addresses.size(); ++i) names.push_back(fmt::format("{}.{}", target.name, i + 1));
  return names;
}

Fleet with_replicas_apart(const Fleet& fleet) {
  Fleet apart = fleet;
  apart.targets.clear();
  apart.links.clear();
  std::vector<std::size_t> begins;  // of each target's machines
  for (const auto& target : fleet.targets) {
    begins.push_back(apart.targets.size());
    for (auto& replica : replicas_of(target)) apart.targets.push_back(std::move(replica));
  }
  begins.push_back(apart.targets.size());
  for (const auto& link : fleet.links) {
    for (std::size_t from = begins[link.from]; from < begins[link.from + 1]; ++from) {
      for (std::size_t to = begins[link.to]; to < begins[link.to + 1]; ++to) {
        const auto& address = link.addresses.empty() ? link.address : link.addresses[to - begins[link.to]];
        apart.links.push_back({from, to, address, link.price_per_gb, {}});
      }
    }
  }
  return apart;
}

void check_replicas(const Fleet& fleet, const std::string& source) {
  const Target& first = fleet.targets.at(0);
  if (!first.addresses.empty())
    refuse(source, fmt::format("requests come from '{}': expected one address or none, found {}", first.name,
                               first.addresses.size()));
  std::size_t machines = 0;
  for (const auto& target : fleet.targets) {
    machines += count_of(target);
    if (!target.addresses.empty()) check_names(fleet, target, source);
  }
  if (machines > kMostMachines)
    refuse(source, fmt::format("{} machines, expected at most {}", machines, kMostMachines));
  std::size_t links = 0;
  for (const auto& link : fleet.links) links += count_of(fleet.targets[link.from]) * count_of(fleet.targets[link.to]);
  if (links > kMostLinks) refuse(source, fmt::format("{} links of machines, expected at most {}", links, kMostLinks));
}

}  // namespace tandem::fleet
