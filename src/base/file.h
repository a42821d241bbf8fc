// Reads whole files under a size limit, and replaces files atomically. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tandem::base {

// Throws Error(NotFound) when the file cannot be opened or read, Error(InvalidInput) when it is larger than limit_bytes
// or no regular file.
std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes);

// Writes to a temporary file beside `path`, flushes and renames it: readers see the old content or the new, never a
// part. Throws Error(NotFound) when that fails.
void write_file(const std::filesystem::path& path, std::string_view content);

// The same in steps: write() as often as needed, then commit(). Without commit() the destructor removes the temporary
// file. Throws as write_file does.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

// For a file that is written after much work: throws Error(NotFound) if there is no writable folder for it. An empty
// path stands for no file.
void require_folder_of(const std::filesystem::path& path);

// A mapped file. Pages are read when first touched, so mapping a model of several GB costs nothing until it is used.
struct MappedFile {
  std::shared_ptr<void> owner;  // keeps the mapping alive
  std::span<std::byte> bytes;   // copy-on-write: writing changes neither the file nor other mappings
};
// An empty file has no owner and no bytes. Throws Error(NotFound) when it cannot be opened or mapped,
// Error(InvalidInput) when it is no regular file.
MappedFile map_file(const std::filesystem::path& path);

}  // namespace tandem::base
