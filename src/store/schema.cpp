#include "store/schema.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include <bit>
#include <cstring>

namespace tandem::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Json;

constexpr int kSchemaVersion = 4;
constexpr int kOldestOfOurs = 2;            // before, a store did not say whose it is
constexpr int kApplicationId = 0x544E444D;  // "TNDM"
constexpr int kBusyTimeoutMs = 10'000;
constexpr std::uintmax_t kSmallestPageBytes = 512;      // of any SQLite database
constexpr std::uintmax_t kMostToCheckBytes = 64 << 20;  // a larger store shows its damage when it is read

// Columns are named as the members of a profile's entries are (exchange.h).
constexpr const char* kSchemaOfVersion2 = R"(
  CREATE TABLE examinations (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    measured_at_s INTEGER NOT NULL, layer_count INTEGER NOT NULL,
    load_ms REAL NOT NULL, resident_bytes REAL NOT NULL, peak_bytes REAL NOT NULL,
    kernels TEXT NOT NULL,    -- JSON
    PRIMARY KEY (model, target, machine, engine)) STRICT;
  CREATE TABLE stages (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    layers TEXT NOT NULL,     -- "0-12,15-20", both ends included
    measured_at_s INTEGER NOT NULL,
    samples_ms BLOB NOT NULL, -- little-endian float64
    PRIMARY KEY (model, target, machine, engine, layers)) STRICT;
  CREATE TABLE links (
    "from" TEXT NOT NULL, "to" TEXT NOT NULL,
    round_trip_ms REAL NOT NULL, round_trip_at_s INTEGER NOT NULL, round_trip_source TEXT NOT NULL,
    jitter_ms REAL NOT NULL, jitter_at_s INTEGER NOT NULL, jitter_source TEXT NOT NULL,
    upload_mbps REAL NOT NULL, upload_at_s INTEGER NOT NULL, upload_source TEXT NOT NULL,
    download_mbps REAL NOT NULL, download_at_s INTEGER NOT NULL, download_source TEXT NOT NULL,
    PRIMARY KEY ("from", "to")) STRICT;
  CREATE TABLE digests (
    path TEXT NOT NULL, settings TEXT NOT NULL, size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (path, settings)) STRICT;
)";
constexpr const char* kAddedByVersion3 = R"(
  CREATE TABLE exits (
    model TEXT NOT NULL, data TEXT NOT NULL, part TEXT NOT NULL,
    place INTEGER NOT NULL,   -- in the model's order, from 0
    measured_at_s INTEGER NOT NULL, name TEXT NOT NULL, temperature REAL NOT NULL,
    softmax BLOB NOT NULL, margin BLOB NOT NULL, entropy BLOB NOT NULL,  -- little-endian float32, by sample
    correct BLOB NOT NULL,    -- a byte for each sample, 1 or 0
    PRIMARY KEY (model, data, part, place)) STRICT;
)";
constexpr const char* kAddedByVersion4 = R"(
  CREATE TABLE codec_rates (
    model TEXT NOT NULL, tensor TEXT NOT NULL, data TEXT NOT NULL, codec TEXT NOT NULL,
    description BLOB NOT NULL, measured_at_s INTEGER NOT NULL,
    elements INTEGER NOT NULL, samples INTEGER NOT NULL, size_bytes REAL NOT NULL,
    calibration_loss_points REAL NOT NULL,
    losses TEXT NOT NULL,     -- JSON
    PRIMARY KEY (model, tensor, data, codec)) STRICT;
  CREATE TABLE codec_times (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    tensor TEXT NOT NULL, codec TEXT NOT NULL,
    encode_ms REAL NOT NULL, decode_ms REAL NOT NULL, measured_at_s INTEGER NOT NULL,
    PRIMARY KEY (model, target, machine, engine, tensor, codec)) STRICT;
)";

Error no_store(const std::string& path) {
  return {ErrorKind::InvalidInput, fmt::format("{}: not a cost store, nor any SQLite database; left as it is", path)};
}

int number_of(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt();
}

// Takes several looks: inside a transaction only.
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

Json rows(SQLite::Database& database, const char* query) {
  SQLite::Statement statement(database, query);
  Json list = Json::array();
  while (statement.executeStep()) list.push_back(row_of(statement));
  return list;
}

// The tables of version 1 held what a profile of version 1 does, under the same names.
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

Json value_of(const SQLite::Column& column) {
  if (column.isInteger()) return column.getInt64();
  if (column.isFloat()) return column.getDouble();
  if (column.isText()) return column.getString();
  const auto* bytes = static_cast<const std::uint8_t*>(column.getBlob());
  return Json::binary({bytes, bytes + column.getBytes()});
}

}  // namespace

SQLite::Database open_store(const std::filesystem::path& path) try {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  // The log comes into being after the database: looked at first, it cannot be that of one which is just created.
  const bool has_log = size_of(path.string() + "-wal") > 0;
  const std::uintmax_t size = size_of(path);
  const bool has_content = size > 0;
  if (has_log && !has_content) throw damaged(path.string(), "it is empty, and its log (-wal) is not");
  if (has_content && size < kSmallestPageBytes) throw no_store(path.string());  // SQLite takes some of these for empty
  // What closes a log last writes it into the database, which a reader cannot.
  if (has_log) {
    SQLite::Database reader(path.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
    check(reader, path);
  }
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
  if (has_content && !has_log) check(database, path);
  return database;
} catch (const SQLite::Exception& error) {
  throw error_of(path.string(), error);
} catch (const std::filesystem::filesystem_error& error) {
  throw Error(ErrorKind::NotFound,
              fmt::format("{}: cannot create the cost store: {}", path.string(), error.code().message()));
}

void bring_up_to_date(SQLite::Database& database, const std::string& path,
                      const std::function<void(const Costs& older)>& keep) {
  if (number_of(database, "PRAGMA user_version") < kSchemaVersion) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    check_owner(database, path);  // again: another process may have come first
    const int version = number_of(database, "PRAGMA user_version");
    const Costs older = version == 1 ? take_version_1(database, path) : Costs{};
    if (version < kSchemaVersion) {
      if (version < 2) database.exec(kSchemaOfVersion2);
      if (version < 3) database.exec(kAddedByVersion3);
      database.exec(kAddedByVersion4);
      database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
      database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
      keep(older);
    }
    transaction.commit();
  }
  try {
    database.exec("PRAGMA journal_mode = WAL");
  } catch (const SQLite::Exception& error) {  // Somebody reads just now: the next one to open will do it.
    if (error.getErrorCode() != SQLITE_BUSY) throw;
  }
}

Error damaged(const std::string& path, const std::string& how) {
  return {ErrorKind::InvalidInput, fmt::format("{}: the cost store is damaged: {}", path, how)};
}

Error error_of(const std::string& path, const SQLite::Exception& error) {
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_NOTADB:
      return no_store(path);
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

Json row_of(SQLite::Statement& statement) {
  Json row = Json::object();
  for (int i = 0; i < statement.getColumnCount(); ++i) {
    const SQLite::Column column = statement.getColumn(i);
    row[column.getName()] = value_of(column);
  }
  return row;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& values) {
  static_assert(std::endian::native == std::endian::little);
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}
template std::string bytes_of(const std::vector<double>&);
template std::string bytes_of(const std::vector<float>&);
template std::string bytes_of(const std::vector<std::uint8_t>&);

template <class Number>
std::vector<Number> numbers_of(const Json& blob, const std::string& path) {
  if (!blob.is_binary()) throw damaged(path, "text or a number where samples should be");
  const auto& bytes = blob.get_binary();
  if (bytes.size() % sizeof(Number) != 0) throw damaged(path, fmt::format("{} bytes of samples", bytes.size()));
  std::vector<Number> values(bytes.size() / sizeof(Number));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}
template std::vector<double> numbers_of(const Json&, const std::string&);
template std::vector<float> numbers_of(const Json&, const std::string&);
template std::vector<std::uint8_t> numbers_of(const Json&, const std::string&);

}  // namespace tandem::store
