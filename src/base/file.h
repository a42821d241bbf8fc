// Reads whole files under a size limit, and replaces files atomically. Every failure of the system has the kind of its
// errno (kind_of_errno): a missing folder is not found, a read-only one refused, a full disk a resource. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::base {

// "PATH: cannot DOING: …", from errno.
Error file_error(const std::filesystem::path& path, const char* doing);

// A file, a pipe or a device, to its end; "-" stands for standard input. Throws Error(InvalidInput) when it is larger
// than limit_bytes or a folder.
std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes);

// Writes to a temporary file beside `path`, flushes and renames it: readers see the old content or the new, never a
// part. A link stays: the file that it names is written. A file that was there keeps its permissions and owner. A pipe,
// a device or a descriptor of this process (/dev/stdout) is written as it is.
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
  void create_temporary();

  std::filesystem::path path_;       // as given
  std::filesystem::path file_;       // behind its links
  std::filesystem::path temporary_;  // beside it; empty: written as it is
  int descriptor_ = -1;
};

// For a file that is written after much work: throws unless write_file could begin. An empty path stands for no file.
void require_folder_of(const std::filesystem::path& path);

// The path that write_file writes: behind all links, of which the last may name a missing file.
std::filesystem::path behind_links(std::filesystem::path path);
// Whether write_file writes as it goes, so that nothing can lie beside: a pipe, a device, a descriptor of this process.
bool is_stream(const std::filesystem::path& path);

// With the folders that lead there, if they are missing.
void make_folder(const std::filesystem::path& path);

// A mapped file. Pages are read when first touched, so mapping a model of several GB costs nothing until it is used.
struct MappedFile {
  std::shared_ptr<void> owner;  // keeps the mapping alive
  std::span<std::byte> bytes;   // copy-on-write: writing changes neither the file nor other mappings
};
// An empty file has no owner and no bytes. Throws Error(InvalidInput) when it is no regular file.
MappedFile map_file(const std::filesystem::path& path);

}  // namespace tandem::base
