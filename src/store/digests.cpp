// Table `digests`: a row for each model file that was recognised, the newest thousand of them.
#include <fmt/format.h>

#include "store/database.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

constexpr int kMostDigests = 1000;

}  // namespace

const char* const kCreateDigests = R"(
  CREATE TABLE digests (
    path TEXT NOT NULL, settings TEXT NOT NULL, size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (path, settings)) STRICT;
)";

std::optional<std::string> Store::known_digest(const FileStamp& stamp) const {
  std::optional<std::string> digest;
  const auto read = [&](SQLite::Statement& row) {
    RowReader(row, database_->path, "digests").text("digest", digest.emplace());
  };
  database_->for_each(
      "SELECT digest FROM digests WHERE path = ? AND settings = ? AND size_bytes = ? AND modified_ns = ?", read,
      stamp.path, stamp.settings, stamp.size_bytes, stamp.modified_ns);
  return digest;
}

void Store::remember_digest(const FileStamp& stamp, const std::string& digest) {
  write_together([&] {
    database_->insert("digests", {{"path", stamp.path},
                                  {"settings", stamp.settings},
                                  {"size_bytes", stamp.size_bytes},
                                  {"modified_ns", stamp.modified_ns},
                                  {"digest", digest}});
    // Each insertion gets the next rowid.
    database_->sqlite.exec(
        fmt::format("DELETE FROM digests WHERE rowid <= (SELECT max(rowid) FROM digests) - {}", kMostDigests));
  });
}

}  // namespace tandem::store
