// Reads Python pickles of plain data (protocols 0 to 5): numbers (NumPy's too), texts, lists, tuples, dictionaries,
// and objects as the dictionary of their members. Nothing is run: a class is only a name. For the importers. Private to
// plan/import/.
#pragma once

#include "base/json.h"
#include "plan/import/import.h"

namespace tandem::plan {

// Keys that are numbers become texts. Throws Error(InvalidInput) with the file and the byte on other pickles: opcodes
// that call functions, a container that stands in two places, more than a million values, lengths beyond the file.
base::Json read_pickle(const ImportFile& file);

}  // namespace tandem::plan
