// The subcommands of `tandem`. Each function adds one to the application, with its action, and stands in the file of
// its name; application.cpp has the table. Private to cli/.
#pragma once

#include "cli/command_line.h"

namespace tandem::cli {

void add_inspect(Command application);
void add_extract(Command application);
void add_zoo(Command application);
void add_train(Command application);
void add_verify(Command application);
void add_agent(Command application);
void add_profile(Command application);
void add_plan(Command application);
void add_import(Command application);
void add_run(Command application);
void add_bench(Command application);
void add_link(Command application);
void add_certs(Command application);
void add_exits(Command application);
void add_codec(Command application);
void add_completion(Command application);

}  // namespace tandem::cli
