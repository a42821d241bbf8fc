// Private to cli/. What the subcommands that train share: flags that write straight into the JSON that the trainer
// reads (docs/formats.md, "Training"), so that a flag that is not given keeps the trainer's default.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/command_line.h"

namespace tandem::cli {

class TrainingFlags {
 public:
  // Both must outlive the parsing of the command line.
  TrainingFlags(Command command, base::Json& json) : command_(command), json_(json) {}

  // T: int, std::int64_t, double, std::string or std::vector<double>.
  template <class T>
  Option add(const std::string& flag, const char* key, const std::string& help);
  void add_choice(const std::string& flag, const char* key, const std::vector<std::string>& names,
                  const std::string& help);
  void add_switch(const std::string& flag, const char* key, const base::Json& value, const std::string& help);

  // Which model and which samples, and where the result goes.
  void add_data(const std::string& model_help);
  // Steps: their samples, their optimizer, its rate. What is taught. The seed.
  void add_steps();
  void add_distillation();
  void add_seed();
  // How it runs, without a bearing on what is learnt; but for --precision.
  void add_course();

 private:
  Command command_;
  base::Json& json_;
};

}  // namespace tandem::cli
