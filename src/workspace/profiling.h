// Models measured on every target of a fleet, and the links between them: the work of `tandem profile`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cost/estimate.h"
#include "profile/measure.h"
#include "report/profile_page.h"
#include "store/exchange.h"
#include "workspace/fleet_access.h"
#include "workspace/inputs.h"
#include "workspace/model_options.h"

namespace tandem::workspace {

struct ProfileOptions {
  std::vector<std::string> models;  // ONNX files
  ModelOptions model;               // of each of them; without the path
  FleetOptions fleet;
  std::string store;  // as Options::store
  profile::MeasurementSettings settings;
  InputOptions input;       // of each of them; kept in the store, for this and later measurements
  bool again = false;       // forget the stored costs of these models on the fleet as it is
  bool links_only = false;  // measure only links; report the stored costs of the models
  bool makes_page = false;  // of the last model
};

// The whole model on one target.
struct WholeTime {
  std::string model;  // the stem of its file
  std::string target;
  cost::Timing timing;
  double p5_ms = 0;
  std::size_t runs = 0;
  double unattributed_percent = 0;  // of the kernels' time, attributed to no layer
  double load_ms = 0;
  double peak_bytes = 0;
};

struct ProfileResult {
  store::Costs costs;
  std::vector<WholeTime> wholes;
  std::optional<report::ProfilePage> page;
  std::optional<base::Error> failure;  // the first, of a target that was lost or of one of several models
};
// Keeps every measurement in the store at once, and measures only what is missing there. Goes on with the other targets
// where one is lost, and with the next of several models where one fails, and logs the error. Throws base::Error.
ProfileResult profile_models(const ProfileOptions& options);

// Adds the measurements of a JSON file (docs/formats.md, "Profile") to a store. Throws base::Error.
void import_costs(const std::filesystem::path& file, const std::string& store);

}  // namespace tandem::workspace
