// Lists of a problem's targets, links and blocks in texts, by name and with commas. For the readers and writers of
// constraints and objectives. Private to plan/problem/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/problem/problem.h"
#include "plan/problem/text_reader.h"

namespace tandem::plan {

// Each reads a list and returns indices, ascending and distinct. A tier stands for its targets, a layer for its block.
// Throw Error(InvalidInput) on an unknown name.
std::vector<std::size_t> read_targets(const Problem& problem, TextReader& reader);
std::vector<std::size_t> read_links(const Problem& problem, TextReader& reader);
std::vector<std::size_t> read_blocks(const Problem& problem, TextReader& reader, const WrittenName& first);

// The same lists as text.
std::string target_list(const Problem& problem, const std::vector<std::size_t>& targets);
std::string link_list(const Problem& problem, const std::vector<std::size_t>& links);
std::string block_list(const Problem& problem, const std::vector<std::size_t>& blocks);
std::string in_brackets(const std::string& list);  // "" of an empty list

}  // namespace tandem::plan
