// The store's file: whose it is, its tables, and what older ones become. Private to store/.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "store/exchange.h"

namespace tandem::store {

// Opens or creates, and looks before anything is written. Throws Error(InvalidInput) unless the file is missing, empty,
// or a sound store of a schema that we know.
SQLite::Database open_store(const std::filesystem::path& path);

// Creates the tables or brings them up to date, in one transaction; `keep` writes what an older schema held.
void bring_up_to_date(SQLite::Database& database, const std::string& path,
                      const std::function<void(const Costs& older)>& keep);

base::Error damaged(const std::string& path, const std::string& how);
base::Error error_of(const std::string& path, const SQLite::Exception& error);

// A row as JSON: a member for each column. Blobs are binary values.
base::Json row_of(SQLite::Statement& statement);

// A column of numbers as a blob, little-endian: of double, float and uint8_t.
template <class Number>
std::string bytes_of(const std::vector<Number>& values);
template <class Number>
std::vector<Number> numbers_of(const base::Json& blob, const std::string& path);

}  // namespace tandem::store
