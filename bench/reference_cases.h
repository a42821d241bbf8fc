// Models with reference answers, in folders as ONNX's own tests have them: model.onnx, and in test_data_set_0 the
// files input_0.pb, output_0.pb and so on. Each runs in ONNX Runtime alone and in Tandem, as `tandem run` runs it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace tandem::bench {

enum class Outcome {
  Matches,
  Differs,        // Tandem answers, otherwise than the reference
  Fails,          // Tandem refuses it or fails
  NoNumbers,      // sequences, strings and the like: as inputs or outputs they are beyond Tandem
  EngineRefuses,  // ONNX Runtime does not load or run it
  EngineDiffers,  // ONNX Runtime answers otherwise than the reference
};
const char* name_of(Outcome outcome);  // "matches", "differs", …

struct CaseResult {
  std::string name;  // the folder, from where the search began
  Outcome outcome = Outcome::Matches;
  std::string reason;  // one line; empty where it matches
};

// Of every folder below `root` with a model and references, by name. Throws base::Error when the folder cannot be read.
std::vector<CaseResult> run_reference_cases(const std::filesystem::path& root, engine::Engine& engine);

}  // namespace tandem::bench
