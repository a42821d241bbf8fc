#include "workspace/importing.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "plan/problem/problem_json.h"

namespace tandem::workspace {
namespace {

constexpr std::size_t kLargestFileBytes = 256u << 20;

}  // namespace

plan::Imported import_problem(const plan::ImportFormat& format, const std::vector<std::string>& paths,
                              const plan::ImportOptions& options, const std::string& output) {
  base::require_folder_of(output);
  std::vector<plan::ImportFile> files;
  for (const auto& path : paths) files.push_back({path, base::read_file(path, kLargestFileBytes)});
  plan::Imported imported = format.import(files, options);
  base::write_file(output, plan::to_json(imported.problem).dump(1) + "\n");
  return imported;
}

}  // namespace tandem::workspace
