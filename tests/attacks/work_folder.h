// A folder of its own for each run of an attack, removed at its end.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace tandem::attacks {

class WorkFolder {
 public:
  WorkFolder() {
    if (::mkdtemp(path_.data()) == nullptr) throw base::Error(base::ErrorKind::Internal, path_ + ": cannot make it");
  }
  ~WorkFolder() { std::filesystem::remove_all(path_); }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  std::filesystem::path path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "attack-XXXXXX";
};

}  // namespace tandem::attacks
