#include "plan/problem/name_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace tandem::plan {
namespace {

constexpr std::size_t kMostNamesListed = 12;

// A set of indices into a list.
class IndexSet {
 public:
  explicit IndexSet(std::size_t size) : contains_(size) {}

  void add(const std::vector<std::size_t>& indices) {
    for (const std::size_t index : indices) contains_[index] = true;
  }

  std::vector<std::size_t> ascending() const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < contains_.size(); ++i) {
      if (contains_[i]) indices.push_back(i);
    }
    return indices;
  }

 private:
  std::vector<bool> contains_;
};

std::string known_places(const Problem& problem) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const auto& target : problem.targets) names.push_back(target.name);
  if (names.size() > kMostNamesListed) return "the name of a target or a tier";
  for (const auto& target : problem.targets) add(target.kind);
  for (const auto& tier : problem.tiers) add(tier);
  if (names.size() > kMostNamesListed) return "the name of a target or a tier";
  return fmt::format("one of: {}", fmt::join(names, ", "));
}

template <class Is>
std::vector<std::size_t> targets_where(const Problem& problem, const Is& is) {
  std::vector<std::size_t> targets;
  for (std::size_t i = 0; i < problem.targets.size(); ++i) {
    if (is(problem.targets[i])) targets.push_back(i);
  }
  return targets;
}

std::vector<std::size_t> targets_called(const Problem& problem, const TextReader& reader, const std::string& name) {
  const auto target = std::ranges::find(problem.targets, name, &Target::name);
  if (target != problem.targets.end()) return {static_cast<std::size_t>(target - problem.targets.begin())};
  auto of_kind = targets_where(problem, [&](const Target& each) { return !name.empty() && each.kind == name; });
  if (!of_kind.empty()) return of_kind;
  if (std::ranges::find(problem.tiers, name) == problem.tiers.end()) {
    reader.fail(fmt::format("no target or tier is called '{}', expected {}", abbreviated(name), known_places(problem)));
  }
  auto of_tier = targets_where(problem, [&](const Target& each) { return problem.tiers[each.tier] == name; });
  if (of_tier.empty()) reader.fail(fmt::format("no target is of the tier '{}'", name));
  return of_tier;
}

std::vector<std::size_t> read_link(const Problem& problem, TextReader& reader) {
  const std::string from = reader.name("a link FROM->TO").text;
  reader.expect("->");
  const std::string to = reader.name("where the link leads to").text;
  const auto sources = targets_called(problem, reader, from);
  const auto destinations = targets_called(problem, reader, to);
  std::vector<std::size_t> links;
  for (std::size_t i = 0; i < problem.links.size(); ++i) {
    const bool is_meant = std::ranges::binary_search(sources, problem.links[i].from) &&
                          std::ranges::binary_search(destinations, problem.links[i].to);
    if (is_meant) links.push_back(i);
  }
  if (links.empty()) reader.fail(fmt::format("no link leads from '{}' to '{}'", from, to));
  return links;
}

// "3" or "3-7"; `last` is included.
struct LayerNumbers {
  std::size_t first = 0;
  std::size_t last = 0;
};

std::optional<LayerNumbers> layer_numbers(std::string_view text) {
  LayerNumbers numbers;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, numbers.first);
  if (first.ec != std::errc()) return std::nullopt;
  numbers.last = numbers.first;
  if (first.ptr == end) return numbers;
  if (*first.ptr != '-') return std::nullopt;
  const auto last = std::from_chars(first.ptr + 1, end, numbers.last);
  if (last.ec != std::errc() || last.ptr != end) return std::nullopt;
  return numbers;
}

bool holds(const Block& block, std::size_t layer) {
  return block.first <= layer && layer < block.last;
}

std::vector<std::size_t> blocks_of(const Problem& problem, const TextReader& reader, const LayerNumbers& layers) {
  if (layers.first > layers.last) {
    reader.fail(fmt::format("expected the smaller layer first, found {}-{}", layers.first, layers.last));
  }
  for (const std::size_t layer : {layers.first, layers.last}) {
    if (std::ranges::none_of(problem.blocks, [&](const Block& block) { return holds(block, layer); })) {
      const std::size_t count = problem.blocks.empty() ? 0 : std::ranges::max(problem.blocks, {}, &Block::last).last;
      reader.fail(fmt::format("the model has no layer {}, its layers are 0 to {}", layer, count - 1));
    }
  }
  std::vector<std::size_t> blocks;
  for (std::size_t i = 0; i < problem.blocks.size(); ++i) {
    if (problem.blocks[i].first <= layers.last && problem.blocks[i].last > layers.first) blocks.push_back(i);
  }
  return blocks;
}

std::string known_blocks(const Problem& problem) {
  if (problem.blocks.size() > kMostNamesListed) return "a layer number, a range of them or the name of a block";
  std::vector<std::string> names;
  for (const auto& block : problem.blocks) names.push_back(block.name);
  return fmt::format("a layer number, a range of them or one of: {}", fmt::join(names, ", "));
}

std::vector<std::size_t> blocks_called(const Problem& problem, const TextReader& reader, const WrittenName& name) {
  if (!name.is_quoted) {
    if (const auto layers = layer_numbers(name.text)) return blocks_of(problem, reader, *layers);
  }
  const auto block = std::ranges::find(problem.blocks, name.text, &Block::name);
  if (block == problem.blocks.end()) {
    reader.fail(fmt::format("no block is called '{}', expected {}", abbreviated(name.text), known_blocks(problem)));
  }
  return {static_cast<std::size_t>(block - problem.blocks.begin())};
}

// A name as TextReader::name reads it, in quotes where needed.
std::string written(const std::string& name) {
  const bool is_plain =
      !name.empty() && name.find("->") == std::string::npos && name.find_first_of(" \t,'\"()<>") == std::string::npos;
  if (is_plain) return name;
  return name.find('\'') == std::string::npos ? fmt::format("'{}'", name) : fmt::format("\"{}\"", name);
}

std::string written_block(const std::string& name) {
  return name == "on" || layer_numbers(name) ? fmt::format("'{}'", name) : written(name);
}

}  // namespace

std::vector<std::size_t> read_targets(const Problem& problem, TextReader& reader) {
  IndexSet targets(problem.targets.size());
  do {
    targets.add(targets_called(problem, reader, reader.name("the name of a target or a tier").text));
  } while (reader.take(","));
  return targets.ascending();
}

std::vector<std::size_t> read_links(const Problem& problem, TextReader& reader) {
  IndexSet links(problem.links.size());
  do {
    links.add(read_link(problem, reader));
  } while (reader.take(","));
  return links.ascending();
}

std::vector<std::size_t> read_blocks(const Problem& problem, TextReader& reader, const WrittenName& first) {
  IndexSet blocks(problem.blocks.size());
  blocks.add(blocks_called(problem, reader, first));
  while (reader.take(",")) blocks.add(blocks_called(problem, reader, reader.name("a layer or a block")));
  return blocks.ascending();
}

std::string target_list(const Problem& problem, const std::vector<std::size_t>& targets) {
  std::vector<std::string> names;
  for (const std::size_t target : targets) names.push_back(written(problem.targets[target].name));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string link_list(const Problem& problem, const std::vector<std::size_t>& links) {
  std::vector<std::string> names;
  for (const std::size_t index : links) {
    const Link& link = problem.links[index];
    names.push_back(written(problem.targets[link.from].name) + "->" + written(problem.targets[link.to].name));
  }
  return fmt::format("{}", fmt::join(names, ","));
}

std::string block_list(const Problem& problem, const std::vector<std::size_t>& blocks) {
  std::vector<std::string> names;
  for (const std::size_t block : blocks) names.push_back(written_block(problem.blocks[block].name));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string in_brackets(const std::string& list) {
  return list.empty() ? "" : fmt::format("({})", list);
}

}  // namespace tandem::plan
