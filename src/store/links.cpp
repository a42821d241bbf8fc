// Table `links`: a row for each pair of targets.
#include "store/database.h"
#include "store/tables.h"

namespace tandem::store {
namespace {

constexpr const char* kTable = "links";

constexpr auto kLinkFields = [](auto& fields, auto& costs) {
  fields.text("from", costs.from);
  fields.text("to", costs.to);
  fields.number("round_trip_ms", costs.round_trip_ms.value, kMilliseconds);
  fields.whole("round_trip_at_s", costs.round_trip_ms.measured_at_s, kUnixTime);
  fields.source("round_trip_source", costs.round_trip_ms.source);
  fields.number("jitter_ms", costs.jitter_ms.value, kMilliseconds);
  fields.whole("jitter_at_s", costs.jitter_ms.measured_at_s, kUnixTime);
  fields.source("jitter_source", costs.jitter_ms.source);
  fields.number("upload_mbps", costs.upload_mbps.value, kBandwidth);
  fields.whole("upload_at_s", costs.upload_mbps.measured_at_s, kUnixTime);
  fields.source("upload_source", costs.upload_mbps.source);
  fields.number("download_mbps", costs.download_mbps.value, kBandwidth);
  fields.whole("download_at_s", costs.download_mbps.measured_at_s, kUnixTime);
  fields.source("download_source", costs.download_mbps.source);
};

}  // namespace

const char* const kCreateLinks = R"(
  CREATE TABLE links (
    "from" TEXT NOT NULL, "to" TEXT NOT NULL,
    round_trip_ms REAL NOT NULL, round_trip_at_s INTEGER NOT NULL, round_trip_source TEXT NOT NULL,
    jitter_ms REAL NOT NULL, jitter_at_s INTEGER NOT NULL, jitter_source TEXT NOT NULL,
    upload_mbps REAL NOT NULL, upload_at_s INTEGER NOT NULL, upload_source TEXT NOT NULL,
    download_mbps REAL NOT NULL, download_at_s INTEGER NOT NULL, download_source TEXT NOT NULL,
    PRIMARY KEY ("from", "to")) STRICT;
)";

base::Json json_of(const cost::LinkCosts& costs) {
  return write_json(costs, kLinkFields);
}

void read(const base::JsonView& view, cost::LinkCosts& costs) {
  costs = read_json<cost::LinkCosts>(view, kLinkFields);
}

void Store::put(const cost::LinkCosts& costs) {
  database_->put(kTable, costs, kLinkFields);
}

std::optional<cost::LinkCosts> Store::link_costs(const std::string& from, const std::string& to) const {
  return first_of(database_->find<cost::LinkCosts>(kTable, kLinkFields,
                                                   R"(SELECT * FROM links WHERE "from" = ? AND "to" = ?)", from, to));
}

std::vector<cost::LinkCosts> Store::all_link_costs() const {
  return database_->find<cost::LinkCosts>(kTable, kLinkFields, R"(SELECT * FROM links ORDER BY "from", "to")");
}

}  // namespace tandem::store
