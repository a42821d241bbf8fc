#include "store/database.h"

#include <fmt/format.h>

#include "store/schema.h"

namespace tandem::store {
namespace {

void bind(SQLite::Statement& statement, int index, const Value& value) {
  if (const auto* blob = std::get_if<Blob>(&value))
    statement.bind(index, blob->data(), static_cast<int>(blob->size()));
  else if (const auto* text = std::get_if<std::string>(&value))
    statement.bind(index, *text);
  else if (const auto* number = std::get_if<double>(&value))
    statement.bind(index, *number);
  else
    statement.bind(index, std::get<std::int64_t>(value));
}

}  // namespace

Store::Database::Database(const std::filesystem::path& file) : path(file.string()), sqlite(open_store(file)) {}

void Store::Database::write_together(const std::function<void()>& writes) {
  if (is_writing_together) return writes();
  guarded([&] {
    SQLite::Transaction transaction(sqlite, SQLite::TransactionBehavior::IMMEDIATE);
    is_writing_together = true;
    try {
      writes();
    } catch (...) {
      is_writing_together = false;
      throw;
    }
    is_writing_together = false;
    transaction.commit();
  });
}

void Store::Database::insert(const char* table, const Row& row) {
  std::string names;
  std::string marks;
  for (const auto& column : row) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", column.name);
    marks += marks.empty() ? "?" : ", ?";
  }
  guarded([&] {
    SQLite::Statement statement(sqlite, fmt::format("INSERT OR REPLACE INTO {} ({}) VALUES ({})", table, names, marks));
    int index = 0;
    for (const auto& column : row) bind(statement, ++index, column.value);
    statement.exec();
  });
}

}  // namespace tandem::store
