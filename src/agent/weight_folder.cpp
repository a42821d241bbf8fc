#include "agent/weight_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/descriptor.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

namespace tandem::agent {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// The digest of a file, whose pieces `take` gets; empty where the file cannot be read to its end. Throws where it
// cannot be opened for a reason of this process, such as too many descriptors: the file may be sound.
std::string digest_of_file(const fs::path& path, const std::function<void(std::span<const std::byte>)>& take) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.number() < 0 && errno != ENOENT && errno != ELOOP) throw base::file_error(path, "open");
  base::Digester digester;
  std::vector<std::byte> piece(kPieceBytes);
  while (true) {
    const ssize_t count = ::read(file.number(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {};
    if (count == 0) return digester.finish();
    const std::span bytes(piece.data(), static_cast<std::size_t>(count));
    digester.add(bytes);
    take(bytes);
  }
}

// A file without a name, or, on file systems that have none, one that loses it at once.
int open_nameless(const fs::path& folder) {
  const int number = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (number >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return number;
  std::string name = (folder / ".weight-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

void append(int file, std::span<const std::byte> bytes, const fs::path& folder) {
  if (!base::write_all(file, bytes)) throw base::file_error(folder, "copy a weight");
}

base::Tensor map(int file, std::size_t size, const fs::path& folder) {
  if (size == 0) return base::Tensor::allocate(base::byte_type(0));
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);  // what can be written to counts as data
  if (address == MAP_FAILED) throw base::file_error(folder, "map a weight");
  const std::shared_ptr<void> owner(address, [size](void* pointer) { ::munmap(pointer, size); });
  return base::Tensor::view(base::byte_type(size), owner, static_cast<std::byte*>(address), size);
}

// base::AtomicFile names its temporary files DIGEST.part-PROCESS-NUMBER.
bool is_left_by_the_dead(const std::string& name) {
  constexpr std::string_view kMark = ".part-";
  const auto mark = name.find(kMark);
  if (mark == std::string::npos || !base::is_digest(name.substr(0, mark))) return false;
  int process = 0;
  std::from_chars(name.data() + mark + kMark.size(), name.data() + name.size(), process);
  return process > 0 && ::kill(process, 0) != 0 && errno == ESRCH;
}

struct Entry {
  fs::path path;
  std::size_t bytes = 0;
  fs::file_time_type used;
};

// The weights in a folder, oldest use first. Others may write to it at the same time, so entries may vanish.
std::vector<Entry> entries_of(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    if (!base::is_digest(entry.path().filename().string()) || !entry.is_regular_file(failure)) continue;
    const auto bytes = entry.file_size(failure);
    if (!failure) entries.push_back({entry.path(), bytes, entry.last_write_time(failure)});
  }
  std::ranges::sort(entries, {}, &Entry::used);
  return entries;
}

}  // namespace

WeightFolder::WeightFolder(fs::path path, std::size_t limit_bytes) : path_(std::move(path)), limit_bytes_(limit_bytes) {
  base::make_folder(path_);
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(path_, failure)) {
    if (is_left_by_the_dead(entry.path().filename().string())) fs::remove(entry.path(), failure);
  }
}

// A digest becomes a file name, so only digests pass.
bool WeightFolder::is_file(const std::string& digest) const {
  std::error_code failure;
  return base::is_digest(digest) && fs::is_regular_file(fs::symlink_status(path_of(digest), failure));
}

bool WeightFolder::has(const std::string& digest) {
  if (!is_file(digest)) return false;
  const bool is_sound = digest_of_file(path_of(digest), [](auto) {}) == digest;
  if (!is_sound) remove_damaged(digest);
  return is_sound;
}

std::optional<base::Tensor> WeightFolder::read(const std::string& digest) {
  if (!is_file(digest)) return {};
  const base::Descriptor copy(open_nameless(path_));
  if (copy.number() < 0) throw base::file_error(path_, "copy a weight");
  std::size_t size = 0;
  const std::string found = digest_of_file(path_of(digest), [&](std::span<const std::byte> bytes) {
    append(copy.number(), bytes, path_);
    size += bytes.size();
  });
  if (found != digest) {
    remove_damaged(digest);
    return {};
  }
  ::utimensat(AT_FDCWD, path_of(digest).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);  // its last use
  return map(copy.number(), size, path_);
}

void WeightFolder::remove_damaged(const std::string& digest) {
  base::log(base::LogLevel::Warning, "{}: damaged, removed from the weight cache", path_of(digest).string());
  std::error_code failure;
  fs::remove(path_of(digest), failure);
}

void WeightFolder::write(const std::string& digest, const base::Tensor& bytes) {
  base::make_folder(path_);
  make_room(bytes.size());
  base::AtomicFile file(path_of(digest));
  file.write(bytes.bytes());
  file.commit();
}

void WeightFolder::make_room(std::size_t bytes) {
  if (bytes > limit_bytes_)
    throw Error(ErrorKind::ResourceExhausted,
                fmt::format("the weight cache may hold {} bytes: no room for {}", limit_bytes_, bytes));
  const auto entries = entries_of(path_);
  std::size_t held = 0;
  for (const auto& entry : entries) held += entry.bytes;
  std::error_code failure;
  for (auto oldest = entries.begin(); held > limit_bytes_ - bytes && oldest != entries.end(); ++oldest) {
    fs::remove(oldest->path, failure);
    held -= oldest->bytes;
  }
}

}  // namespace tandem::agent
