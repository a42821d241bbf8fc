#include "workspace/certificates.h"

#include "base/error.h"
#include "wire/certificates.h"

namespace tandem::workspace {

std::vector<std::filesystem::path> issue_missing_certificates(const std::filesystem::path& folder,
                                                              const std::vector<std::string>& names) {
  if (names.empty())
    throw base::Error(base::ErrorKind::InvalidInput, "no names: give --fleet FILE or the targets' names");
  if (!std::filesystem::exists(folder / "ca.pem")) wire::make_authority(folder);
  std::vector<std::filesystem::path> issued;
  for (const auto& name : names) {
    const auto file = folder / (name + ".pem");
    if (std::filesystem::exists(file)) continue;
    wire::issue_certificate(folder, name);
    issued.push_back(file);
  }
  return issued;
}

}  // namespace tandem::workspace
