#include "store/store.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <tuple>

#include "base/error.h"
#include "store/exchange.h"
#include "store/schema.h"

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

constexpr int kMostDigests = 1000;
constexpr const char* kSameIdentity = "WHERE model = ? AND target = ? AND machine = ? AND engine = ?";
constexpr const char* kSameExits = "WHERE model = ? AND data = ? AND part = ?";

// "0-12,15-20" of [[0,12],[15,20]], both ends included.
std::string key_of(const Json& layers) {
  std::string key;
  for (const auto& range : layers)
    key += fmt::format("{}{}-{}", key.empty() ? "" : ",", range[0].get<std::size_t>(), range[1].get<std::size_t>());
  return key;
}

Json layers_of(const std::string& key, const std::string& where) {
  std::string text = "[[";
  for (const char c : key) text += c == '-' ? "," : c == ',' ? "],[" : std::string(1, c);
  return base::parse_json(text + "]]", where);
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json binary_of(const std::string& bytes) {
  return Json::binary({bytes.begin(), bytes.end()});
}

Json row_of_exit(const exits::ExitStatistics& statistics, std::size_t place) {
  const exits::ExitRecord& exit = statistics.exits[place];
  Json row = {{"model", statistics.model},
              {"data", statistics.data},
              {"part", statistics.part},
              {"place", place},
              {"measured_at_s", statistics.measured_at_s},
              {"name", exit.name},
              {"temperature", exit.temperature}};
  for (std::size_t i = 0; i < exits::kConfidences.size(); ++i)
    row[name_of(exits::kConfidences[i])] = binary_of(bytes_of(exit.confidence[i]));
  row["correct"] = binary_of(bytes_of(std::vector<std::uint8_t>(exit.is_right.begin(), exit.is_right.end())));
  return row;
}

void bind(SQLite::Statement& statement, int index, const std::string& value) {
  statement.bind(index, value);
}

void bind(SQLite::Statement& statement, int index, const Json& value) {
  if (value.is_number_integer()) return statement.bind(index, value.get<std::int64_t>());
  if (value.is_number()) return statement.bind(index, value.get<double>());
  if (value.is_string()) return statement.bind(index, value.get_ref<const std::string&>());
  const auto& bytes = value.get_binary();
  statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

struct Store::Implementation {
  std::string path;
  SQLite::Database database;
  bool is_writing_together = false;

  explicit Implementation(const std::filesystem::path& file) : path(file.string()), database(open_store(file)) {}

  template <class Action>
  auto guarded(const Action& action) {
    try {
      return action();
    } catch (const SQLite::Exception& error) {
      throw error_of(path, error);
    }
  }

  void write_together(const std::function<void()>& writes) {
    if (is_writing_together) return writes();
    guarded([&] {
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
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

  // Rows as JSON, `keys` bound to the query's marks.
  template <class... Keys>
  std::vector<Json> select(const std::string& query, const Keys&... keys) {
    return guarded([&] {
      SQLite::Statement statement(database, query);
      int index = 0;
      (bind(statement, ++index, keys), ...);
      std::vector<Json> found;
      while (statement.executeStep()) found.push_back(row_of(statement));
      return found;
    });
  }

  void insert(const std::string& table, const Json& row) {
    std::string names;
    std::string marks;
    for (const auto& member : row.items()) {
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", member.key());
      marks += marks.empty() ? "?" : ", ?";
    }
    guarded([&] {
      SQLite::Statement statement(database,
                                  fmt::format("INSERT OR REPLACE INTO {} ({}) VALUES ({})", table, names, marks));
      int index = 0;
      for (const auto& member : row.items()) bind(statement, ++index, member.value());
      statement.exec();
    });
  }

  template <class... Keys>
  void remove(const std::string& table, const std::string& condition, const Keys&... keys) {
    guarded([&] {
      SQLite::Statement statement(database, fmt::format("DELETE FROM {} {}", table, condition));
      int index = 0;
      (bind(statement, ++index, keys), ...);
      statement.exec();
    });
  }

  std::string damage(const char* table) const { return damaged(path, table).message(); }
  std::string refusal(const char* table) const { return fmt::format("{}: cannot keep this: {}", path, table); }

  template <class... Keys>
  std::vector<cost::Examination> examinations(const std::string& condition, const Keys&... keys) {
    std::vector<cost::Examination> found;
    const std::string where = damage("examinations");
    for (Json& row : select("SELECT * FROM examinations " + condition, keys...)) {
      row["kernels"] = base::parse_json(JsonView(row, where)["kernels"].string(SIZE_MAX), where + ": kernels");
      found.push_back(read_examination(JsonView(row, where)));
    }
    return found;
  }

  template <class... Keys>
  std::vector<cost::StageTime> stages(const std::string& condition, const Keys&... keys) {
    std::vector<cost::StageTime> found;
    const std::string where = damage("stages");
    for (Json& row : select("SELECT * FROM stages " + condition, keys...)) {
      row["layers"] = layers_of(JsonView(row, where)["layers"].string(SIZE_MAX), where + ": layers");
      row["samples_ms"] = numbers_of<double>(row["samples_ms"], path);
      found.push_back(read_stage_time(JsonView(row, where)));
    }
    std::ranges::sort(found, {}, [](const cost::StageTime& time) { return std::tie(time.identity, time.ranges); });
    return found;
  }

  template <class... Keys>
  std::vector<cost::LinkCosts> links(const std::string& condition, const Keys&... keys) {
    std::vector<cost::LinkCosts> found;
    for (const Json& row : select("SELECT * FROM links " + condition, keys...))
      found.push_back(read_link_costs(JsonView(row, damage("links"))));
    return found;
  }

  template <class... Keys>
  std::vector<exits::ExitStatistics> exit_statistics(const std::string& condition, const Keys&... keys) {
    std::vector<exits::ExitStatistics> found;
    for (Json& entry :
         select("SELECT DISTINCT model, data, part FROM exits " + condition + " ORDER BY 1, 2, 3", keys...)) {
      Json list = exits(entry);
      entry["measured_at_s"] = list[0]["measured_at_s"];
      entry["exits"] = std::move(list);
      found.push_back(read_exit_statistics(JsonView(entry, damage("exits"))));
    }
    return found;
  }

  template <class... Keys>
  std::vector<cost::CodecRate> codec_rates(const std::string& condition, const Keys&... keys) {
    std::vector<cost::CodecRate> found;
    const std::string where = damage("codec_rates");
    for (Json& row :
         select("SELECT * FROM codec_rates " + condition + " ORDER BY model, tensor, codec, data", keys...)) {
      row["losses"] = base::parse_json(JsonView(row, where)["losses"].string(SIZE_MAX), where + ": losses");
      found.push_back(read_codec_rate(JsonView(row, where)));
    }
    return found;
  }

  template <class... Keys>
  std::vector<cost::CodecTime> codec_times(const std::string& query, const Keys&... keys) {
    std::vector<cost::CodecTime> found;
    for (const Json& row : select(query + " ORDER BY model, target, tensor, codec, machine, engine", keys...))
      found.push_back(read_codec_time(JsonView(row, damage("codec_times"))));
    return found;
  }

  // Of one key: at least one.
  Json exits(const Json& key) {
    Json list = Json::array();
    for (Json& row : select(std::string("SELECT * FROM exits ") + kSameExits + " ORDER BY place", key["model"],
                            key["data"], key["part"])) {
      if (row["place"] != list.size()) throw damaged(path, fmt::format("exits: exit {} is missing", list.size()));
      for (const exits::Confidence each : exits::kConfidences)
        row[name_of(each)] = numbers_of<float>(row[name_of(each)], path);
      const auto flags = numbers_of<std::uint8_t>(row["correct"], path);
      row["correct"] = std::vector<bool>(flags.begin(), flags.end());
      list.push_back(std::move(row));
    }
    return list;
  }
};

Store::Store(const std::filesystem::path& path) : implementation_(std::make_unique<Implementation>(path)) {
  implementation_->guarded([&] {
    bring_up_to_date(implementation_->database, implementation_->path, [&](const Costs& older) {
      implementation_->is_writing_together = true;  // within the transaction of the change
      write_all(*this, older);
      implementation_->is_writing_together = false;
    });
  });
}

Store::~Store() = default;

std::filesystem::path Store::default_path() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value != nullptr ? value : "");
  };
  if (const auto given = variable("TANDEM_STORE"); !given.empty()) return given;
  if (const auto data = variable("XDG_DATA_HOME"); !data.empty()) return data / "tandem" / "costs.db";
  const auto home = variable("HOME");
  return (home.empty() ? "." : home) / ".local/share/tandem/costs.db";
}

void Store::put(const cost::Examination& examination) {
  Json row = json_of(examination);
  read_examination(JsonView(row, implementation_->refusal("examinations")));
  row["kernels"] = text_of(row["kernels"]);
  implementation_->insert("examinations", row);
}

void Store::put(const cost::StageTime& time) {
  Json row = json_of(time);
  read_stage_time(JsonView(row, implementation_->refusal("stages")));
  row["layers"] = key_of(row["layers"]);
  row["samples_ms"] = binary_of(bytes_of(time.samples_ms));
  implementation_->insert("stages", row);
}

void Store::put(const cost::LinkCosts& costs) {
  const Json row = json_of(costs);
  read_link_costs(JsonView(row, implementation_->refusal("links")));
  implementation_->insert("links", row);
}

void Store::put(const exits::ExitStatistics& statistics) {
  const Json json = json_of(statistics);
  read_exit_statistics(JsonView(json, implementation_->refusal("exits")));
  write_together([&] {
    implementation_->remove("exits", kSameExits, statistics.model, statistics.data, statistics.part);
    for (std::size_t place = 0; place < statistics.exits.size(); ++place)
      implementation_->insert("exits", row_of_exit(statistics, place));
  });
}

void Store::put(const cost::CodecRate& rate) {
  Json row = json_of(rate);
  row["description"] = binary_of(rate.description);
  read_codec_rate(JsonView(row, implementation_->refusal("codec_rates")));
  row["losses"] = text_of(row["losses"]);
  implementation_->insert("codec_rates", row);
}

void Store::put(const cost::CodecTime& time) {
  const Json row = json_of(time);
  read_codec_time(JsonView(row, implementation_->refusal("codec_times")));
  implementation_->insert("codec_times", row);
}

void Store::forget(const cost::Identity& identity) {
  write_together([&] {
    for (const char* table : {"examinations", "stages", "codec_times"})
      implementation_->remove(table, kSameIdentity, identity.model, identity.target, identity.machine, identity.engine);
  });
}

void Store::forget_codec_rates(const std::string& model, const std::string& data) {
  write_together([&] {
    implementation_->remove("codec_rates", "WHERE model = ? AND data = ?", model, data);
    implementation_->remove("codec_times",
                            "WHERE model = ?1 AND (tensor, codec) NOT IN"
                            " (SELECT tensor, codec FROM codec_rates WHERE model = ?1)",
                            model);
  });
}

void Store::append(const cost::StageTime& more) {
  write_together([&] {
    cost::StageTime all = more;
    const cost::Identity& identity = more.identity;
    for (const auto& kept :
         implementation_->stages(std::string(kSameIdentity) + " AND layers = ?", identity.model, identity.target,
                                 identity.machine, identity.engine, key_of(json_of(more)["layers"]))) {
      all.samples_ms.insert(all.samples_ms.begin(), kept.samples_ms.begin(), kept.samples_ms.end());
      all.measured_at_s = std::max(all.measured_at_s, kept.measured_at_s);
    }
    put(all);
  });
}

void Store::write_together(const std::function<void()>& writes) {
  implementation_->write_together(writes);
}

std::optional<cost::Examination> Store::examination(const cost::Identity& identity) const {
  auto found =
      implementation_->examinations(kSameIdentity, identity.model, identity.target, identity.machine, identity.engine);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::optional<cost::Examination> Store::latest_examination(const std::string& model, const std::string& target) const {
  auto found = implementation_->examinations(
      "WHERE model = ? AND target = ? ORDER BY measured_at_s DESC, machine, engine LIMIT 1", model, target);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<cost::Examination> Store::examinations_like(const std::string& machine, const std::string& engine) const {
  return implementation_->examinations("WHERE machine = ? AND engine = ? ORDER BY model, target", machine, engine);
}

std::vector<cost::StageTime> Store::stage_times(const cost::Identity& identity) const {
  return implementation_->stages(kSameIdentity, identity.model, identity.target, identity.machine, identity.engine);
}

std::optional<cost::LinkCosts> Store::link_costs(const std::string& from, const std::string& to) const {
  auto found = implementation_->links(R"(WHERE "from" = ? AND "to" = ?)", from, to);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::optional<exits::ExitStatistics> Store::exit_statistics(const std::string& model, const std::string& data,
                                                            const std::string& part) const {
  auto found = implementation_->exit_statistics(kSameExits, model, data, part);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<exits::ExitStatistics> Store::exit_statistics_of(const std::string& model) const {
  return implementation_->exit_statistics("WHERE model = ?", model);
}

std::vector<cost::CodecRate> Store::codec_rates_of(const std::string& model) const {
  return implementation_->codec_rates("WHERE model = ?", model);
}

// A bare column beside max() is of the row that has it.
std::vector<cost::CodecTime> Store::codec_times_of(const std::string& model) const {
  return implementation_->codec_times(
      "SELECT *, max(measured_at_s) FROM codec_times WHERE model = ? GROUP BY target, tensor, codec", model);
}

std::vector<cost::Examination> Store::all_examinations() const {
  return implementation_->examinations("ORDER BY model, target, machine, engine");
}

std::vector<cost::StageTime> Store::all_stage_times() const {
  return implementation_->stages("");
}

std::vector<cost::LinkCosts> Store::all_link_costs() const {
  return implementation_->links(R"(ORDER BY "from", "to")");
}

std::vector<exits::ExitStatistics> Store::all_exit_statistics() const {
  return implementation_->exit_statistics("");
}

std::vector<cost::CodecRate> Store::all_codec_rates() const {
  return implementation_->codec_rates("");
}

std::vector<cost::CodecTime> Store::all_codec_times() const {
  return implementation_->codec_times("SELECT * FROM codec_times");
}

std::optional<std::string> Store::known_digest(const FileStamp& stamp) const {
  const auto found = implementation_->select(
      "SELECT digest FROM digests WHERE path = ? AND settings = ? AND size_bytes = ? AND modified_ns = ?", stamp.path,
      stamp.settings, Json(stamp.size_bytes), Json(stamp.modified_ns));
  if (found.empty()) return std::nullopt;
  return JsonView(found.front(), implementation_->damage("digests"))["digest"].string();
}

void Store::remember_digest(const FileStamp& stamp, const std::string& digest) {
  write_together([&] {
    implementation_->insert("digests", {{"path", stamp.path},
                                        {"settings", stamp.settings},
                                        {"size_bytes", stamp.size_bytes},
                                        {"modified_ns", stamp.modified_ns},
                                        {"digest", digest}});
    // Each insertion gets the next rowid.
    implementation_->database.exec(
        fmt::format("DELETE FROM digests WHERE rowid <= (SELECT max(rowid) FROM digests) - {}", kMostDigests));
  });
}

}  // namespace tandem::store
