// A folder for temporary files that only this user may enter, under a name that nobody can guess; removed with its
// owner. For whatever has to write files that are not the user's: traces of engines, benchmarks.
#pragma once

#include <filesystem>
#include <string>

namespace tandem::base {

class PrivateFolder {
 public:
  // Below $TMPDIR, else /tmp. Throws Error with the kind of the system's failure.
  explicit PrivateFolder(const std::string& purpose);
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tandem::base
