// The store's file: its checks, its schema, and upgrades of older schemas. Private to store/.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <functional>
#include <string>

#include "store/costs.h"

namespace tandem::store {

// Opens or creates the file, and checks it before the first write. Throws Error(InvalidInput) unless it is missing,
// empty, or an undamaged store of a known schema.
SQLite::Database open_store(const std::filesystem::path& path);

// Creates the missing tables, in one transaction; `keep` writes the entries of a store of version 1 into them.
void bring_up_to_date(SQLite::Database& database, const std::string& path,
                      const std::function<void(const Costs& older)>& keep);

}  // namespace tandem::store
