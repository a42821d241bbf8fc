#include "plan/import/portend_files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/json.h"
#include "plan/import/parts.h"
#include "plan/import/pickle.h"

namespace tandem::plan {
namespace {

constexpr double kMostMs = 1e12;
constexpr double kMostBytes = 1e15;
constexpr double kEnvelopeBytes = 100;  // added to each pickle
constexpr std::size_t kMostBranches = 10'000;

std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields(1);
  for (const char letter : text) {
    if (letter == '^') {
      fields.emplace_back();
    } else if (letter != ' ' && letter != '\t' && letter != '\r') {
      fields.back() += letter;
    }
  }
  return fields;
}

double mean_of(const base::JsonView& list) {
  const auto values = list.items(1'000);
  if (values.empty()) list.fail("at least one time");
  double sum = 0;
  for (const auto& value : values) sum += value.number(0, kMostMs);
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::map<std::string, std::vector<std::string>> read_topology(const ImportFile& file) {
  std::map<std::string, std::vector<std::string>> topology;
  const std::string_view content = file.content;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    const std::string_view line = content.substr(begin, end - begin);
    if (const auto arrow = line.find('>'); arrow != std::string_view::npos)
      topology[fields_of(line.substr(0, arrow))[0]] = fields_of(line.substr(arrow + 1));
    begin = end + 1;
  }
  return topology;
}

std::vector<double> read_partitions(const ImportFile& file) {
  const base::Json text = base::parse_json(file.content, file.path);
  const base::Json table = base::parse_json(base::JsonView(text, file.path).string(file.content.size()), file.path);
  const base::JsonView root(table, file.path);
  std::map<std::size_t, double> ms;
  std::size_t last = 0;
  for (const auto& [row, start] : root["partition_start"].members()) {
    const auto first = static_cast<std::size_t>(start.integer(1, kMostBranches));
    const auto end = static_cast<std::size_t>(root["partition_end"][row].integer(1, kMostBranches));
    last = std::max(last, end);
    if (first == end) ms[first] = mean_of(root["latency_partition"][row]);
  }
  std::vector<double> block_ms;
  for (std::size_t block = 1; block <= last; ++block) {
    if (!ms.contains(block)) root["partition_start"].fail(fmt::format("a partition of block {} alone", block));
    block_ms.push_back(ms[block]);
  }
  return block_ms;
}

std::map<std::string, std::vector<Pickle>> read_pickles(const ImportFile& file) {
  const base::Json pickled = read_pickle(file);
  std::map<std::string, std::vector<Pickle>> pickles;
  for (const auto& [model, rows] : base::JsonView(pickled, file.path).members()) {
    for (const auto& row : rows.items(kMostBranches)) {
      const auto cells = row.items(4);
      if (cells.size() != 4) row.fail("place, bytes, time to dump, time to load");
      cells[0].integer(static_cast<std::int64_t>(pickles[model].size()),
                       static_cast<std::int64_t>(pickles[model].size()));
      pickles[model].push_back(
          {cells[1].number(0, kMostBytes) + kEnvelopeBytes, cells[2].number(0, kMostMs), cells[3].number(0, kMostMs)});
    }
  }
  return pickles;
}

}  // namespace tandem::plan
