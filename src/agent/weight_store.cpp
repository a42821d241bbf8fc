#include "agent/weight_store.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;

std::size_t size_of_folder(const std::filesystem::path& folder) {
  std::size_t total = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) total += entry.file_size();
  }
  return total;
}

base::Tensor as_bytes(const base::MappedFile& file) {
  const base::TensorType type = base::byte_type(file.bytes.size());
  return base::Tensor::view(type, file.owner, file.bytes.data(), file.bytes.size());
}

}  // namespace

WeightStore::WeightStore(std::filesystem::path folder, std::size_t limit_bytes)
    : folder_(std::move(folder)), limit_bytes_(limit_bytes) {
  if (folder_.empty()) return;
  base::make_folder(folder_);
  held_bytes_ = size_of_folder(folder_);
}

bool WeightStore::has(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  return find(digest).ok();
}

base::Status WeightStore::put(const std::string& digest, const base::Tensor& bytes) {
  const std::lock_guard lock(mutex_);
  if (find(digest).ok()) return base::Nothing{};
  if (bytes.size() > limit_bytes_ - std::min(limit_bytes_, held_bytes_)) {
    return Error(ErrorKind::ResourceExhausted,
                 fmt::format("the weight store holds {} bytes and may hold {}: no room for {} more", held_bytes_,
                             limit_bytes_, bytes.size()));
  }
  if (folder_.empty()) {
    weights_.emplace(digest, bytes);
  } else {
    base::AtomicFile file(path_of(digest));
    file.write(bytes.bytes());
    file.commit();
  }
  held_bytes_ += bytes.size();
  return base::Nothing{};
}

base::Result<base::Tensor> WeightStore::find(const std::string& digest) {
  const auto known = weights_.find(digest);
  if (known != weights_.end()) return known->second;
  const Error not_found(ErrorKind::NotFound, fmt::format("weight {} has not been sent", digest.substr(0, 12)));
  // A digest becomes a file name, so only digests pass.
  if (folder_.empty() || !base::is_digest(digest) || !std::filesystem::exists(path_of(digest))) return not_found;
  base::Tensor weight = as_bytes(base::map_file(path_of(digest)));
  if (base::digest_of(weight.bytes()) != digest) {
    base::log(base::LogLevel::Warning, "{}: damaged, removed from the weight cache", path_of(digest).string());
    std::filesystem::remove(path_of(digest));
    held_bytes_ -= std::min(held_bytes_, weight.size());
    return not_found;
  }
  let_go({{digest, weight}});
  weights_.emplace(digest, weight);
  return weight;
}

base::Result<base::Tensor> WeightStore::get(const std::string& digest, const base::TensorType& type) {
  const std::lock_guard lock(mutex_);
  auto found = find(digest);
  if (!found) return found;
  base::Tensor& weight = found.value();
  if (base::size_bytes(type) != weight.size()) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("weight {} has {} bytes, {} {} was expected", digest.substr(0, 12), weight.size(),
                             base::name_of(type.element), base::to_string(type.shape)));
  }
  return base::Tensor::view(type, weight.owner(), weight.mutable_bytes().data(), weight.size());
}

base::Result<base::Tensor> WeightStore::get(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  auto found = find(digest);
  if (!found) return found;
  base::Tensor& blob = found.value();
  const base::TensorType type = base::byte_type(blob.size());
  return base::Tensor::view(type, blob.owner(), blob.mutable_bytes().data(), blob.size());
}

void WeightStore::let_go(const std::vector<base::NamedTensor>& weights) const {
  if (folder_.empty()) return;
  // Nobody writes to the mappings, so dropping their pages loses nothing.
  for (const auto& weight : weights) {
    ::madvise(const_cast<std::byte*>(weight.tensor.bytes().data()), weight.tensor.size(), MADV_DONTNEED);
  }
}

std::filesystem::path WeightStore::default_folder() {
  if (const char* given = std::getenv("TANDEM_CACHE")) return given;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::filesystem::path(cache) / "tandem" / "weights";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/tmp") / ".cache/tandem/weights";
}

}  // namespace tandem::agent
