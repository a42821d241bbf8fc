#include "base/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "base/file.h"

namespace tandem::base {
namespace {

std::filesystem::path place() {
  const char* const given = std::getenv("TMPDIR");
  return given != nullptr && *given != '\0' ? given : "/tmp";
}

}  // namespace

PrivateFolder::PrivateFolder(const std::string& purpose) {
  std::string name = (place() / fmt::format("tandem-{}-XXXXXX", purpose)).string();
  if (::mkdtemp(name.data()) == nullptr) throw file_error(place(), "make a temporary folder there");
  path_ = name;
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tandem::base
