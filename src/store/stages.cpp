// Table `stages`: a row for each stage, all its samples in a blob.
#include <algorithm>
#include <tuple>

#include "store/database.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

constexpr const char* kTable = "stages";
constexpr std::size_t kMostSamples = 1000;  // the newest: old ones say little of a machine today

constexpr auto kStageFields = [](auto& fields, auto& time) {
  kIdentityFields(fields, time.identity);
  fields.ranges("layers", time.ranges);
  fields.whole("measured_at_s", time.measured_at_s, kUnixTime);
  fields.numbers("samples_ms", time.samples_ms, kMilliseconds);
};

// Not the order of their keys, which are text.
std::vector<cost::StageTime> by_ranges(std::vector<cost::StageTime> times) {
  std::ranges::sort(times, {}, [](const cost::StageTime& time) { return std::tie(time.identity, time.ranges); });
  return times;
}

}  // namespace

const char* const kCreateStages = R"(
  CREATE TABLE stages (
    model TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, engine TEXT NOT NULL,
    layers TEXT NOT NULL,     -- "0-12,15-20", both ends included
    measured_at_s INTEGER NOT NULL,
    samples_ms BLOB NOT NULL, -- little-endian float64
    PRIMARY KEY (model, target, machine, engine, layers)) STRICT;
)";

base::Json json_of(const cost::StageTime& time) {
  return write_json(time, kStageFields);
}

void read(const base::JsonView& view, cost::StageTime& time) {
  time = read_json<cost::StageTime>(view, kStageFields);
}

void Store::put(const cost::StageTime& time) {
  database_->put(kTable, time, kStageFields);
}

void Store::append(const cost::StageTime& more) {
  write_together([&] {
    cost::StageTime all = more;
    const cost::Identity& identity = more.identity;
    for (const auto& kept : database_->find<cost::StageTime>(
             kTable, kStageFields, std::string("SELECT * FROM stages ") + kSameIdentity + " AND layers = ?",
             identity.model, identity.target, identity.machine, identity.engine, key_of(more.ranges))) {
      all.samples_ms.insert(all.samples_ms.begin(), kept.samples_ms.begin(), kept.samples_ms.end());
      all.measured_at_s = std::max(all.measured_at_s, kept.measured_at_s);
    }
    const std::size_t count = all.samples_ms.size();
    if (count > kMostSamples) all.samples_ms.erase(all.samples_ms.begin(), all.samples_ms.end() - kMostSamples);
    put(all);
  });
}

std::vector<cost::StageTime> Store::stage_times(const cost::Identity& identity) const {
  return by_ranges(
      database_->find<cost::StageTime>(kTable, kStageFields, std::string("SELECT * FROM stages ") + kSameIdentity,
                                       identity.model, identity.target, identity.machine, identity.engine));
}

std::vector<cost::StageTime> Store::all_stage_times() const {
  return by_ranges(database_->find<cost::StageTime>(kTable, kStageFields, "SELECT * FROM stages"));
}

}  // namespace tandem::store
