#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::base {
namespace {

Error file_error(const std::filesystem::path& path, const char* doing) {
  return Error(ErrorKind::NotFound, fmt::format("{}: cannot {}: {}", path.string(), doing, std::strerror(errno)));
}

struct Descriptor {
  int number;
  explicit Descriptor(const std::filesystem::path& path) : number(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (number < 0) throw file_error(path, "open");
  }
  ~Descriptor() { ::close(number); }
};

std::size_t size_of_regular(const Descriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.number, &status) != 0) throw file_error(path, "examine");
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: expected a regular file", path.string()));
  }
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  const Descriptor file(path);
  const std::size_t size = size_of_regular(file, path);
  if (size > limit_bytes) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: {} bytes, expected at most {}", path.string(), size, limit_bytes));
  }
  std::string content(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(file.number, content.data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw file_error(path, "read");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  content.resize(done);
  return content;
}

void require_folder_of(const std::filesystem::path& path) {
  if (path.empty()) return;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (::access(folder.c_str(), W_OK | X_OK) == 0 && std::filesystem::is_directory(folder)) return;
  throw Error(ErrorKind::NotFound,
              fmt::format("{}: cannot write there: expected a writable folder '{}'", path.string(), folder.string()));
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  static std::atomic<unsigned> counter{0};
  temporary_ = path_;
  temporary_ += fmt::format(".part-{}-{}", ::getpid(), counter++);
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw file_error(path_, "create");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw file_error(path_, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) throw file_error(path_, "flush");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw file_error(path_, "replace");
  ::close(descriptor_);
  descriptor_ = -1;
}

MappedFile map_file(const std::filesystem::path& path) {
  const Descriptor file(path);
  const std::size_t size = size_of_regular(file, path);
  if (size == 0) return {};
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) throw file_error(path, "map");
  MappedFile mapped;
  mapped.owner = std::shared_ptr<void>(address, [size](void* pointer) { ::munmap(pointer, size); });
  mapped.bytes = {static_cast<std::byte*>(address), size};
  return mapped;
}

}  // namespace tandem::base
