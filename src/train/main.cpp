// `tandem-train`, started by `tandem train`. Its one argument is the JSON of docs/formats.md, "Training".
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>

#include "base/error.h"
#include "base/standard_output.h"
#include "train/training.h"

namespace {

constexpr int kUsageExitCode = 2;

// Of settings that may be invalid.
bool wants_json(const char* argument) {
  const auto settings = nlohmann::json::parse(argument, nullptr, false);
  return settings.is_object() && settings.value("json", nlohmann::json()) == true;
}

void run(const char* argument) {
  const tandem::train::Settings settings = tandem::train::read_settings(argument, "settings");
  const tandem::train::Summary summary = tandem::train::run_training(settings);
  tandem::base::print(settings.json ? to_json(summary).dump(2) + "\n" : to_text(summary));
}

}  // namespace

int main(int argument_count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  tandem::base::reserve_standard_descriptors();
  if (argument_count != 2) {
    fmt::print(stderr, "usage: tandem-train JSON (see `tandem train --help`)\n");
    return kUsageExitCode;
  }
  try {
    run(arguments[1]);
    return 0;
  } catch (const std::exception& error) {
    return tandem::base::report_failure("tandem train", error, wants_json(arguments[1]));
  }
}
