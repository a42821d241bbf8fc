// The store's SQLite file as its tables use it: transactions, and rows in and out. Errors of SQLite become base::Error
// with the file's name. Private to store/.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/row_fields.h"
#include "store/store.h"

namespace tandem::store {

inline constexpr const char* kSameIdentity = "WHERE model = ? AND target = ? AND machine = ? AND engine = ?";

struct Store::Database {
  std::string path;
  SQLite::Database sqlite;
  bool is_writing_together = false;

  explicit Database(const std::filesystem::path& file);

  template <class Action>
  auto guarded(const Action& action) {
    try {
      return action();
    } catch (const SQLite::Exception& error) {
      throw error_of(path, error);
    }
  }

  void write_together(const std::function<void()>& writes);  // one transaction; within another, part of that

  void insert(const char* table, const Row& row);  // or replaces what has the same key

  // `keys` are bound to the question marks of `condition`.
  template <class... Keys>
  void remove(const char* table, const std::string& condition, const Keys&... keys) {
    guarded([&] { statement(std::string("DELETE FROM ") + table + " " + condition, keys...).exec(); });
  }

  // Calls `read` at each row that the query finds.
  template <class Read, class... Keys>
  void for_each(const std::string& query, const Read& read, const Keys&... keys) {
    guarded([&] {
      SQLite::Statement found = statement(query, keys...);
      while (found.executeStep()) read(found);
    });
  }

  // Entries that are one row each.
  template <class Entry, class EntryFields>
  void put(const char* table, const Entry& entry, const EntryFields& entry_fields) {
    RowWriter fields(refusal(table));
    entry_fields(fields, entry);
    insert(table, fields.row());
  }
  template <class Entry, class EntryFields, class... Keys>
  std::vector<Entry> find(const char* table, const EntryFields& entry_fields, const std::string& query,
                          const Keys&... keys) {
    std::vector<Entry> entries;
    const auto read = [&](SQLite::Statement& row) {
      RowReader fields(row, path, table);
      entry_fields(fields, entries.emplace_back());
    };
    for_each(query, read, keys...);
    return entries;
  }

  std::string refusal(const char* table) const { return path + ": cannot keep this: " + table; }

 private:
  template <class... Keys>
  SQLite::Statement statement(const std::string& sql, const Keys&... keys) {
    SQLite::Statement made(sqlite, sql);
    int index = 0;
    (made.bind(++index, keys), ...);
    return made;
  }
};

template <class Entry>
std::optional<Entry> first_of(std::vector<Entry> entries) {
  return entries.empty() ? std::nullopt : std::optional(std::move(entries.front()));
}

}  // namespace tandem::store
