// What several subcommands share: flags for loading a model, and JSON output.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "engine/engine.h"
#include "model/model.h"

namespace CLI {
class App;
}

namespace tandem::cli {

// MODEL, --shape and --threads.
struct ModelFlags {
  std::string path;
  std::vector<std::string> shapes;  // "name=1x3x224x224"
  int threads = 0;

  void add_to(CLI::App& command, bool is_required = true);
  void add_settings_to(CLI::App& command);  // all but MODEL
  std::unique_ptr<engine::Engine> make_engine() const;
  model::Model load(engine::Engine& engine) const;
};

void add_json_flag(CLI::App& command, bool& json);
void print_json(const base::Json& json);
void print_text(const std::string& text);

// "60ms", "1.5s", "2min" or a bare number of milliseconds. Throws Error(InvalidInput) naming `flag`.
double parse_milliseconds(const std::string& text, const std::string& flag);

}  // namespace tandem::cli
