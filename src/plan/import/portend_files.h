// The files of PORTEND: topology, partition times, pickles. Private to plan/import/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/import/import.h"

namespace tandem::plan {

struct Pickle {
  double bytes = 0;
  double dump_ms = 0;
  double load_ms = 0;
};

// "name > value ^ value" lines.
std::map<std::string, std::vector<std::string>> read_topology(const ImportFile& file);

// A table of pandas, as JSON within a JSON text: columns of values by row. The times of single blocks, in ms.
std::vector<double> read_partitions(const ImportFile& file);

// By model, the input's and then each block's, from rows of [place, bytes, dump ms, load ms].
std::map<std::string, std::vector<Pickle>> read_pickles(const ImportFile& file);

}  // namespace tandem::plan
