// Flags that the training subcommands share. They write into the JSON that the trainer reads (docs/formats.md,
// "Training"); an omitted flag keeps the trainer's default. Private to cli/.
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

  // Model, samples and output.
  void add_data(const std::string& model_help);
  // Batch, optimizer and learning rate; the loss; the seed.
  void add_steps();
  void add_distillation();
  void add_seed();
  // Flags without effect on the weights, other than --precision.
  void add_course();

 private:
  Command command_;
  base::Json& json_;
};

}  // namespace tandem::cli
