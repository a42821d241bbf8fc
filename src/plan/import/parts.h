// Steps that importers share: errors, choices among names, chains of blocks, links. Private to plan/import/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plan/import/import.h"

namespace tandem::plan {

inline constexpr std::size_t kMostImportedBlocks = 100'000;  // as many as a problem may have

[[noreturn]] void refuse(const std::string& place, const std::string& what);

// The last part of a path, and that of its folder.
std::string file_name(const std::string& path);
std::string folder_name(const std::string& path);

// The name asked for, or the only one there is. Throws Error(InvalidInput) with the names that exist.
std::string choose(const std::string& what, const std::string& asked, const std::vector<std::string>& known);

void add_once(std::vector<std::string>& names, const std::string& name);

// The tensors of a chain: the input, and the output of each block but the last, sent raw.
void add_chain_tensors(Problem& problem, double input_bytes, const std::vector<double>& output_bytes);

// A tier for each target, in their order. Throws Error(Unsupported) where there are more than tiers.
void give_each_a_tier(Problem& problem, const std::string& source);

// A link from each target to each later one, as `make` says (its ends are set).
void link_to_later(Problem& problem, const std::function<Link(std::size_t from, std::size_t to)>& make);

}  // namespace tandem::plan
