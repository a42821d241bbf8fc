// Flags that several subcommands share; each function adds those of one struct of options. Private to cli/.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "cli/command_line.h"
#include "workspace/data_options.h"
#include "workspace/fleet_access.h"
#include "workspace/inputs.h"
#include "workspace/model_options.h"
#include "workspace/plan_choice.h"
#include "workspace/question.h"

namespace tandem::cli {

void add_model_flags(Command command, workspace::ModelOptions& options, bool is_required = true);
void add_model_settings(Command command, workspace::ModelOptions& options);  // all but MODEL
void add_fleet_flags(Command command, workspace::FleetOptions& options, bool is_required = true);
void add_store_flag(Command command, std::string& path);
void add_data_flags(Command command, workspace::DataOptions& options, bool is_required = true);  // all but --pixels
void add_pixels_flag(Command command, input::PictureOptions& options);
// With every flag of pictures. `otherwise`: the default, for the help.
void add_input_flags(Command command, workspace::InputOptions& options,
                     const std::string& otherwise = "those given to `tandem profile`, else made-up values");
void add_sample_flag(Command command, workspace::InputOptions& options);  // --data, for one sample
void check_inputs(const workspace::InputOptions& options);                // refuses --input and --data together
void add_plan_flags(Command command, workspace::PlanOptions& options);    // all but --deadline

// Every flag of a question, with the grammar in the help's footer; and only --where and the flags of codecs.
void add_question_flags(Command command, workspace::Question& question);
void add_constraint_flags(Command command, workspace::Question& question);

// A time such as 60ms, as base::parse_ms reads it.
void add_time_flag(Command command, const std::string& flag, const std::function<void(double ms)>& use,
                   const std::string& help, base::Zero zero = base::Zero::Refused);
void add_time_flag(Command command, const std::string& flag, std::optional<double>& value_ms, const std::string& help);
// Libraries of operators, loaded by the engine of this process.
void add_custom_operators_flag(Command command, std::vector<std::string>& paths);
void add_json_flag(Command command, bool& json);

// Refuses, before any work, a --report that could not be written: another suffix than .html, a folder that is missing,
// or a program without charts. Empty: no report.
void check_page(const std::string& path);

}  // namespace tandem::cli
