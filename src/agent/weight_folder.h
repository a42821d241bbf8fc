// The files of a weight cache, each named by its digest. What is read is a copy that nobody else has a name for,
// checked on the way: a file that changes later changes nothing that is in use. One thread. Private to agent/.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "base/tensor.h"

namespace tandem::agent {

class WeightFolder {
 public:
  // Makes the folder, and removes what processes that are gone left half-written. Throws base::Error.
  WeightFolder(std::filesystem::path path, std::size_t limit_bytes);

  // Whether the file is there and has this digest. A damaged one is removed.
  bool has(const std::string& digest);
  // Its bytes, as uint8; nothing where has() would say no. Throws base::Error when there is no room for the copy.
  std::optional<base::Tensor> read(const std::string& digest);
  // Removes the files that were not used for longest, if need be. Throws base::Error; ResourceExhausted when the bytes
  // alone are beyond the limit.
  void write(const std::string& digest, const base::Tensor& bytes);

 private:
  std::filesystem::path path_of(const std::string& digest) const { return path_ / digest; }
  bool is_file(const std::string& digest) const;
  void remove_damaged(const std::string& digest);
  void make_room(std::size_t bytes);

  const std::filesystem::path path_;
  const std::size_t limit_bytes_;
};

}  // namespace tandem::agent
