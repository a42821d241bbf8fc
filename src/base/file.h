// Whole files, read under a size limit and written so that a reader never sees half of one. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tandem::base {

// Throws Error(NotFound) when it cannot be opened, Error(InvalidInput) when it is larger than limit_bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes);

// Writes to a temporary file beside `path`, flushes it, then renames: the old content or the new, never a part.
void write_file(const std::filesystem::path& path, std::string_view content);

// The same for writers that stream: write through stream(), then commit(). Without commit() the temporary is removed.
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

// A file mapped read-only. Pages come in when touched, so a model of several GB costs nothing until it is used.
struct MappedFile {
  std::shared_ptr<void> owner;  // keeps the mapping alive
  std::span<std::byte> bytes;   // private, copy-on-write: writing changes neither the file nor other mappings
};
// Throws Error(NotFound) when it cannot be opened or mapped.
MappedFile map_file(const std::filesystem::path& path);

}  // namespace tandem::base
