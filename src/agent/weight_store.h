// The weights of a process, by digest: each is held once, however many parts use it. In memory, or from the files of a
// cache folder, which outlive the process. Those are mapped while a part uses them; their pages are released once it is
// loaded, because the engine then has a rearranged copy of its own. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/weight_folder.h"
#include "base/error.h"
#include "base/tensor.h"

namespace tandem::agent {

class WeightStore {
 public:
  // An empty folder name: in memory. `limit_bytes` bounds the bytes of all weights together.
  explicit WeightStore(const std::filesystem::path& folder = {}, std::size_t limit_bytes = std::size_t{64} << 30);

  // Whether get() would find it; makes the same checks.
  bool has(const std::string& digest);

  // The caller has verified the digest. Putting it again does nothing. Fails with ResourceExhausted beyond the limit;
  // in a folder, the weights that were not used for longest make room.
  base::Status put(const std::string& digest, const base::Tensor& bytes);

  // The weight as a tensor of `type`. Fails with NotFound, or InvalidInput when its size is another. A file is checked
  // against its digest whenever it is read; a damaged one is removed and not found.
  base::Result<base::Tensor> get(const std::string& digest, const base::TensorType& type);

  // The bytes of that digest, as uint8. Fails with NotFound.
  base::Result<base::Tensor> get(const std::string& digest);

  // Gives the pages of mapped weights back to the system, which reads them again at their next use, from a file that is
  // this process's alone.
  void let_go(const std::vector<base::NamedTensor>& weights) const;

  // $TANDEM_CACHE, else $XDG_CACHE_HOME/tandem/weights, else ~/.cache/tandem/weights. Throws Error(InvalidInput) where
  // the environment has none of these.
  static std::filesystem::path default_folder();

 private:
  // A weight that somebody may still use.
  struct Mapped {
    std::weak_ptr<void> owner;
    std::byte* bytes = nullptr;
    std::size_t size = 0;
  };

  std::optional<base::Tensor> in_use(const std::string& digest) const;
  base::Result<base::Tensor> find(const std::string& digest);
  base::Tensor remember(const std::string& digest, base::Tensor weight);
  base::Status put_in_memory(const std::string& digest, const base::Tensor& bytes);

  const std::size_t limit_bytes_;
  mutable std::mutex mutex_;
  std::optional<WeightFolder> folder_;
  std::map<std::string, Mapped> mapped_;         // with a folder
  std::map<std::string, base::Tensor> weights_;  // in memory
  std::size_t held_bytes_ = 0;                   // likewise
};

}  // namespace tandem::agent
