// Where costs are kept between commands: one SQLite file with a schema version. Several processes may use it at once;
// each write is one transaction, so a killed process loses at most the one under way. Not synchronised within a
// process.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cost/costs.h"

namespace tandem::cost {

class Store {
 public:
  // Opens or creates. Throws Error(InvalidInput) when the file is no store or of a newer schema.
  explicit Store(const std::filesystem::path& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // $TANDEM_STORE, else $XDG_DATA_HOME/tandem/costs.db, else ~/.local/share/tandem/costs.db.
  static std::filesystem::path default_path();

  void put(const ModelCosts& costs);  // Each replaces what was known under the same key.
  void put(const LinkCosts& costs);
  void put(const StageTime& time);

  std::optional<ModelCosts> model_costs(const std::string& model, const std::string& target) const;
  std::optional<LinkCosts> link_costs(const std::string& from, const std::string& to) const;
  std::vector<StageTime> stage_times(const std::string& model, const std::string& target) const;

  std::vector<ModelCosts> all_model_costs() const;
  std::vector<LinkCosts> all_link_costs() const;
  std::vector<StageTime> all_stage_times() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::cost
