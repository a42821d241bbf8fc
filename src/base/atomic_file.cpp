// Files that are written: AtomicFile and what it needs to know of a path. Readers: file.cpp.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/descriptor.h"
#include "base/file.h"

namespace tandem::base {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as many as Linux follows

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

// /dev/stdout, /dev/fd/N and /proc/self/fd/N lead here. Opened anew, a file would be written from its start again.
std::optional<int> own_descriptor(const fs::path& path) {
  std::error_code failure;
  if (fs::canonical(folder_of(path), failure) != fmt::format("/proc/{}/fd", ::getpid())) return std::nullopt;
  const std::string name = path.filename().string();
  int number = -1;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  return read.ec == std::errc() && read.ptr == name.data() + name.size() ? std::optional(number) : std::nullopt;
}

std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

bool may(int what, const fs::path& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0;
}

Error no_folder(const fs::path& path, int number) {
  return {kind_of_errno(number), fmt::format("{}: cannot write there: expected a writable folder '{}': {}",
                                             path.string(), folder_of(path).string(), std::strerror(number))};
}

// An owner may be given away by root alone; the mode comes last, since a change of owner takes bits from it.
void keep_permissions(int descriptor, const struct stat& before) {
  const bool is_same_owner = ::fchown(descriptor, before.st_uid, before.st_gid) == 0;
  ::fchmod(descriptor, before.st_mode & (is_same_owner ? 07777 : 0777));
}

}  // namespace

fs::path behind_links(fs::path path) {
  const fs::path given = path;
  std::error_code failure;
  for (int links = 0; fs::is_symlink(fs::symlink_status(path, failure)); ++links) {
    if (own_descriptor(path)) return path;
    errno = ELOOP;
    if (links == kMostLinks) throw file_error(given, "follow its links");
    path = folder_of(path) / fs::read_symlink(path, failure);  // an absolute one replaces the folder
  }
  return path;
}

bool is_stream(const fs::path& path) {
  const fs::path file = behind_links(path);
  const auto status = status_of(file);
  return own_descriptor(file) || (status && !S_ISREG(status->st_mode));
}

void require_folder_of(const fs::path& path) {
  if (path.empty()) return;
  const fs::path file = behind_links(path);
  if (own_descriptor(file)) return;
  const auto status = status_of(file);
  if (status && S_ISDIR(status->st_mode)) errno = EISDIR;
  if (status && (S_ISDIR(status->st_mode) || !may(W_OK, file))) throw file_error(path, "write");
  if (status && !S_ISREG(status->st_mode)) return;
  const auto folder = status_of(folder_of(file));
  if (folder && !S_ISDIR(folder->st_mode)) throw no_folder(file, ENOTDIR);
  if (!may(W_OK | X_OK, folder_of(file))) throw no_folder(file, errno);
}

void write_file(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)), file_(behind_links(path_)) {
  if (const auto number = own_descriptor(file_)) {
    descriptor_ = ::fcntl(*number, F_DUPFD_CLOEXEC, 0);
  } else if (is_stream(file_)) {
    descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  } else {
    create_temporary();
  }
  if (descriptor_ < 0) throw file_error(path_, temporary_.empty() ? "write" : "create");
}

void AtomicFile::create_temporary() {
  static std::atomic<unsigned> counter{0};
  const auto before = status_of(file_);
  if (before && !may(W_OK, file_)) throw file_error(path_, "write");
  temporary_ = file_;
  temporary_ += fmt::format(".part-{}-{}", ::getpid(), counter++);
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (before && descriptor_ >= 0) keep_permissions(descriptor_, *before);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (!write_all(descriptor_, bytes)) throw file_error(path_, "write");
}

void AtomicFile::commit() {
  if (!temporary_.empty()) {
    if (::fsync(descriptor_) != 0) throw file_error(path_, "flush");
    if (::rename(temporary_.c_str(), file_.c_str()) != 0) throw file_error(path_, "replace");
    temporary_.clear();
  }
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0) throw file_error(path_, "write");
}

}  // namespace tandem::base
