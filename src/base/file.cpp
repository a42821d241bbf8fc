#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/descriptor.h"

namespace tandem::base {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

Descriptor open_to_read(const std::filesystem::path& path) {
  Descriptor file(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) throw file_error(path, "open");
  return file;
}

struct stat status_of(const Descriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw file_error(path, "examine");
  return status;
}

std::size_t size_of_regular(const Descriptor& file, const std::filesystem::path& path) {
  const struct stat status = status_of(file, path);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: expected a regular file", path.string()));
  }
  return static_cast<std::size_t>(status.st_size);
}

// Of a pipe or a device: 0.
std::size_t expected_size(const Descriptor& file, const std::filesystem::path& path) {
  const struct stat status = status_of(file, path);
  if (S_ISDIR(status.st_mode))
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: expected a file, found a folder", path.string()));
  return S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
}

void check_size(std::size_t size, std::size_t limit_bytes, const std::filesystem::path& path) {
  if (size <= limit_bytes) return;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("{}: {} bytes, expected at most {}", path.string(), size, limit_bytes));
}

// Appends what comes next, at most `most` bytes; false at the end.
bool read_piece(const Descriptor& file, const std::filesystem::path& path, std::size_t most, std::string& content) {
  const std::size_t before = content.size();
  content.resize(before + most);
  ssize_t count = 0;
  do {
    count = ::read(file.number(), content.data() + before, most);
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw file_error(path, "read");
  content.resize(before + static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

Error file_error(const std::filesystem::path& path, const char* doing) {
  const int number = errno;
  return {kind_of_errno(number), fmt::format("{}: cannot {}: {}", path.string(), doing, std::strerror(number))};
}

std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  const Descriptor file = open_to_read(path);
  const std::size_t expected = expected_size(file, path);
  check_size(expected, limit_bytes, path);
  std::string content;
  content.reserve(expected + 1);
  for (;;) {
    const std::size_t piece = content.size() < expected ? expected - content.size() : kPieceBytes;
    const std::size_t most = std::min(piece, limit_bytes - content.size() + 1);  // one more shows that it is too large
    if (!read_piece(file, path, most, content)) return content;
    check_size(content.size(), limit_bytes, path);
  }
}

void make_folder(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (!failure) return;
  errno = failure.value();
  throw file_error(path, "create the folder");
}

MappedFile map_file(const std::filesystem::path& path) {
  const Descriptor file = open_to_read(path);
  const std::size_t size = size_of_regular(file, path);
  if (size == 0) return {};
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.number(), 0);
  if (address == MAP_FAILED) throw file_error(path, "map");
  MappedFile mapped;
  mapped.owner = std::shared_ptr<void>(address, [size](void* pointer) { ::munmap(pointer, size); });
  mapped.bytes = {static_cast<std::byte*>(address), size};
  return mapped;
}

}  // namespace tandem::base
