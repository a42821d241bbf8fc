#include "store/store.h"

#include <cstdlib>

#include "store/database.h"
#include "store/schema.h"

namespace tandem::store {

Store::Store(const std::filesystem::path& path) : database_(std::make_unique<Database>(path)) {
  database_->guarded([&] {
    bring_up_to_date(database_->sqlite, database_->path, [&](const Costs& older) {
      database_->is_writing_together = true;  // within the transaction of the upgrade
      write_all(*this, older);
      database_->is_writing_together = false;
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

void Store::write_together(const std::function<void()>& writes) {
  database_->write_together(writes);
}

void Store::forget(const cost::Identity& identity) {
  write_together([&] {
    for (const char* table : {"examinations", "stages", "codec_times"})
      database_->remove(table, kSameIdentity, identity.model, identity.target, identity.machine, identity.engine);
  });
}

Costs read_all(const Store& store) {
  return {store.all_examinations(),    store.all_stage_times(), store.all_link_costs(),
          store.all_exit_statistics(), store.all_codec_rates(), store.all_codec_times()};
}

void write_all(Store& store, const Costs& costs) {
  store.write_together([&] {
    for (const auto& entry : costs.examinations) store.put(entry);
    for (const auto& entry : costs.stages) store.put(entry);
    for (const auto& entry : costs.links) store.put(entry);
    for (const auto& entry : costs.exits) store.put(entry);
    for (const auto& entry : costs.codec_rates) store.put(entry);
    for (const auto& entry : costs.codec_times) store.put(entry);
  });
}

}  // namespace tandem::store
