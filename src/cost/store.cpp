#include "cost/store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace tandem::cost {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kSchemaVersion = 1;
constexpr int kBusyTimeoutMs = 10'000;

constexpr const char* kSchema = R"(
  CREATE TABLE model_costs (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL, measured_at_s INTEGER NOT NULL,
    whole_ms REAL NOT NULL, whole_low_ms REAL NOT NULL, whole_high_ms REAL NOT NULL, stage_overhead_ms REAL NOT NULL,
    layer_ms BLOB NOT NULL,    -- little-endian float64, one a layer
    ends_kernel BLOB NOT NULL, -- one byte a layer
    PRIMARY KEY (model, target));
  CREATE TABLE link_costs (
    from_target TEXT NOT NULL, to_target TEXT NOT NULL, measured_at_s INTEGER NOT NULL,
    round_trip_ms REAL NOT NULL, upload_mbps REAL NOT NULL, download_mbps REAL NOT NULL,
    PRIMARY KEY (from_target, to_target));
  CREATE TABLE stage_times (
    model TEXT NOT NULL, target TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    median_ms REAL NOT NULL, low_ms REAL NOT NULL, high_ms REAL NOT NULL, measured_at_s INTEGER NOT NULL,
    PRIMARY KEY (model, target, first, last));
)";

std::vector<double> doubles_of(const SQLite::Column& column) {
  std::vector<double> values(static_cast<std::size_t>(column.getBytes()) / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), column.getBlob(), values.size() * sizeof(double));
  return values;
}

std::vector<bool> flags_of(const SQLite::Column& column) {
  const auto* bytes = static_cast<const unsigned char*>(column.getBlob());
  std::vector<bool> flags;
  for (int i = 0; i < column.getBytes(); ++i) flags.push_back(bytes[i] != 0);
  return flags;
}

ModelCosts read_model(SQLite::Statement& row) {
  ModelCosts costs;
  costs.model = row.getColumn(0).getString();
  costs.target = row.getColumn(1).getString();
  costs.machine = row.getColumn(2).getString();
  costs.engine = row.getColumn(3).getString();
  costs.measured_at_s = row.getColumn(4).getInt64();
  costs.whole_ms = row.getColumn(5).getDouble();
  costs.whole_low_ms = row.getColumn(6).getDouble();
  costs.whole_high_ms = row.getColumn(7).getDouble();
  costs.stage_overhead_ms = row.getColumn(8).getDouble();
  costs.layer_ms = doubles_of(row.getColumn(9));
  costs.ends_kernel = flags_of(row.getColumn(10));
  if (costs.ends_kernel.size() != costs.layer_ms.size())
    throw Error(ErrorKind::InvalidInput, "the cost store is damaged");
  return costs;
}

LinkCosts read_link(SQLite::Statement& row) {
  return {row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getInt64(),
          row.getColumn(3).getDouble(), row.getColumn(4).getDouble(), row.getColumn(5).getDouble()};
}

StageTime read_stage(SQLite::Statement& row) {
  return {row.getColumn(0).getString(),
          row.getColumn(1).getString(),
          static_cast<std::size_t>(row.getColumn(2).getInt64()),
          static_cast<std::size_t>(row.getColumn(3).getInt64()),
          row.getColumn(4).getDouble(),
          row.getColumn(5).getDouble(),
          row.getColumn(6).getDouble(),
          row.getColumn(7).getInt64()};
}

SQLite::Database open(const std::filesystem::path& path) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  return SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
}

}  // namespace

struct Store::Implementation {
  std::string path;
  SQLite::Database database;

  explicit Implementation(const std::filesystem::path& file) : path(file.string()), database(open(file)) {
    database.exec("PRAGMA journal_mode = WAL");
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version > kSchemaVersion) {
      throw Error(ErrorKind::InvalidInput, fmt::format("{}: cost store of version {}, this Tandem reads up to {}", path,
                                                       version, kSchemaVersion));
    }
    if (version == 0) {
      database.exec(kSchema);
      database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
    }
    transaction.commit();
  }

  template <class Action>
  auto guarded(const Action& action) {
    try {
      return action();
    } catch (const SQLite::Exception& error) {
      throw Error(ErrorKind::InvalidInput, fmt::format("{}: cost store: {}", path, error.what()));
    }
  }

  template <class Entry, class... Keys>
  std::vector<Entry> select(const std::string& sql, Entry (*read)(SQLite::Statement&), const Keys&... keys) {
    return guarded([&] {
      SQLite::Statement statement(database, sql);
      int index = 0;
      (statement.bind(++index, keys), ...);
      std::vector<Entry> entries;
      while (statement.executeStep()) entries.push_back(read(statement));
      return entries;
    });
  }

  template <class... Values>
  void insert(const std::string& table, const Values&... values) {
    guarded([&] {
      std::string marks = "?";
      for (std::size_t i = 1; i < sizeof...(values); ++i) marks += ", ?";
      SQLite::Statement statement(database, fmt::format("INSERT OR REPLACE INTO {} VALUES ({})", table, marks));
      int index = 0;
      (statement.bind(++index, values), ...);
      statement.exec();
    });
  }
};

Store::Store(const std::filesystem::path& path) try : implementation_(std::make_unique<Implementation>(path)) {
} catch (const SQLite::Exception& error) {
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: not a cost store: {}", path.string(), error.what()));
} catch (const std::filesystem::filesystem_error& error) {
  throw Error(ErrorKind::NotFound,
              fmt::format("{}: cannot create the cost store: {}", path.string(), error.code().message()));
}

Store::~Store() = default;

std::filesystem::path Store::default_path() {
  if (const char* given = std::getenv("TANDEM_STORE")) return given;
  if (const char* data = std::getenv("XDG_DATA_HOME")) return std::filesystem::path(data) / "tandem" / "costs.db";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".local/share/tandem/costs.db";
}

void Store::put(const ModelCosts& costs) {
  const std::string times(reinterpret_cast<const char*>(costs.layer_ms.data()), costs.layer_ms.size() * sizeof(double));
  std::string flags;
  for (const bool ends : costs.ends_kernel) flags.push_back(ends ? '\1' : '\0');
  implementation_->guarded([&] {
    SQLite::Statement statement(implementation_->database,
                                "INSERT OR REPLACE INTO model_costs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, costs.model);
    statement.bind(2, costs.target);
    statement.bind(3, costs.machine);
    statement.bind(4, costs.engine);
    statement.bind(5, costs.measured_at_s);
    statement.bind(6, costs.whole_ms);
    statement.bind(7, costs.whole_low_ms);
    statement.bind(8, costs.whole_high_ms);
    statement.bind(9, costs.stage_overhead_ms);
    statement.bind(10, times.data(), static_cast<int>(times.size()));
    statement.bind(11, flags.data(), static_cast<int>(flags.size()));
    statement.exec();
  });
}

void Store::put(const LinkCosts& costs) {
  implementation_->insert("link_costs", costs.from, costs.to, costs.measured_at_s, costs.round_trip_ms,
                          costs.upload_mbps, costs.download_mbps);
}

void Store::put(const StageTime& time) {
  implementation_->insert("stage_times", time.model, time.target, static_cast<std::int64_t>(time.first),
                          static_cast<std::int64_t>(time.last), time.median_ms, time.low_ms, time.high_ms,
                          time.measured_at_s);
}

std::optional<ModelCosts> Store::model_costs(const std::string& model, const std::string& target) const {
  auto rows =
      implementation_->select("SELECT * FROM model_costs WHERE model = ? AND target = ?", read_model, model, target);
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::optional<LinkCosts> Store::link_costs(const std::string& from, const std::string& to) const {
  auto rows =
      implementation_->select("SELECT * FROM link_costs WHERE from_target = ? AND to_target = ?", read_link, from, to);
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::vector<StageTime> Store::stage_times(const std::string& model, const std::string& target) const {
  return implementation_->select("SELECT * FROM stage_times WHERE model = ? AND target = ?", read_stage, model, target);
}

std::vector<ModelCosts> Store::all_model_costs() const {
  return implementation_->select("SELECT * FROM model_costs", read_model);
}
std::vector<LinkCosts> Store::all_link_costs() const {
  return implementation_->select("SELECT * FROM link_costs", read_link);
}
std::vector<StageTime> Store::all_stage_times() const {
  return implementation_->select("SELECT * FROM stage_times", read_stage);
}

}  // namespace tandem::cost
