#include "plan/import/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace tandem::plan {

using base::Error;
using base::ErrorKind;

void refuse(const std::string& place, const std::string& what) {
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: {}", place, what));
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string folder_name(const std::string& path) {
  const auto end = path.rfind('/');
  return end == std::string::npos ? "" : file_name(path.substr(0, end));
}

std::string choose(const std::string& what, const std::string& asked, const std::vector<std::string>& known) {
  if (known.empty()) throw Error(ErrorKind::InvalidInput, fmt::format("the files have no {}", what));
  if (asked.empty() && known.size() == 1) return known[0];
  if (std::ranges::find(known, asked) != known.end()) return asked;
  constexpr std::size_t kMostListed = 40;
  const std::vector<std::string> listed(known.begin(), known.begin() + std::min(known.size(), kMostListed));
  throw Error(ErrorKind::InvalidInput,
              fmt::format("{}: expected one of {}",
                          asked.empty() ? fmt::format("no --{}", what) : fmt::format("--{} {}", what, asked),
                          fmt::join(listed, ", ")));
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

void add_chain_tensors(Problem& problem, double input_bytes, const std::vector<double>& output_bytes) {
  problem.tensors.push_back({"input", kNone, {0}, {{kRaw, input_bytes}}});
  for (std::size_t i = 0; i + 1 < problem.blocks.size(); ++i)
    problem.tensors.push_back({problem.blocks[i].name, i, {i + 1}, {{kRaw, output_bytes[i]}}});
}

void give_each_a_tier(Problem& problem, const std::string& source) {
  if (problem.targets.size() > kMostTiers)
    throw Error(ErrorKind::Unsupported, fmt::format("{}: {} machines in a row, expected at most {}", source,
                                                    problem.targets.size(), kMostTiers));
  for (std::size_t i = 0; i < problem.targets.size(); ++i) {
    problem.tiers.push_back(problem.targets[i].name);
    problem.targets[i].tier = i;
  }
}

void link_to_later(Problem& problem, const std::function<Link(std::size_t from, std::size_t to)>& make) {
  for (std::size_t from = 0; from < problem.targets.size(); ++from) {
    for (std::size_t to = from + 1; to < problem.targets.size(); ++to) {
      problem.links.push_back(make(from, to));
      problem.links.back().from = from;
      problem.links.back().to = to;
    }
  }
}

}  // namespace tandem::plan
