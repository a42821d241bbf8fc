// The subcommands of `tandem`. Each function adds one to the application and says what happens when it is chosen; each
// lives in the file of its name. main.cpp has the table.
#pragma once

namespace CLI {
class App;
}

namespace tandem::cli {

void add_inspect(CLI::App& application);
void add_extract(CLI::App& application);
void add_zoo(CLI::App& application);
void add_train(CLI::App& application);
void add_verify(CLI::App& application);
void add_agent(CLI::App& application);
void add_profile(CLI::App& application);
void add_plan(CLI::App& application);
void add_run(CLI::App& application);
void add_bench(CLI::App& application);
void add_link(CLI::App& application);
void add_certs(CLI::App& application);
void add_exits(CLI::App& application);
void add_codec(CLI::App& application);
void add_completion(CLI::App& application);

}  // namespace tandem::cli
