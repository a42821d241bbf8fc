#include "store/errors.h"

#include <fcntl.h>

#include <cerrno>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/descriptor.h"
#include "base/file.h"

namespace tandem::store {

using base::Error;
using base::ErrorKind;

namespace {

// SQLite does not say why; the system does.
Error cannot_open(const std::string& path) {
  try {
    base::require_folder_of(path);
  } catch (const Error& reason) {
    return reason;
  }
  const base::Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.number() < 0 && errno != ENOENT) return base::file_error(path, "open");
  return {ErrorKind::Refused,
          fmt::format("{}: cannot open the cost store: it or a file beside it may not be written", path)};
}

}  // namespace

Error not_a_store(const std::string& path) {
  return {ErrorKind::InvalidInput, fmt::format("{}: not a cost store, nor any SQLite database; left as it is", path)};
}

Error damaged(const std::string& path, const std::string& how) {
  return {ErrorKind::InvalidInput, fmt::format("{}: the cost store is damaged: {}", path, how)};
}

Error error_of(const std::string& path, const SQLite::Exception& error) {
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_NOTADB:
      return not_a_store(path);
    case SQLITE_CORRUPT:
      return damaged(path, error.what());
    case SQLITE_BUSY:
      return {ErrorKind::Unavailable,
              fmt::format("{}: the cost store is in use: another process wrote for more than {} s", path,
                          kBusyTimeoutMs / 1000)};
    case SQLITE_FULL:
      return {ErrorKind::ResourceExhausted, fmt::format("{}: the cost store has no room: the disk is full", path)};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {ErrorKind::Refused,
              fmt::format("{}: cannot write the cost store: the file or its folder is read-only", path)};
    case SQLITE_CANTOPEN:
      return cannot_open(path);
    case SQLITE_IOERR:
      return {ErrorKind::Unavailable,
              fmt::format("{}: cost store: {} (code {})", path, error.what(), error.getExtendedErrorCode())};
    default:
      return {ErrorKind::InvalidInput, fmt::format("{}: cost store: {}", path, error.what())};
  }
}

}  // namespace tandem::store
