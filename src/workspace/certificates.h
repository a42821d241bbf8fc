// The certificates of a fleet's targets: the work of `tandem certs`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tandem::workspace {

// Makes an authority in `folder` where there is none, and a certificate for each name that has none. Returns the new
// certificates' files. Throws base::Error, InvalidInput when there is no name.
std::vector<std::filesystem::path> issue_missing_certificates(const std::filesystem::path& folder,
                                                              const std::vector<std::string>& names);

}  // namespace tandem::workspace
