#include "plan/import/import.h"

namespace tandem::plan {

const std::vector<ImportFormat>& import_formats() {
  static const std::vector<ImportFormat> formats = {
      {"scission", "Lockhart et al., UCC 2020",
       "TIER-NAME.dat of each machine (or one CSV of all blocks), and the CSV of the network", import_scission},
      {"pipeedge", "Hu et al., DSD 2022", "models.yml, device_types.yml and devices.yml", import_pipeedge},
      {"msr", "Tarnawski et al., NeurIPS 2020", "one JSON file of nodes and edges", import_msr},
      {"portend", "Ebrahimi et al., ICPADS 2023",
       "DEVICE/profiling_partition_MODEL_DATA.txt and DEVICE/profiling_pickle.pkl of each tier, "
       "and topology_file.txt",
       import_portend},
  };
  return formats;
}

}  // namespace tandem::plan
