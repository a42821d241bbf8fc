// The weights of a process, by digest: each is held once, however many parts use it. In memory, or as files of a cache
// folder, which outlive the process. A file is mapped while a part is loaded and released afterwards, because the
// engine then has a rearranged copy of its own. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace tandem::agent {

class WeightStore {
 public:
  // An empty folder name: in memory. `limit_bytes` bounds the bytes of all weights together.
  explicit WeightStore(std::filesystem::path folder = {}, std::size_t limit_bytes = std::size_t{64} << 30);

  // Whether get() would find it; makes the same checks.
  bool has(const std::string& digest);

  // The caller has verified the digest. Putting it again does nothing. Fails with ResourceExhausted beyond the limit.
  base::Status put(const std::string& digest, const base::Tensor& bytes);

  // The weight as a tensor of `type`. Fails with NotFound, or InvalidInput when its size is another. A cached file is
  // checked against its digest the first time that this process uses it; a damaged one is removed and not found.
  base::Result<base::Tensor> get(const std::string& digest, const base::TensorType& type);

  // The bytes of that digest, as uint8. Fails with NotFound.
  base::Result<base::Tensor> get(const std::string& digest);

  // Gives the pages of mapped weights back to the system, which reads them from the file again at their next use.
  void let_go(const std::vector<base::NamedTensor>& weights) const;

  // $TANDEM_CACHE, else $XDG_CACHE_HOME/tandem/weights, else ~/.cache/tandem/weights.
  static std::filesystem::path default_folder();

 private:
  std::filesystem::path path_of(const std::string& digest) const { return folder_ / digest; }
  base::Result<base::Tensor> find(const std::string& digest);

  std::filesystem::path folder_;
  std::size_t limit_bytes_;
  mutable std::mutex mutex_;
  std::size_t held_bytes_ = 0;                   // an upper bound where other processes write to the folder too
  std::map<std::string, base::Tensor> weights_;  // in memory, or mapped and checked
};

}  // namespace tandem::agent
