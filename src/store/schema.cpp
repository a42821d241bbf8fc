#include "store/schema.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "store/errors.h"
#include "store/exchange.h"
#include "store/row_fields.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Json;

constexpr int kSchemaVersion = 5;
constexpr int kOldestOfOurs = 2;                        // older stores have no application id
constexpr int kApplicationId = 0x544E444D;              // "TNDM"
constexpr std::uintmax_t kSmallestPageBytes = 512;      // of any SQLite database
constexpr std::uintmax_t kMostToCheckBytes = 64 << 20;  // a larger store shows its damage when it is read

struct Table {
  const char* create;
  int since_version;
};

// Each in a file of its own (tables.h).
const Table kTables[] = {{kCreateExaminations, 2}, {kCreateStages, 2},     {kCreateLinks, 2},      {kCreateDigests, 2},
                         {kCreateExits, 3},        {kCreateCodecRates, 4}, {kCreateCodecTimes, 4}, {kCreateInputs, 5}};

int number_of(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt();
}

// Reads several times, so call it inside a transaction.
void check_owner(SQLite::Database& database, const std::string& path) {
  const int application_id = number_of(database, "PRAGMA application_id");
  const int version = number_of(database, "PRAGMA user_version");
  const bool is_ours = application_id == kApplicationId;
  const bool is_new =
      application_id == 0 && version == 0 && number_of(database, "SELECT count(*) FROM sqlite_master") == 0;
  const bool is_of_version_1 = application_id == 0 && version == 1 && database.tableExists("model_costs");
  if (!is_ours && !is_new && !is_of_version_1) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: another program's database (application id {:#x}, expected {:#x}); left as it is",
                            path, static_cast<unsigned>(application_id), kApplicationId));
  }
  if (version > kSchemaVersion) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: a cost store of version {}, this Tandem reads up to version {}; left as it is", path,
                            version, kSchemaVersion));
  }
  if (is_ours && version < kOldestOfOurs) throw damaged(path, fmt::format("its version is {}", version));
}

void check(SQLite::Database& database, const std::filesystem::path& path) try {
  const SQLite::Transaction transaction(database);
  check_owner(database, path.string());
  const auto size = std::filesystem::file_size(path);
  const auto page = static_cast<std::uintmax_t>(number_of(database, "PRAGMA page_size"));
  if (size % page != 0) throw damaged(path.string(), fmt::format("its end is missing, it has {} bytes", size));
  if (size > kMostToCheckBytes) return;
  const std::string verdict = database.execAndGet("PRAGMA integrity_check(1)").getString();
  if (verdict != "ok") throw damaged(path.string(), verdict);
} catch (const SQLite::Exception& error) {
  throw error_of(path.string(), error);
}

std::uintmax_t size_of(const std::filesystem::path& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

Json row_of(SQLite::Statement& statement) {
  Json row = Json::object();
  for (int i = 0; i < statement.getColumnCount(); ++i)
    row[statement.getColumn(i).getName()] = value_of(statement.getColumn(i));
  return row;
}

Json rows(SQLite::Database& database, const char* query) {
  SQLite::Statement statement(database, query);
  Json list = Json::array();
  while (statement.executeStep()) list.push_back(row_of(statement));
  return list;
}

// The tables of version 1 have the fields of a profile of version 1, under the same names.
Costs take_version_1(SQLite::Database& database, const std::string& path) {
  Json profile = {{"format", "tandem.profile"}, {"version", 1}};
  profile["models"] = rows(database, "SELECT * FROM model_costs");
  profile["links"] = rows(database, R"(SELECT *, from_target AS "from", to_target AS "to" FROM link_costs)");
  profile["stages"] = rows(database, "SELECT * FROM stage_times");
  for (auto& model : profile["models"]) {
    model["layer_ms"] = numbers_of<double>(model["layer_ms"], path);
    Json flags = Json::array();
    if (!model["ends_kernel"].is_binary()) throw damaged(path, "no flags where layers end kernels");
    for (const auto byte : model["ends_kernel"].get_binary()) flags.push_back(byte != 0);
    model["ends_kernel"] = std::move(flags);
  }
  database.exec("DROP TABLE model_costs; DROP TABLE link_costs; DROP TABLE stage_times");
  return costs_from_json(profile, damaged(path, "version 1").message());
}

}  // namespace

SQLite::Database open_store(const std::filesystem::path& path) try {
  if (path.has_parent_path()) base::make_folder(path.parent_path());
  // Looked at before the database: a log is created after its database, so that one must have content by now.
  const bool has_log = size_of(path.string() + "-wal") > 0;
  const std::uintmax_t size = size_of(path);
  const bool has_content = size > 0;
  if (has_log && !has_content) throw damaged(path.string(), "it is empty, and its log (-wal) is not");
  if (has_content && size < kSmallestPageBytes)
    throw not_a_store(path.string());  // SQLite takes some of these for empty
  // The last connection to close writes the log into the database, which a read-only one cannot.
  if (has_log) {
    SQLite::Database reader(path.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
    check(reader, path);
  }
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
  if (has_content && !has_log) check(database, path);
  return database;
} catch (const SQLite::Exception& error) {
  throw error_of(path.string(), error);
}

void bring_up_to_date(SQLite::Database& database, const std::string& path,
                      const std::function<void(const Costs& older)>& keep) {
  if (number_of(database, "PRAGMA user_version") < kSchemaVersion) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    check_owner(database, path);  // again: another process may have come first
    const int version = number_of(database, "PRAGMA user_version");
    const Costs older = version == 1 ? take_version_1(database, path) : Costs{};
    if (version < kSchemaVersion) {
      for (const Table& table : kTables) {
        if (version < table.since_version) database.exec(table.create);
      }
      database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
      database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
      keep(older);
    }
    transaction.commit();
  }
  try {
    database.exec("PRAGMA journal_mode = WAL");
  } catch (const SQLite::Exception& error) {  // Another process is reading: the next to open the store does it.
    if (error.getErrorCode() != SQLITE_BUSY) throw;
  }
}

}  // namespace tandem::store
