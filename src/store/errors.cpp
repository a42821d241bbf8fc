#include "store/errors.h"

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace tandem::store {

using base::Error;
using base::ErrorKind;

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
    default:
      return {ErrorKind::InvalidInput, fmt::format("{}: cost store: {}", path, error.what())};
  }
}

}  // namespace tandem::store
