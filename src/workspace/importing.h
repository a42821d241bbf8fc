// Published measurements of other tools, from files to a problem file: the work of `tandem import`.
#pragma once

#include <string>
#include <vector>

#include "plan/import/import.h"

namespace tandem::workspace {

// Reads the files, and writes the problem to `output` as JSON. Throws base::Error; then nothing is written.
plan::Imported import_problem(const plan::ImportFormat& format, const std::vector<std::string>& paths,
                              const plan::ImportOptions& options, const std::string& output);

}  // namespace tandem::workspace
