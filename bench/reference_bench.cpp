// Models with reference answers, run whole as `tandem run` runs them: how many match, and why the others do not.
//
//   reference_bench FOLDER [--json]
//
// Debian's package libonnx-testdata has ONNX's own: /usr/share/libonnx-testdata/data. Ends with 1 when one that ONNX
// Runtime passes does not match.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

#include "base/json.h"
#include "cli/command_line.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "reference_cases.h"

namespace tandem::bench {
namespace {

using Counts = std::map<std::string, std::size_t>;

Counts counts_of(const std::vector<CaseResult>& results) {
  Counts counts;
  for (const auto& result : results) ++counts[name_of(result.outcome)];
  return counts;
}

base::Json json_of(const std::vector<CaseResult>& results) {
  base::Json cases = base::Json::array();
  for (const auto& result : results)
    cases.push_back({{"case", result.name}, {"outcome", name_of(result.outcome)}, {"reason", result.reason}});
  return {{"cases", results.size()}, {"outcomes", counts_of(results)}, {"list", cases}};
}

void print(const std::vector<CaseResult>& results) {
  for (const auto& result : results) {
    if (result.outcome != Outcome::Matches)
      fmt::print("{}: {}: {}\n", result.name, name_of(result.outcome), result.reason);
  }
  fmt::print("{} cases\n", results.size());
  for (const auto& [name, count] : counts_of(results)) fmt::print("{:>5} {}\n", count, name);
}

bool is_bad(const CaseResult& result) {
  return result.outcome == Outcome::Differs || result.outcome == Outcome::Fails;
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Models with reference answers, run whole");
  cli::Command application = command_line.root();
  std::string folder;
  bool json = false;
  application.add_option("folder", folder).required();
  application.add_flag("--json", json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  const auto engine = engine::onnx_runtime({1});
  const auto results = bench::run_reference_cases(folder, *engine);
  json ? fmt::print("{}\n", bench::json_of(results).dump(1)) : bench::print(results);
  return std::ranges::any_of(results, bench::is_bad) ? 1 : 0;
}
