// Published measurements of other tools as problems, so that their numbers can be planned here: one function for each
// format. docs/guide/import.md has the files, and how each field is used. Pure: texts in, a problem out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

struct ImportFile {
  std::string path;  // for messages; its name may say what the file holds
  std::string content;
};

// Each importer reads the options that its format has, and ignores the others.
struct ImportOptions {
  std::string model;                      // needed where the files have several
  double input_bytes = 150'000;           // scission: of a request, as its own tool assumes
  std::optional<std::size_t> batch_size;  // pipeedge: needed where a model was profiled with several
  std::string element_type;               // pipeedge: the same, such as "torch.float32"
};

struct Imported {
  Problem problem;                // has passed check()
  std::string model;              // that was chosen; empty: the format names none
  std::vector<std::string> lost;  // what the problem leaves out or assumes, a sentence each
};

struct ImportFormat {
  const char* name;
  const char* source;  // the publication
  const char* files;   // for the help
  Imported (*import)(const std::vector<ImportFile>& files, const ImportOptions& options);
};

// scission, pipeedge, msr, portend. Each function throws Error(InvalidInput), one line with the file, the line or the
// field, the value found and what was expected; Error(Unsupported) for valid input that no problem can express.
const std::vector<ImportFormat>& import_formats();

Imported import_scission(const std::vector<ImportFile>& files, const ImportOptions& options);
Imported import_pipeedge(const std::vector<ImportFile>& files, const ImportOptions& options);
Imported import_msr(const std::vector<ImportFile>& files, const ImportOptions& options);
Imported import_portend(const std::vector<ImportFile>& files, const ImportOptions& options);

}  // namespace tandem::plan
