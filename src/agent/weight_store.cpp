#include "agent/weight_store.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <utility>

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;

Error not_sent(const std::string& digest) {
  return {ErrorKind::NotFound, fmt::format("weight {} has not been sent", digest.substr(0, 12))};
}

}  // namespace

WeightStore::WeightStore(const std::filesystem::path& folder, std::size_t limit_bytes) : limit_bytes_(limit_bytes) {
  if (!folder.empty()) folder_.emplace(folder, limit_bytes);
}

bool WeightStore::has(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  return in_use(digest) || (folder_ && folder_->has(digest));
}

base::Status WeightStore::put(const std::string& digest, const base::Tensor& bytes) {
  const std::lock_guard lock(mutex_);
  if (!folder_) return put_in_memory(digest, bytes);
  if (!folder_->has(digest)) folder_->write(digest, bytes);
  return base::Nothing{};
}

base::Status WeightStore::put_in_memory(const std::string& digest, const base::Tensor& bytes) {
  if (weights_.contains(digest)) return base::Nothing{};
  if (bytes.size() > limit_bytes_ - held_bytes_) {
    return Error(ErrorKind::ResourceExhausted,
                 fmt::format("the weight store holds {} bytes and may hold {}: no room for {} more", held_bytes_,
                             limit_bytes_, bytes.size()));
  }
  weights_.emplace(digest, bytes);
  held_bytes_ += bytes.size();
  return base::Nothing{};
}

std::optional<base::Tensor> WeightStore::in_use(const std::string& digest) const {
  if (const auto held = weights_.find(digest); held != weights_.end()) return held->second;
  const auto mapped = mapped_.find(digest);
  if (mapped == mapped_.end()) return {};
  const auto owner = mapped->second.owner.lock();
  if (owner == nullptr) return {};
  return base::Tensor::view(base::byte_type(mapped->second.size), owner, mapped->second.bytes, mapped->second.size);
}

base::Result<base::Tensor> WeightStore::find(const std::string& digest) {
  if (auto weight = in_use(digest)) return *std::move(weight);
  auto weight = folder_ ? folder_->read(digest) : std::nullopt;
  if (!weight) return not_sent(digest);
  let_go({{digest, *weight}});
  return remember(digest, *std::move(weight));
}

base::Tensor WeightStore::remember(const std::string& digest, base::Tensor weight) {
  std::erase_if(mapped_, [](const auto& entry) { return entry.second.owner.expired(); });
  mapped_[digest] = {weight.owner(), weight.mutable_bytes().data(), weight.size()};
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
  if (!folder_) return;
  // Nobody writes to the mappings, so dropping their pages loses nothing.
  for (const auto& weight : weights) {
    ::madvise(const_cast<std::byte*>(weight.tensor.bytes().data()), weight.tensor.size(), MADV_DONTNEED);
  }
}

std::filesystem::path WeightStore::default_folder() {
  if (const char* given = std::getenv("TANDEM_CACHE")) return given;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::filesystem::path(cache) / "tandem" / "weights";
  if (const char* home = std::getenv("HOME")) return std::filesystem::path(home) / ".cache/tandem/weights";
  throw Error(ErrorKind::InvalidInput, "no folder for the cache, as $HOME is not set: give --cache or --in-memory");
}

}  // namespace tandem::agent
