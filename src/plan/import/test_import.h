// Files and messages for the tests of importers. Private to plan/import/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/test_files.h"
#include "plan/import/import.h"

namespace tandem::plan {

inline std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// Of an import that is refused.
inline std::string complaint_of(Imported (*import)(const std::vector<ImportFile>&, const ImportOptions&),
                                const std::vector<ImportFile>& files, const ImportOptions& options = {}) {
  return base::message_of([&] { import(files, options); });
}

}  // namespace tandem::plan
