// Private to cli/. Flags that several subcommands share; each function adds those of one struct of options.
#pragma once

#include <optional>
#include <string>

#include "workspace/data_options.h"
#include "workspace/fleet_access.h"
#include "workspace/inputs.h"
#include "workspace/model_options.h"
#include "workspace/plan_choice.h"
#include "workspace/question.h"

namespace CLI {
class App;
}

namespace tandem::cli {

void add_model_flags(CLI::App& command, workspace::ModelOptions& options, bool is_required = true);
void add_model_settings(CLI::App& command, workspace::ModelOptions& options);  // all but MODEL
void add_fleet_flags(CLI::App& command, workspace::FleetOptions& options, bool is_required = true);
void add_store_flag(CLI::App& command, std::string& path);
void add_data_flags(CLI::App& command, workspace::DataOptions& options, bool is_required = true);
void add_input_flags(CLI::App& command, workspace::InputOptions& options);
void add_plan_flags(CLI::App& command, workspace::PlanOptions& options);  // all but --deadline

// Every flag of a question, with its grammar in the help's footer; or only --where and those about codecs.
void add_question_flags(CLI::App& command, workspace::Question& question);
void add_constraint_flags(CLI::App& command, workspace::Question& question);

// A time such as 60ms. Parsing throws as parse_milliseconds does.
void add_time_flag(CLI::App& command, const std::string& flag, std::optional<double>& value_ms,
                   const std::string& help);
void add_json_flag(CLI::App& command, bool& json);

// "60ms", "1.5s", "2min" or a bare number of milliseconds. Throws Error(InvalidInput) naming `flag`.
double parse_milliseconds(const std::string& text, const std::string& flag);

}  // namespace tandem::cli
