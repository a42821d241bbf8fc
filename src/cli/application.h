// The whole program but for `main`: the table of subcommands, errors, exit codes. Private to cli/.
#pragma once

namespace tandem::cli {

// Runs one subcommand. Returns the exit code; an error has been reported in one line on stderr, and with --json as an
// object on stdout.
int run_application(int argument_count, const char* const* arguments);

}  // namespace tandem::cli
