// Table `exits`: a row for each exit of a model on a part of a data set, its confidences in blobs.
#include <fmt/format.h>

#include "base/error.h"
#include "store/database.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

using base::Json;
using base::JsonView;

constexpr const char* kTable = "exits";
constexpr const char* kSamePart = "WHERE model = ? AND data = ? AND part = ?";

// Of all exits together.
constexpr auto kPartFields = [](auto& fields, auto& statistics) {
  fields.text("model", statistics.model);
  fields.text("data", statistics.data);
  fields.text("part", statistics.part);
  fields.require("part", statistics.part == "calibration" || statistics.part == "test", "calibration or test");
  fields.whole("measured_at_s", statistics.measured_at_s, kUnixTime);
};

constexpr auto kExitFields = [](auto& fields, auto& exit, std::size_t sample_count) {
  fields.text("name", exit.name);
  fields.number("temperature", exit.temperature, kTemperature);
  fields.require("temperature", exit.temperature > 0, "a number above 0");
  for (std::size_t i = 0; i < exits::kConfidences.size(); ++i)
    fields.by_sample(name_of(exits::kConfidences[i]), exit.confidence[i], sample_count);
  fields.by_sample("correct", exit.is_right, sample_count);
};

// Throws unless there is an exit and a sample, and not too many. `place` is that of the statistics.
void check_counts(std::size_t exit_count, std::size_t sample_count, const std::string& place) {
  const Json none = Json::array();
  if (exit_count == 0) JsonView(none, place + ": exits").fail("at least one exit");
  if (sample_count == 0) JsonView(none, place + ": exits[0]: correct").fail("at least one sample");
  if (exit_count > kMostExits)
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("{}: exits: {} entries, expected at most {}", place, exit_count, kMostExits));
  if (sample_count <= kMostExitSamples / exit_count) return;
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("{}: {} exits with {} samples each, expected at most {} samples of all together", place,
                                exit_count, sample_count, kMostExitSamples));
}

// Rows come by model, data, part and place.
class ExitRows {
 public:
  explicit ExitRows(const std::string& path) : path_(path) {}

  void add(SQLite::Statement& row) {
    exits::ExitStatistics part;
    RowReader part_fields(row, path_, kTable);
    kPartFields(part_fields, part);
    if (found_.empty() || !is_of_last(part)) found_.push_back(std::move(part));
    auto& exits = found_.back().exits;
    std::size_t place = 0;
    part_fields.whole("place", place, {0, INT64_MAX});
    if (place != exits.size()) throw damaged(path_, fmt::format("exits: exit {} is missing", exits.size()));
    const std::string name = fmt::format("{}: exits[{}]", kTable, place);
    RowReader fields(row, path_, name);
    const std::size_t samples = place == 0 ? fields.bytes_in("correct") : found_.back().sample_count();
    if (place == 0) fields.require("correct", samples > 0, "at least one sample");
    kExitFields(fields, exits.emplace_back(), samples);
  }

  std::vector<exits::ExitStatistics> take() {
    for (const auto& each : found_)
      check_counts(each.exits.size(), each.sample_count(), damaged(path_, kTable).message());
    return std::move(found_);
  }

 private:
  bool is_of_last(const exits::ExitStatistics& part) const {
    const auto& last = found_.back();
    return last.model == part.model && last.data == part.data && last.part == part.part;
  }

  const std::string& path_;
  std::vector<exits::ExitStatistics> found_;
};

template <class Database, class... Keys>
std::vector<exits::ExitStatistics> find_exits(Database& database, const std::string& condition, const Keys&... keys) {
  ExitRows rows(database.path);
  const auto read = [&](SQLite::Statement& row) { rows.add(row); };
  database.for_each("SELECT * FROM exits " + condition + " ORDER BY model, data, part, place", read, keys...);
  return rows.take();
}

}  // namespace

const char* const kCreateExits = R"(
  CREATE TABLE exits (
    model TEXT NOT NULL, data TEXT NOT NULL, part TEXT NOT NULL,
    place INTEGER NOT NULL,   -- in the model's order, from 0
    measured_at_s INTEGER NOT NULL, name TEXT NOT NULL, temperature REAL NOT NULL,
    softmax BLOB NOT NULL, margin BLOB NOT NULL, entropy BLOB NOT NULL,  -- little-endian float32, by sample
    correct BLOB NOT NULL,    -- a byte for each sample, 1 or 0
    PRIMARY KEY (model, data, part, place)) STRICT;
)";

Json json_of(const exits::ExitStatistics& statistics) {
  Json json = write_json(statistics, kPartFields);
  json["exits"] =
      write_list(statistics.exits, [](auto& fields, auto& exit) { kExitFields(fields, exit, exit.is_right.size()); });
  return json;
}

void read(const JsonView& view, exits::ExitStatistics& statistics) {
  statistics = read_json<exits::ExitStatistics>(view, kPartFields);
  const auto exits = view["exits"].items(kMostExits);
  const std::size_t sample_count = exits.empty() ? 0 : exits[0]["correct"].json().size();
  check_counts(exits.size(), sample_count, view.where());
  for (const auto& exit : exits) {
    JsonReader fields(exit);
    kExitFields(fields, statistics.exits.emplace_back(), sample_count);
  }
}

void Store::put(const exits::ExitStatistics& statistics) {
  const std::string place = database_->refusal(kTable);
  check_counts(statistics.exits.size(), statistics.sample_count(), place);
  write_together([&] {
    database_->remove(kTable, kSamePart, statistics.model, statistics.data, statistics.part);
    for (std::size_t i = 0; i < statistics.exits.size(); ++i) {
      RowWriter fields(fmt::format("{}: exits[{}]", place, i));
      kPartFields(fields, statistics);
      fields.whole("place", i, {0, INT64_MAX});
      kExitFields(fields, statistics.exits[i], statistics.sample_count());
      database_->insert(kTable, fields.row());
    }
  });
}

std::optional<exits::ExitStatistics> Store::exit_statistics(const std::string& model, const std::string& data,
                                                            const std::string& part) const {
  return first_of(find_exits(*database_, kSamePart, model, data, part));
}

std::vector<exits::ExitStatistics> Store::exit_statistics_of(const std::string& model) const {
  return find_exits(*database_, "WHERE model = ?", model);
}

std::vector<exits::ExitStatistics> Store::all_exit_statistics() const {
  return find_exits(*database_, "");
}

}  // namespace tandem::store
